"""Transfer: a plan carried over to another network of the same make, to other classes, channels or sizes of input.

RANP's claim (arXiv 2010.02488; arXiv 2103.08457) is that what was pruned on one data set serves on another, and on
larger inputs and batches. Layers are matched by qualified name: one of the same kind and width keeps the neurons that
the plan keeps, every other one is kept whole. The input's channels are no neurons, so they may differ freely, and the
output layer is whole in any plan. The masks are then resolved and priced on the new network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ranp.fingerprint import weights_sha256
from ranp.graph import Layer, as_written, trace
from ranp.inputs import Examples, InputSpec, format_inputs
from ranp.plan.decide import plan_from_masks
from ranp.plan.layer_summary import LayerSummary
from ranp.plan.plan import Plan
from ranp.plan.provenance import Provenance


@dataclass(frozen=True)
class TransferReport:
    """What carried over and what could not.

    ``carried`` names the layers that keep exactly the plan's neurons; ``differing`` says of each other layer, of either
    network, what became of it; ``notes`` are sentences on inputs, weights and costs.
    """

    carried: tuple[str, ...]
    differing: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """All of it in words, one sentence an entry."""
        total = len(self.carried) + len(self.differing)
        count = f"{len(self.carried)} of {total} layers" if self.differing else f"all {total} layers"
        return [
            f"Carried over, with the neurons that the plan keeps: {count}.",
            *(f"'{name}' {what}." for name, what in self.differing.items()),
            *self.notes,
        ]

    def __str__(self) -> str:
        return "\n".join(self.sentences)


def transfer(
    plan: Plan, model: nn.Module, example_inputs: Examples, provenance: Provenance | None = None
) -> tuple[Plan, TransferReport]:
    """The plan for ``model``, priced for ``example_inputs``, and a report in words.

    ``model`` may be on ``meta``; ``example_inputs`` are as for `ranp.trace`. Of ``provenance``, which says what the
    model is, the data's description is replaced by where the plan comes from. The new plan keeps the old one's
    settings, with a budget replaced by the sparsity that it led to: what it costs on the new network is to be read off
    the result. Raises ``ValueError`` where the plan is not feasible, and where not one layer carries over.

    >>> def network(channels, classes):
    ...     return nn.Sequential(nn.Conv3d(channels, 4, 3), nn.ReLU(), nn.Conv3d(4, classes, 1))
    >>> graph = trace(network(1, 2), torch.empty(1, 1, 8, 8, 8))
    >>> made = plan_from_masks(graph, {"0": torch.tensor([True, False, True, False])})
    >>> moved, report = transfer(made, network(3, 5), torch.empty(1, 3, 8, 8, 8))
    >>> moved.kept_counts
    {'0': 2, '2': 5}
    >>> print(report)
    Carried over, with the neurons that the plan keeps: 1 of 2 layers.
    '2' gives 5 outputs here and gave 2 there; it is kept whole.
    The input has 3 channels here and had 1 there; they are no neurons, so no mask depends on them.
    Scores belong to the weights that were scored; on others, what carries over is how many neurons a layer needs.
    50.0% of the MACs and 69.2% of the activations are left; there it was 50.0% and 60.0%.
    """
    plan.check_feasible()
    model = as_written(model)
    graph = trace(model, example_inputs)
    before = {layer.name: layer for layer in plan.layers}
    differing = {name: _difference(layer, before.get(name)) for name, layer in graph.layers.items()}
    masks = {name: plan.kept[name] for name, what in differing.items() if what is None}
    if not masks:
        name, what = next(iter(differing.items()), ("the network", "has no layer with neurons"))
        raise ValueError(
            f"no layer of the plan carries over to this network, for instance '{name}' {what}; the plan was made for "
            f"another architecture or width{plan.made_for()}"
        )
    moved = plan_from_masks(graph, masks)
    changed = {name: _regained(graph.layers[name], plan.kept[name], moved.kept[name]) for name in masks}
    told = {name: f"{what}; it is kept whole" for name, what in differing.items() if what is not None}
    told |= {name: what for name, what in changed.items() if what is not None}
    told |= {name: "is not in this network" for name in before if name not in graph.layers}
    same_weights = _has_scored_weights(plan, model)
    moved = replace(
        moved,
        config=replace(plan.config, sparsity=plan.requested_sparsity, budget=None),
        requested_sparsity=plan.requested_sparsity,
        max_feasible_sparsity=plan.max_feasible_sparsity,
        scored_by=plan.scored_by,
        equal_scores=plan.equal_scores,
        provenance=_provenance(plan, provenance or Provenance(), same_weights),
    )
    carried = tuple(name for name in graph.layers if name not in told)
    notes = (*_inputs(plan.inputs, graph.inputs), *_weights(same_weights), _costs(plan, moved))
    return moved, TransferReport(carried, told, notes)


def _difference(layer: Layer, before: LayerSummary | None) -> str | None:
    """Why the plan's neurons of a layer cannot be kept here; None where they can."""
    if before is None:
        return "is not in the plan"
    if layer.kind != before.kind:
        return f"is a {layer.kind} here and was a {before.kind} there"
    if layer.neurons != before.neurons and layer.output:
        return f"gives {layer.neurons} outputs here and gave {before.neurons} there"
    if layer.neurons != before.neurons:
        return f"has {layer.neurons} neurons here and had {before.neurons} there"
    return None


def _regained(layer: Layer, planned: Tensor, kept: Tensor) -> str | None:
    """What couplings of this network changed of a mask that was carried over; None where nothing."""
    if torch.equal(planned, kept):
        return None
    tied = ", ".join(f"'{name}'" for name in layer.coupled)
    reason = layer.frozen_reason or f"its neurons are tied to those of {tied}"
    return f"keeps {int(kept.sum())} neurons where the plan keeps {int(planned.sum())}: {reason}"


def _has_scored_weights(plan: Plan, model: nn.Module) -> bool:
    known = plan.provenance.weights_sha256
    return (
        known is not None and not any(value.is_meta for value in model.parameters()) and weights_sha256(model) == known
    )


def _provenance(plan: Plan, given: Provenance, same_weights: bool) -> Provenance:
    scored = f", scored on {plan.provenance.data}" if plan.provenance.data is not None else ""
    return replace(
        given,
        weights_sha256=plan.provenance.weights_sha256 if same_weights else None,
        data=f"transferred from a plan{plan.made_for()}{scored}",
    )


def _inputs(before: InputSpec, after: InputSpec) -> Iterator[str]:
    """A sentence on each way in which the inputs differ."""
    there, here = before.shapes, after.shapes
    if len(there) != len(here):
        yield f"The network takes {len(here)} inputs here and took {len(there)} there."
        return
    if before.with_shapes(here).without_values() != after.without_values():
        how = [" and ".join(format_inputs(each.without_values())) for each in (after, before)]
        yield f"The network is called otherwise: with {how[0]} here and with {how[1]} there."
    for number, (old, new) in enumerate(zip(there, here, strict=True), start=1):
        which = "The input" if len(here) == 1 else f"Input {number}"
        if old[1:2] != new[1:2]:
            yield (
                f"{which} has {_sizes(new[1:2])} channels here and had {_sizes(old[1:2])} there; they are no neurons, "
                "so no mask depends on them."
            )
        if old[2:] != new[2:]:
            yield f"{which} measures {_sizes(new[2:])} here and {_sizes(old[2:])} there; costs are for the new size."
        if old[:1] != new[:1]:
            yield f"{which} has a batch of {_sizes(new[:1])} here and {_sizes(old[:1])} there; costs are for all of it."


def _sizes(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "no"


def _weights(same: bool) -> Iterator[str]:
    if not same:
        yield (
            "Scores belong to the weights that were scored; on others, what carries over is how many neurons a layer "
            "needs."
        )


def _costs(before: Plan, after: Plan) -> str:
    here, there = ([_left(plan, kind) for kind in ("macs", "activations")] for plan in (after, before))
    return f"{here[0]} of the MACs and {here[1]} of the activations are left; there it was {there[0]} and {there[1]}."


def _left(plan: Plan, kind: str) -> str:
    full, pruned = (getattr(cost, kind) for cost in (plan.full, plan.pruned))
    return f"{pruned / full:.1%}" if full else "none"
