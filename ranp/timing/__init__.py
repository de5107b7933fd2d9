"""Time tables: what a plan costs in seconds, on a machine.

In: a network, its channel graph and a machine. Out: a `TimeTable`, seconds of each operation alone at a grid of widths,
and `TimePrices`, which tell from it the seconds of any plan, by module, in total, and a whole curve at once.
Test: `pytest tests/timing`
"""

from ranp.timing.document import read_table, table_bytes, table_from, write_table
from ranp.timing.grid import STEPS
from ranp.timing.making import DEFAULT_BUDGET, Estimate, estimate, make_table, this_machine
from ranp.timing.operations import REST, UPDATE
from ranp.timing.price import TimePrices
from ranp.timing.shipped import shipped_table
from ranp.timing.table import Grid, Machine, Sizes, TimeTable
from ranp.timing.work import KINDS, Call, Work, read_work

__all__ = [
    "DEFAULT_BUDGET",
    "KINDS",
    "REST",
    "STEPS",
    "UPDATE",
    "Call",
    "Estimate",
    "Grid",
    "Machine",
    "Sizes",
    "TimePrices",
    "TimeTable",
    "Work",
    "estimate",
    "make_table",
    "read_table",
    "read_work",
    "shipped_table",
    "table_bytes",
    "table_from",
    "this_machine",
    "write_table",
]
