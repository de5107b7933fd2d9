"""The page Train check: checks, races and sweeps.

In: the state, and the database of the queue. Out: the page. `requests` says what is asked of workers, `queue` and
`sweeping` ask it, `facts_of` turns what came back into plain values.
Test: `pytest tests/training/test_page_training.py tests/browser/test_train_check.py`
"""

from explorer.training.of_plan import pictured_check
from explorer.training.page import page
from explorer.training.pictured import drawing, drawing_in_words
from explorer.training.wording import recipe

__all__ = ["drawing", "drawing_in_words", "page", "pictured_check", "recipe"]
