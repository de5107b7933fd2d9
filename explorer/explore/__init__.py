"""The page Explore, and the way to it from others.

In: the state. Out: the page, and buttons that open it with another state.
Test: `pytest tests/explore tests/browser/test_explore.py`
"""

from explorer.explore.opening import go_if_asked, is_asked, open_button, open_in_explore
from explorer.explore.page import page

__all__ = ["go_if_asked", "is_asked", "open_button", "open_in_explore", "page"]
