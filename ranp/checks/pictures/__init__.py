"""Pictures of a check: a few test examples, and what each trained network makes of them.

In: a trained network and what it is tested on. Out: its answers as small arrays that travel as JSON.
Test: `pytest tests/checks/pictures`
"""

from ranp.checks.pictures.before import before
from ranp.checks.pictures.pictures import UNKNOWN, Answers, Example, Examples, Pictures, read_pictures
from ranp.checks.pictures.taking import OFF_PIXELS, Pictured, take

__all__ = [
    "OFF_PIXELS",
    "UNKNOWN",
    "Answers",
    "Example",
    "Examples",
    "Pictured",
    "Pictures",
    "before",
    "read_pictures",
    "take",
]
