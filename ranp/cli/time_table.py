"""The option of a time table: what needs one, and what a table tells of a network."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ranp.graph import ChannelGraph
from ranp.selection import Limit, Pricers, PruningConfig
from ranp.subject import Network
from ranp.timing import TimePrices, TimeTable, read_table, read_work

STEPS = {"time": "training", "inference": "inference"}
"""The budgets of time, each with the kind of step that it is of."""

_MEASURED = "--time-table FILE, measured by 'ranp time ... --out FILE'"


SECONDS_OF_PLANS = "from 'ranp time --out FILE': the seconds of plans, for a budget of time, ranp-t and --snap"
SECONDS_OF_LAYERS = "from 'ranp time --out FILE': the seconds by which ranp-t weighs layers"


def add_time_table(parser: argparse._ActionsContainer, help: str = SECONDS_OF_PLANS) -> None:
    """The table from which seconds are read."""
    parser.add_argument("--time-table", type=Path, metavar="FILE", help=help)


def checked_table(path: Path | None, budgets: Sequence[Limit] | None = None) -> TimeTable | None:
    """The table that is given; ``ValueError`` for a budget of time where none is, before anything is computed."""
    if path is not None:
        return read_table(path)
    unread = next((kind for kind in STEPS if kind in dict(budgets or ())), None)
    if unread is not None:
        raise ValueError(f"a budget of {unread} needs {_MEASURED}")
    return None


def check_seconds(config: PruningConfig, table: object) -> None:
    """Raise ``ValueError`` for settings that need seconds which neither costs nor a table tell."""
    if config.snaps and table is None:
        raise ValueError(f"--snap needs {_MEASURED}")
    if config.lacks_seconds and table is None:
        raise ValueError(f"'{config.allocation or config.method}' weighs layers by their seconds: add {_MEASURED}")


def time_pricers(table: TimeTable | None, network: Network, graph: ChannelGraph, batch: int, optimizer: str) -> Pricers:
    """What tells the seconds of a training step and, where the table has them, of an inference."""
    if table is None:
        return {}
    return {
        budget: TimePrices(graph, read_work(network.shapes(), graph, kind, batch, optimizer), table).pricer()
        for budget, kind in STEPS.items()
        if kind == "training" or kind in table.constants
    }


def layer_seconds(table: TimeTable, network: Network) -> tuple[tuple[str, float], ...]:
    """The seconds of each layer in a training step of the full network, at the batch of the table."""
    graph = network.trace()
    work = read_work(network.shapes(), graph, batch=table.batch)
    return tuple(TimePrices(graph, work, table).layer_costs().items())
