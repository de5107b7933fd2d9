"""The page Counting: how every figure is counted, and counted anew.

In: the state. Out: the page; on request, an independent count, a comparison in double precision, and seconds.
Test: `pytest tests/counting`
"""

from explorer.counting.page import page

__all__ = ["page"]
