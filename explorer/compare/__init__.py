"""The page Compare: plans beside each other.

In: the state and the pins. Out: the page. `facts` are plain values, `facts_of` and `stability_of` work them out,
`charts/` draws them, and a file of the page is a tab.
Test: `pytest tests/compare tests/browser/test_compare.py`
"""

from explorer.compare.page import page

__all__ = ["page"]
