"""The layers of a plan as a table for a spreadsheet: neurons and costs, and seconds where a time table told them."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from ranp.files import cell
from ranp.plan.layer_summary import LayerSummary
from ranp.plan.step_cost import StepCost, off_in_words

_COLUMNS: dict[str, Callable[[LayerSummary], Any]] = {
    "name": lambda layer: cell(layer.name),
    "kind": lambda layer: cell(layer.kind),
    **{
        name: attrgetter(name)
        for name in (
            "neurons",
            "kept",
            "macs",
            "params",
            "activations",
            "pruned_macs",
            "pruned_params",
            "pruned_activations",
        )
    },
}
"""What ``layers.csv`` says of a layer, whatever else is known."""


def layers_csv(layers: Sequence[LayerSummary], costs: Sequence[StepCost] = ()) -> str:
    """One line a layer, with a header; seconds of each layer's own operations where ``costs`` tell them.

    For every kind of step there are then three columns, such as ``step_seconds``, ``pruned_step_seconds`` (empty where
    there is no network) and ``step_seconds_by``, which says whose seconds these are.
    """
    told = [cost for cost in costs if cost.layers]
    rows = [
        {
            **{title: value(layer) for title, value in _COLUMNS.items()},
            **{title: value for cost in told for title, value in _seconds(cost, layer.name).items()},
        }
        for layer in layers
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _seconds(cost: StepCost, layer: str) -> dict[str, Any]:
    return {**cost.of_layer(layer), f"{cost.cost}_by": cell(_whose(cost.terms))}


def _whose(terms: Mapping[str, Any]) -> str:
    """The machine and the batch that seconds are of, and how far they are off, in a cell."""
    threads = terms.get("threads")
    return (
        f"{terms.get('machine', 'unknown machine')} ({terms.get('device', 'unknown device')}, {threads} "
        f"thread{'' if threads == 1 else 's'}), batch {terms.get('batch')}, {off_in_words(terms)}"
    )
