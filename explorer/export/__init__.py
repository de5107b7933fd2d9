"""The page Export: files, reports, notebooks and plans that come back.

In: the state, or an uploaded file. Out: the page, and what a visitor takes along; each text that it shows runs.
Test: `pytest tests/export tests/safety/test_hostile_uploads.py`
"""

from explorer.export.page import page

__all__ = ["page"]
