"""The page Learn: tours and questions.

In: a tour and a step. Out: the page. A tour is an entry of `TOURS`; a question works its answer out from the network at
hand, so that it is right for every network.
Test: `pytest tests/learn tests/browser/test_learn.py`
"""

from explorer.learn.page import page

__all__ = ["page"]
