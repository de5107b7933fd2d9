"""What the tours' questions look at, from `explorer.compute`."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from explorer import compute
from explorer.facts import NetworkFacts
from explorer.learn.questions.asking import Evidence, Seen, Timed
from explorer.page import timing
from explorer.state import ExplorerState, settle
from ranp.checks import AgainstCost, When
from ranp.timing import TimeTable

log = logging.getLogger("explorer")


def gather(
    state: ExplorerState, network: NetworkFacts, settings: Mapping[str, Any], table: TimeTable | None = None
) -> Evidence:
    """The evidence for a step: this state's network and importance, under the step's settings.

    ``table`` tells seconds; by itself the one at hand.
    """
    base = replace(state, protect=(), caps=(), **settings)

    def changed(**changes: Any) -> ExplorerState:
        return settle(replace(base, **changes))

    def look(**changes: Any) -> Seen:
        outcome = compute.results(changed(**changes))
        return Seen(outcome.plan, outcome.neurons.scores, outcome.neurons.fates, outcome.curve.first_empty_layer)

    costs = {resource: compute.layer_costs(state, resource) for resource in ("macs", "activations")}
    return Evidence(network, costs, look, partial(_timed, state, table, changed), *_raced(state))


def _raced(state: ExplorerState) -> tuple[tuple[AgainstCost, ...], tuple[When, ...]]:
    """What was raced, first that of the network at hand; nothing where the file is of another version."""
    try:
        tasks, when = compute.raced(), compute.raced_when()
    except ValueError as error:
        log.warning("%s", error)
        return (), ()
    return tuple(sorted(tasks, key=lambda task: not compute.is_raced_of(task, state))), when


def _timed(state: ExplorerState, table: TimeTable | None, changed: Callable[..., ExplorerState]) -> Timed:
    table = table or compute.table_at_hand(state)
    if table is None:
        raise ValueError(f"expected a time table of the network, found none; {compute.time_command(state)} makes one")
    full = compute.seconds(changed(sparsity=0.0, target="sparsity"), table)["training"]

    def after(**changes: Any) -> float | None:
        return compute.seconds(changed(**changes), table)["training"].after

    return Timed(
        f"{timing.machine(table)}, batch {table.batch:,}",
        full.before,
        full.layers_before,
        after,
        partial(compute.seconds_of_layer, state, table),
    )
