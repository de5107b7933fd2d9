"""Contestants on the command line: which networks are trained side by side, and from which seeds.

In: a parser, then its arguments. Out: the options that `ranp train`, `race` and `sweep` share, and the contestants.
Test: `pytest tests/cli/test_contestants.py`
"""

from ranp.cli.contestants.arguments import SEVERAL, add_methods, add_plans, add_schedules, add_seeds, add_several
from ranp.cli.contestants.chosen import asked_for, chosen_seeds, usual_fill
from ranp.cli.contestants.timed import table_for, table_in_words

__all__ = [
    "SEVERAL",
    "add_methods",
    "add_plans",
    "add_schedules",
    "add_seeds",
    "add_several",
    "asked_for",
    "chosen_seeds",
    "table_for",
    "table_in_words",
    "usual_fill",
]
