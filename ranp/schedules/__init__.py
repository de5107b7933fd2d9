"""Schedules: when a network is cut down, before, during or after its training, and what it all took.

In: a `Schedule` by its text, and a `Ground`: the full network, its graph, what scores and plans. Out: what a training
run asks between its steps, the plan of what is left, and what it all took.
Test: `pytest tests/schedules`
"""

from ranp.schedules.bill import PHASES, STEP, Charge, Meter, Size
from ranp.schedules.carrying import shrink_in_place
from ranp.schedules.ground import Ground, Scored
from ranp.schedules.kinds.rounds import cubic
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.options import Option
from ranp.schedules.table import DEFAULT, SCHEDULES, Kind, Schedule

__all__ = [
    "DEFAULT",
    "PHASES",
    "SCHEDULES",
    "STEP",
    "Charge",
    "Ground",
    "Kind",
    "Meter",
    "Option",
    "Schedule",
    "Scheduled",
    "Scored",
    "Size",
    "cubic",
    "shrink_in_place",
]
