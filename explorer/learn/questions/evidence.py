"""What the tours' questions look at, from `explorer.compute`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from explorer import compute
from explorer.facts import NetworkFacts
from explorer.learn.questions.asking import Evidence, Seen
from explorer.state import ExplorerState, settle


def gather(state: ExplorerState, network: NetworkFacts, settings: Mapping[str, Any]) -> Evidence:
    """The evidence for a step: this state's network and importance, under the step's settings."""
    base = replace(state, protect=(), caps=(), **settings)

    def look(**changes: Any) -> Seen:
        outcome = compute.results(settle(replace(base, **changes)))
        return Seen(outcome.plan, outcome.neurons.scores, outcome.neurons.fates, outcome.curve.first_empty_layer)

    costs = {resource: compute.layer_costs(state, resource) for resource in ("macs", "activations")}
    return Evidence(network, costs, look)
