"""A plan within budgets of which the peak of a training step is one, held to that step of the network it leaves.

Which kernels a device chooses decides, for attention and recurrent layers, what a step keeps. Kernels that belong to no
device answer several times faster; so the moments are read from those, and where the steps of the full network and of
the smaller one hold something else on a processor, they are read again from the processor's.
"""

from torch import nn

from ranp.graph import ChannelGraph, narrow, plain_copy
from ranp.plan import Plan, Provenance, StepCost, prune
from ranp.resources import checked_batch, peak_pricer, peak_training_bytes, precision
from ranp.selection import Pricers, PruningConfig
from ranp.types import Masks, Scores


def plan_within(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig,
    model: nn.Module,
    batch: int | None = None,
    optimizer: str = "adamw",
    any_device: bool = False,
    provenance: Provenance | None = None,
    others: Pricers | None = None,
) -> Plan:
    """`ranp.prune`, which may be given a budget of ``peak``; the plan records the peak at ``batch`` to the byte.

    ``batch`` is that of the graph's inputs where it is not given. ``any_device`` says that the step holds the same by
    the kernels of any device, which is then not tried. ``others`` tell what else of a step is limited, such as time.
    ``model`` may lie on ``meta``, unless the method ranks weights.

    Raises:
        ValueError: as `ranp.prune` and `ranp.resources.peak_moments`.
    """
    batch = checked_batch(graph.inputs.batch if batch is None else batch)
    shapes = plain_copy(model).to("meta")
    full = _peak(shapes, graph, None, batch, optimizer, any_device)
    for quick in (True, False):
        pricer = peak_pricer(shapes, graph, batch, optimizer, any_device=quick)
        if pricer.price(None) == full:
            plan = prune(graph, scores, config, model, provenance, {"peak": pricer, **(others or {})})
            cost = plan.step_costs[0]
            if any_device or cost.pruned in (None, _peak(shapes, graph, plan.kept, batch, optimizer, any_device)):
                return plan
    raise ValueError(
        "the training step of the smaller network does not hold what was worked out from kept counts, so no budget of "
        "peak can be met with certainty; prune to a sparsity, and estimate by ranp.resources.peak_training_bytes"
    )


def step_cost(
    model: nn.Module,
    graph: ChannelGraph,
    kept: Masks,
    batch: int | None = None,
    optimizer: str = "adamw",
    any_device: bool = False,
) -> StepCost:
    """The peak of a training step of ``model`` and of what ``kept`` leaves of it, each from that network's own step.

    Raises ``ValueError`` as `ranp.resources.peak_training_bytes`.
    """
    batch = checked_batch(graph.inputs.batch if batch is None else batch)
    shapes = plain_copy(model).to("meta")
    full, pruned = (_peak(shapes, graph, masks, batch, optimizer, any_device) for masks in (None, kept))
    return StepCost("peak", full, pruned, {"batch": batch, "optimizer": optimizer, "precision": precision(model)})


def _peak(
    shapes: nn.Module, graph: ChannelGraph, kept: Masks | None, batch: int, optimizer: str, any_device: bool
) -> int:
    """Of one training step of what is kept."""
    small = shapes
    if kept is not None:
        small = plain_copy(shapes)
        narrow(small, graph, graph.unit_kept(kept))
    return peak_training_bytes(small, graph.inputs.with_batch(batch), optimizer, any_device=any_device)
