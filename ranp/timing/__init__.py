"""Time tables: what a plan costs in seconds, on a machine.

In: a network, its channel graph and a machine. Out: a `TimeTable`, seconds of each operation alone at a grid of widths,
and `TimePrices`, which tell from it the seconds of any plan, by module, in total, and a whole curve at once.
Test: `pytest tests/timing`
"""

from ranp.timing.document import read_table, table_bytes, table_from, write_table
from ranp.timing.errors import Comparison, KnownError, comparisons, error_in_words, keep_comparison, known_error
from ranp.timing.estimating import DEFAULT_BUDGET, Estimate, estimate
from ranp.timing.grid import STEPS
from ranp.timing.local import keep_table, local_table
from ranp.timing.making import make_table, this_machine
from ranp.timing.operations import REST, UPDATE
from ranp.timing.price import STEP_OF, TimePrices, time_pricers
from ranp.timing.shipped import shipped_table
from ranp.timing.table import Grid, Machine, Sizes, TimeTable, is_quiet
from ranp.timing.table_file import SHIPPED, TableFile, kept_file, shipped_file, table_file
from ranp.timing.work import KINDS, Call, Work, read_work

__all__ = [
    "DEFAULT_BUDGET",
    "KINDS",
    "REST",
    "SHIPPED",
    "STEPS",
    "STEP_OF",
    "UPDATE",
    "Call",
    "Comparison",
    "Estimate",
    "Grid",
    "KnownError",
    "Machine",
    "Sizes",
    "TableFile",
    "TimePrices",
    "TimeTable",
    "Work",
    "comparisons",
    "error_in_words",
    "estimate",
    "is_quiet",
    "keep_comparison",
    "keep_table",
    "kept_file",
    "known_error",
    "local_table",
    "make_table",
    "read_table",
    "read_work",
    "shipped_file",
    "shipped_table",
    "table_bytes",
    "table_file",
    "table_from",
    "this_machine",
    "time_pricers",
    "write_table",
]
