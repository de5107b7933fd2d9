"""One call from a network and what one has to a smaller network that fits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from torch import Tensor, nn

from ranp.fitting.fitted import Fitted
from ranp.fitting.ranking import check_scoring, ranking
from ranp.fitting.within import plan_within, step_cost
from ranp.graph import ChannelGraph, as_written, compare_shrunk, trace
from ranp.importance import Batch
from ranp.inputs import Examples
from ranp.plan import Plan, prune, shrink
from ranp.resources import checked_batch
from ranp.selection import METHODS, NEVER_EMPTY, Amount, PruningConfig
from ranp.types import Scores


def fit(
    network: nn.Module,
    example_inputs: Examples,
    *,
    peak: Amount | None = None,
    macs: float | None = None,
    memory: float | None = None,
    params: float | None = None,
    batch: int | None = None,
    optimizer: str = "adamw",
    batches: Iterable[Batch] | None = None,
    loss: Callable[[Any, Any], Tensor] | None = None,
    most_batches: int = 16,
    scores: Scores | None = None,
    method: str | None = None,
    init: Literal["xavier", "orthogonal"] | None = None,
    seed: int = 0,
    example_kwargs: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Fitted:
    """Cut ``network`` down until it meets every budget that is given, by as little as that takes; it stays as it is.

    Args:
        network: the full network; on ``meta`` it is cut down without its weights.
        example_inputs: one tensor or the positional arguments, as for `ranp.trace`; ``example_kwargs`` beside them.
        peak: the most memory that a training step may hold, such as ``"8GiB"``, or a share of the full network's.
        macs, memory, params: the share of the full network's that may be left; ``memory`` is activations.
        batch: how many examples that step takes; without it, as many as ``example_inputs``.
        optimizer: of that step, one of `ranp.resources.OPTIMIZERS`.
        batches: pairs of inputs and target by which neurons are ranked, of which the first ``most_batches`` are looked
            at; with ``loss``, of (output, target). Without them the sizes of the weights rank.
        scores: importance that is known already, in place of ``batches``.
        method: one of `ranp.METHODS`; ``ranp-f`` where none is given.
        init: None carries the surviving weights over; otherwise they are drawn anew from ``seed``.
        settings: all else that `ranp.PruningConfig` takes, such as ``protect=("stem",)``; unless they say otherwise,
            each layer keeps a neuron.

    Raises:
        ValueError: no budget is given, one cannot be met (with the least that can be had), or something does not fit.
        ranp.VerificationError: the smaller network does not compute what it should.

    >>> import torch, ranp
    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> fitted = ranp.fit(network, torch.empty(1, 1, 8, 8, 8), peak="40kB", batch=2)
    >>> fitted.peak_after <= 40_000 < fitted.peak_before, fitted.verified, fitted.network[0].out_channels
    (True, True, 5)
    """
    limits = {"peak": peak, "macs": macs, "memory": memory, "params": params}
    budget = tuple((kind, amount) for kind, amount in limits.items() if amount is not None)
    if not budget:
        raise ValueError("say what may be left, for instance peak='8GiB' with batch=2, or macs=0.5")
    if batch is not None:
        checked_batch(batch)
    network = as_written(network)
    bare = any(parameter.is_meta for parameter in network.parameters())
    config = _config(budget, method, seed, bare and scores is None, settings)
    check_scoring(batches, loss, scores, most_batches)
    graph = trace(network, example_inputs, example_kwargs=example_kwargs)
    ranked_by: tuple[str, ...] = ()
    if scores is None and METHODS[config.method].scores == "sensitivity":
        scores, ranked_by = ranking(network, graph, batches, loss, most_batches)
    plan, unknown = _decided(graph, scores, config, network, batch, optimizer)
    difference = None if bare else compare_shrunk(network, graph, plan.kept).difference
    small = shrink(network, graph, plan.kept, None if bare else init, seed, verify=False)
    return Fitted(
        small, plan, difference, tuple(map(str, graph.freezes)), (*ranked_by, *unknown, *_thin(plan), *graph.notes)
    )


def _config(
    budget: tuple[tuple[str, Amount], ...], method: str | None, seed: int, unknown: bool, settings: Mapping[str, Any]
) -> PruningConfig:
    """The settings; of a network without weights or scores all layers lose the same share, unless told otherwise."""
    chosen = method or ("layerwise" if unknown else PruningConfig.method)
    try:
        config = PruningConfig(chosen, budget=budget, seed=seed, **{**NEVER_EMPTY, **settings})
    except TypeError as error:
        raise ValueError(f"a setting that ranp.PruningConfig does not take: {error}") from error
    start = METHODS[config.method].scores
    if unknown and (start == "magnitude" or (start == "sensitivity" and config.method != "layerwise")):
        raise ValueError(
            f"the method {config.method} ranks neurons by weights, and the network lies on meta and has none; give "
            "scores, take method='random' or none, or build it with its weights"
        )
    return config


def _thin(plan: Plan) -> tuple[str, ...]:
    names = [f"'{layer.name}'" for layer in plan.layers if layer.kept == 1 < layer.neurons]
    return (
        (f"a single neuron is left of {', '.join(names)}: the budget takes nearly all that there is",) if names else ()
    )


def _decided(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig,
    network: nn.Module,
    batch: int | None,
    optimizer: str,
) -> tuple[Plan, tuple[str, ...]]:
    """The plan with the peak before and after; where no budget asks for that and it cannot be told, a word on why."""
    if any(kind == "peak" for kind, _ in config.budgets):
        return plan_within(graph, scores, config, network, batch, optimizer), ()
    plan = prune(graph, scores, config, network)
    try:
        return replace(plan, step_costs=(step_cost(network, graph, plan.kept, batch, optimizer),)), ()
    except ValueError as error:
        return plan, (f"the peak memory of a training step is unknown: {error}",)
