"""Time tables: which one is at hand for a network, whether it is of that network, and what it tells of each layer."""

import argparse
import hashlib
import sys
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import torch

from explorer.compute import heavy
from explorer.compute.job import Job
from explorer.compute.needs import graph_of
from explorer.state import ExplorerState
from ranp.subject import cache_root
from ranp.timing import (
    KnownError,
    TableFile,
    TimePrices,
    TimeTable,
    kept_file,
    known_error,
    local_table,
    read_table,
    shipped_file,
    shipped_table,
    table_bytes,
    this_machine,
)

MOST_TABLES = 32
_TABLES: OrderedDict[str, TimeTable] = OrderedDict()
"""The tables that pages used last, by their names."""


def read_tables(arguments: Sequence[str]) -> dict[str, TimeTable]:
    """The tables that the app is started with (``--time-table FILE``), by what they call their network."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--time-table", action="append", default=[], type=Path)
    tables = [read_table(path) for path in parser.parse_known_args(list(arguments))[0].time_table]
    return {table.network: table for table in tables}


def table_at_hand(state: ExplorerState) -> TimeTable | None:
    """The table that the app was started with for this network, else one that was measured here, else a shipped one."""
    network = heavy.network_of(state)
    given = _given().get(network.title)
    here = given or local_table(times_folder(), network.provenance, network.inputs(), this_machine())
    return here or shipped_table(state.architecture, state.preset)


def times_folder() -> Path:
    """Where everything that was timed on this machine is kept."""
    return cache_root() / "times"


def error_here(table: TimeTable) -> KnownError | None:
    """How far the table's training steps are off on this machine, as far as that is known."""
    return known_error(times_folder(), table, "training", this_machine())


def name_table(table: TimeTable) -> str:
    """The name by which states know a table; those that were named last are at hand by it."""
    name = _name(table)
    _TABLES.setdefault(name, table)
    _TABLES.move_to_end(name)
    while len(_TABLES) > MOST_TABLES:
        _TABLES.popitem(last=False)
    return name


def table_of(state: ExplorerState) -> TimeTable | None:
    """The table that prices the state's network: the one that it names, or the one at hand; ``None`` without any.

    Raises ``ValueError`` where the one that it names is given up: another machine's seconds must not take its place.
    """
    if not state.table:
        return table_at_hand(state)
    if (found := _TABLES.get(state.table)) is None:
        raise ValueError("the time table by which this plan was made is not at hand any more; load it again")
    return found


def table_file(state: ExplorerState) -> TableFile | None:
    """The table of `table_of` for workers, which are other processes; raises as that does.

    One that comes with the library has its name there; any other is kept as a file that stays as it is.
    """
    table = table_of(state)
    if table is not None and table is shipped_table(state.architecture, state.preset):
        return shipped_file(state.architecture, state.preset)
    return None if table is None else kept_file(times_folder(), table)


def calling(state: ExplorerState, batch: int) -> Job[heavy.Called]:
    """The job that reads what steps of this batch call; it takes a moment, and nothing else waits for it."""
    return heavy.calling(state, batch)


def called(state: ExplorerState, batch: int) -> heavy.Called | None:
    """What that job found, if it is over already."""
    known = heavy.QUEUE.has_result(heavy.calling_key(state, batch))
    return heavy.calling(state, batch).result() if known else None


def prices(state: ExplorerState, table: TimeTable) -> dict[str, TimePrices]:
    """What prices each kind of step; what is called must be read by now.

    ``ValueError`` says why the table does not price this network.
    """
    found = calling(state, table.batch).result()
    if found.failed is not None:
        raise ValueError(found.failed)
    return {work.kind: TimePrices(graph_of(state), work, table) for work in found.works}


def layer_seconds(state: ExplorerState) -> dict[str, float]:
    """What each layer of the full network takes of a training step, for reweighting; raises as `table_needed`."""
    return _layer_seconds(ExplorerState(state.architecture, state.preset), table_needed(state))


def table_needed(state: ExplorerState) -> TimeTable:
    """The table that the plan of the state hangs on, once it is known to price the network; raises as `prices`."""
    table = table_of(state)
    if table is None:
        raise ValueError("there is no time table of this network; measure one on Counting")
    prices(state, table)
    return table


@lru_cache(maxsize=64)
def _layer_seconds(state: ExplorerState, table: TimeTable) -> dict[str, float]:
    return dict(prices(state, table)["training"].layer_costs())


def seconds_of_layer(state: ExplorerState, table: TimeTable, layer: str, kept: int) -> float:
    """What the layer's calls in a training step take with ``kept`` of its neurons, all layers else whole but for ties.

    Raises as `prices`.
    """
    graph = graph_of(state)
    masks = graph.resolve({layer: torch.arange(graph.layers[layer].neurons) < kept})
    return prices(state, table)["training"].by_owner(masks)[layer]


def time_command(state: ExplorerState) -> str:
    """The command that measures a table of the network, for a shell."""
    own = heavy.own(state)
    named = f"{state.architecture} --preset {state.preset}" if own is None else own.command
    return f"ranp time {named} --out table.json"


@lru_cache(maxsize=64)
def _name(table: TimeTable) -> str:
    return hashlib.sha256(table_bytes(table)).hexdigest()[:16]


@cache
def _given() -> dict[str, TimeTable]:
    return read_tables(sys.argv[1:])
