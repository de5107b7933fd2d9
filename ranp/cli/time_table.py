"""The option of a time table: what needs one, and what a table tells of a network."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ranp.graph import ChannelGraph
from ranp.selection import Limit, Pricers, PruningConfig
from ranp.subject import Network
from ranp.timing import STEP_OF, TimeTable, read_table, time_pricers

MEASURED = "--time-table FILE, measured by 'ranp time ... --out FILE'"

SECONDS_OF_PLANS = "from 'ranp time --out FILE': the seconds of plans, for a budget of time, ranp-t and --snap"
SECONDS_OF_CONTESTANTS = (
    f"{SECONDS_OF_PLANS} (default: one that was measured on this machine, or the one that comes with the preset)"
)


def add_time_table(parser: argparse._ActionsContainer, help: str = SECONDS_OF_PLANS) -> None:
    """The table from which seconds are read."""
    parser.add_argument("--time-table", type=Path, metavar="FILE", help=help)


def checked_table(path: Path | None, budgets: Sequence[Limit] | None = None) -> TimeTable | None:
    """The table that is given; ``ValueError`` for a budget of time where none is, before anything is computed."""
    if path is not None:
        return read_table(path)
    unread = next((kind for kind in STEP_OF if kind in dict(budgets or ())), None)
    if unread is not None:
        raise ValueError(f"a budget of {unread} needs {MEASURED}")
    return None


def check_seconds(config: PruningConfig, table: object) -> None:
    """Raise ``ValueError`` for settings that need seconds which neither costs nor a table tell."""
    if config.snaps and table is None:
        raise ValueError(f"--snap needs {MEASURED}")
    if config.lacks_seconds and table is None:
        raise ValueError(f"'{config.allocation or config.method}' weighs layers by their seconds: add {MEASURED}")


def pricers_by(table: TimeTable | None, network: Network, graph: ChannelGraph, batch: int, optimizer: str) -> Pricers:
    """What tells the seconds of a training step and, where the table has them, of an inference."""
    return {} if table is None else time_pricers(table, network.shapes(), graph, batch, optimizer)
