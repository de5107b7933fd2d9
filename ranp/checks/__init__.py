"""Checks and races: networks trained side by side.

In: a `Check`: who is trained on what, for how long, from which seeds. Out: an `Entry` for each contestant and seed, its
summary over seeds, what the differences between networks allow to say, and the races that come with the library.
Test: `pytest tests/checks tests/training/test_training.py`
"""

from ranp.checks.check import EQUAL, WEIGHTS, Check, Contestant, race
from ranp.checks.compared import Compared, compare, criterion_matters
from ranp.checks.controls.alike import reached, same_networks
from ranp.checks.controls.named import CONTESTANTS, CONTROLS, NAMED, first_method, named
from ranp.checks.entry import Entry
from ranp.checks.evidence.accuracy import METHOD, PLAIN, accuracy, race_name
from ranp.checks.evidence.against_cost import FEW, AgainstCost, CostCurve, ScorePoint, against_cost, not_run, share_of
from ranp.checks.evidence.pairs import beside
from ranp.checks.evidence.predicting import Prediction, predict_race, predict_when
from ranp.checks.evidence.shown import markdown
from ranp.checks.evidence.when import When, WhenPoint, when_not_run, when_raced, when_tables
from ranp.checks.given import given, usual_table
from ranp.checks.kept import KeptEntries
from ranp.checks.nudge import MEASURED, Nudged, nudge_check, nudge_text, read_nudges, run_nudges
from ranp.checks.pictures import OFF_PIXELS, UNKNOWN, Answers, Example, Examples, Pictures, before, read_pictures
from ranp.checks.progress import CancelledError, Progress
from ranp.checks.race_table import CAUTION, READING, tables, verdict
from ranp.checks.races import (
    AGES,
    COURSES,
    RACED,
    SHARES,
    SHIPPED,
    TASKS,
    WHEN,
    WHEN_SHARES,
    WHEN_TASKS,
    Race,
    course_name,
    read_races,
    when_name,
)
from ranp.checks.racing import missing, run_races, seconds_to_train
from ranp.checks.run import run_check
from ranp.checks.saving import Saver
from ranp.checks.summary import Summary, summarise

__all__ = [
    "AGES",
    "CAUTION",
    "CONTESTANTS",
    "CONTROLS",
    "COURSES",
    "EQUAL",
    "FEW",
    "MEASURED",
    "METHOD",
    "NAMED",
    "OFF_PIXELS",
    "PLAIN",
    "RACED",
    "READING",
    "SHARES",
    "SHIPPED",
    "TASKS",
    "UNKNOWN",
    "WEIGHTS",
    "WHEN",
    "WHEN_SHARES",
    "WHEN_TASKS",
    "AgainstCost",
    "Answers",
    "CancelledError",
    "Check",
    "Compared",
    "Contestant",
    "CostCurve",
    "Entry",
    "Example",
    "Examples",
    "KeptEntries",
    "Nudged",
    "Pictures",
    "Prediction",
    "Progress",
    "Race",
    "Saver",
    "ScorePoint",
    "Summary",
    "When",
    "WhenPoint",
    "accuracy",
    "against_cost",
    "before",
    "beside",
    "compare",
    "course_name",
    "criterion_matters",
    "first_method",
    "given",
    "markdown",
    "missing",
    "named",
    "not_run",
    "nudge_check",
    "nudge_text",
    "predict_race",
    "predict_when",
    "race",
    "race_name",
    "reached",
    "read_nudges",
    "read_pictures",
    "read_races",
    "run_check",
    "run_nudges",
    "run_races",
    "same_networks",
    "seconds_to_train",
    "share_of",
    "summarise",
    "tables",
    "usual_table",
    "verdict",
    "when_name",
    "when_not_run",
    "when_raced",
    "when_tables",
]
