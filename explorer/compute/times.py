"""Seconds by a time table: which one is at hand for a network, whether it is of that network, and what a plan takes."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import torch

from explorer.compute import heavy
from explorer.compute.job import Job
from explorer.compute.needs import graph_of
from explorer.compute.plans import masks_of
from explorer.state import ExplorerState, only_plan
from ranp.subject import cache_root
from ranp.timing import (
    KnownError,
    TimePrices,
    TimeTable,
    known_error,
    local_table,
    read_table,
    shipped_table,
    this_machine,
)


@dataclass(frozen=True)
class Seconds:
    """What a step takes before and after pruning, and each layer's own calls; ``None`` where there is no network."""

    before: float
    after: float | None
    layers_before: Mapping[str, float]
    layers_after: Mapping[str, float] | None


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


def seconds(state: ExplorerState, table: TimeTable) -> dict[str, Seconds]:
    """What the plan of the state takes, by kind of step; raises as `prices`."""
    return _seconds(only_plan(state), table)


@lru_cache(maxsize=64)
def _seconds(state: ExplorerState, table: TimeTable) -> dict[str, Seconds]:
    kept = masks_of(state)
    return {
        kind: Seconds(
            before=each.at(),
            after=None if kept is None else each.at(kept),
            layers_before=each.by_owner(),
            layers_after=None if kept is None else each.by_owner(kept),
        )
        for kind, each in prices(state, table).items()
    }


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


@cache
def _given() -> dict[str, TimeTable]:
    return read_tables(sys.argv[1:])
