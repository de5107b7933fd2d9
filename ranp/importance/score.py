"""Importance: how much the loss, or another criterion, hangs on each neuron at initialisation.

Connection sensitivity (SNIP, Lee et al., ICLR 2019) puts a mask of ones c on every weight w and asks how fast the
loss changes with it: g = dL/dc = w * dL/dw. RANP (arXiv 2010.02488, section 4.1) adds g up over the weights and the
bias that produce a neuron, for each output channel u of each convolution, transposed convolution and linear layer:

    MPMG   s[u] = reduce over weights of the batches' mean of |g|
    MNMG   s[u] = |reduce over weights of the batches' mean of g|

The gradients are ordinary ones: no masks, no second copy of the network. `ranp.importance.criteria` lists these two and
the others that can take their place. Importance is a float32 tensor ``(neurons,)`` a layer, on the CPU.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import (
    NeuronLayer,
    find_layers,
    layer_tensors,
    nothing_compiled,
    plain_copy,
    unwrapped,
    values_by_neuron,
)
from ranp.importance.criteria import REDUCTIONS, Criterion, choose
from ranp.importance.own_criterion import OwnCriterion, criterion_name, find_criterion
from ranp.importance.rounds import in_rounds
from ranp.importance.scoring_mode import scoring_mode
from ranp.importance.signals import Batch, Measured, Subject, said_in_a_sentence
from ranp.importance.stand_ins import weights_to_score
from ranp.importance.zeros import Zero
from ranp.inputs import InputSpec
from ranp.types import ImportanceScores, Scores


def importance(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[Any, Any], Tensor],
    criterion: str | OwnCriterion = "mpmg",
    reduce: str = "sum",
    layers: Sequence[NeuronLayer] | None = None,
    device: torch.device | str | None = None,
    autocast: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    combine: Callable[[Scores, int], tuple[Scores, int]] | None = None,
    inputs: InputSpec | None = None,
    before: nn.Module | None = None,
) -> Scores:
    """Score every neuron by the connection sensitivity of its weights, or by another criterion.

    `criterion` is a name in `ranp.importance.criteria.CRITERIA`, or a function of a weight and its gradient that says
    how important it is (`ranp.importance.own_criterion`); `reduce` is a name in `REDUCTIONS`. Scores are averaged over
    `batches`, which yields ``(inputs, target)``; `loss(output, target)` returns one number. What the inputs may be,
    `ranp.inputs.batches` says; `inputs` tells how the network takes them. `layers` names what to score; without it,
    `find_layers` does. A channel graph has both. The forward pass runs in training mode with dropout off, and the model
    is handed back as it came; what `torch.compile` made runs as it is written. With `device` unlike the model's own, a
    copy is scored there. `autocast` runs the forward pass in bfloat16. After each batch, `progress(done, total)` is
    called; `total` is None where `batches` has no length. A layer that the loss does not reach scores zero, and a
    warning names it and says what follows. ``l1``, ``l2``, ``fpgm`` and ``pgp`` read no batch, ``synflow``,
    ``synflow-once`` and ``bn-scale`` only the shapes of the first; none of them, nor ``di`` and ``activation-density``,
    calls `loss`. A criterion in rounds (`ranp.importance.rounds`) goes over the batches again in each, and reports
    rounds to `progress`. ``pgp`` compares the weights with those of `before`, the same network as it was before
    training, with the same layers.

    Where several processes hold a share of the batches each, `combine` turns one process's sums over its batches, and
    their number, into those of all (`ranp.training.parallel`). ``grasp`` and ``di`` need all batches at once and refuse
    it.

    Raises `ValueError` where the model rejects the inputs, where the loss is no finite number or does not depend on the
    model, where there is no batch, where every score is zero or one is not finite, and where the device has no
    bfloat16.

    >>> model = nn.Sequential(nn.Conv3d(1, 2, 1, bias=False), nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> with torch.no_grad():
    ...     _ = [weight.copy_(torch.tensor([1.0, 3.0]).view_as(weight)) for weight in model.parameters()]
    >>> batch = (torch.ones(1, 1, 1, 1, 1), torch.zeros(1))
    >>> importance(model, [batch], loss=lambda output, target: (output - target).sum())
    {'0': tensor([1., 9.]), '2': tensor([10.])}
    """
    rule, reduction = find_criterion(criterion), choose(REDUCTIONS, reduce, "reduce")
    model = unwrapped(model)
    home = _device_of(model)
    if device is not None and str(device) != str(home):
        with said_in_a_sentence(f"the device {str(device)!r} cannot be used"):
            model = plain_copy(model).to(device)
    device = _device_of(model)
    if autocast and not _has_bfloat16(device):
        raise ValueError(f"the device {str(device)!r} has no bfloat16 arithmetic; score without autocast")
    if combine is not None and rule.at_once:
        raise ValueError(f"criterion '{criterion_name(criterion)}' needs all batches at once; score in one process")
    layers = find_layers(model) if layers is None else layers
    parameters = layer_tensors(model, layers)
    if not parameters:
        raise ValueError("the model has no convolution, transposed convolution or linear layer, so no neuron to score")

    with (
        scoring_mode(model, list(parameters.values())),
        nothing_compiled(),
        weights_to_score(model, layers) as (scored, weights, stand_ins),
    ):
        earlier = None if before is None else unwrapped(before)
        subject = Subject(model, weights, stand_ins, batches, loss, device, autocast, inputs, scored, layers, earlier)
        found = _scored(subject, layers, scored, rule, reduction, reduce == "max", progress, combine)
    return ImportanceScores({name: score.float() for name, score in found.items()}, criterion_name(criterion), reduce)


def _scored(
    subject: Subject,
    layers: Sequence[NeuronLayer],
    scored: Sequence[NeuronLayer],
    rule: Criterion,
    reduction: Callable[[Tensor], Tensor],
    is_maximum: bool,
    progress: Callable[[int, int | None], None] | None,
    combine: Callable[[Scores, int], tuple[Scores, int]] | None,
) -> Scores:
    """The scores of all layers, in one pass or in the criterion's rounds; the weights may be left changed."""
    if rule.rounds > 1:
        subject = replace(subject, batches=list(subject.batches if rule.needs_data else islice(subject.batches, 1)))

    def once(number: int) -> Scores:
        each = progress if rule.rounds == 1 else None
        means = _means(subject, scored, rule, reduction, is_maximum, each, combine)
        scores = {name: rule.per_neuron(mean).cpu() for name, mean in means.items()}
        if number == 1:
            _checked(scores, layers, rule.zero)
        if rule.rounds > 1 and progress is not None:
            progress(number, rule.rounds)
        return scores

    if rule.rounds == 1:
        return rule.overall(once(1))
    return in_rounds(scored, subject.parameters, rule.rounds, once)


def _means(
    subject: Subject,
    layers: Sequence[NeuronLayer],
    rule: Criterion,
    reduction: Callable[[Tensor], Tensor],
    is_maximum: bool,
    progress: Callable[[int, int | None], None] | None,
    combine: Callable[[Scores, int], tuple[Scores, int]] | None,
) -> Scores:
    """What each neuron scores on average over the batches."""
    total = rule.measurements(subject.batches)
    # Sums and means can be taken of each batch at once, which keeps one number a neuron. A maximum has to wait for the
    # mean of all batches, unless the criterion has more to do with each batch's score.
    waits = is_maximum and rule.per_batch is None
    sums: Scores = {}
    done = 0
    for done, measured in enumerate(rule.signal(subject), start=1):
        for layer in layers:
            part = contributions(layer, measured, rule)
            if not waits:
                part = reduction(part)
            if rule.per_batch is not None:
                part = rule.per_batch(part)
            sums[layer.name] = sums[layer.name] + part if layer.name in sums else part
        if progress is not None:
            progress(done, total)
    if done == 0:
        raise ValueError("there is no batch to score on; give at least one (inputs, target)")
    if combine is not None:
        sums, done = combine(sums, done)
    return {name: (reduction(value) if waits else value) / done for name, value in sums.items()}


def contributions(layer: NeuronLayer, measured: Measured, rule: Criterion) -> Tensor:
    """What each weight of a layer contributes: ``(neurons, weights that produce the neuron)``, the bias last.

    Of a criterion of whole neurons, what they score: ``(neurons, 1)``, zero where nothing was measured.
    """
    weights, signals = measured
    if rule.of_neurons:
        found = signals.get(layer.name)
        if found is None:
            return torch.zeros_like(values_by_neuron(layer, weights)[:, :1], dtype=torch.float32)
        return found[:, None].float()

    def contribution(name: str) -> Tensor:
        weight, signal = _at_least_float32(weights[name]), signals[name]
        return torch.zeros_like(weight) if signal is None else rule.per_weight(weight, _at_least_float32(signal))

    names = [layer.weight, *([layer.bias] if layer.bias else []), *(name for name, _ in layer.others)]
    return rule.per_layer(values_by_neuron(layer, {name: contribution(name) for name in names}))


def _at_least_float32(value: Tensor) -> Tensor:
    return value.to(torch.promote_types(value.dtype, torch.float32))


def _checked(scores: Scores, layers: Sequence[NeuronLayer], zero: Zero) -> Scores:
    """The scores, if they can rank neurons; a warning for layers that have none and could lose neurons."""
    for name, score in scores.items():
        if not score.isfinite().all():
            raise ValueError(
                f"the importance of layer {name!r} is not finite; score in float32, or scale the input down"
            )
    unreached = [name for name, score in scores.items() if not score.any()]
    if len(unreached) == len(scores):
        raise ValueError(f"every neuron scores zero, so nothing can be ranked: {zero.everywhere}")
    outputs = {layer.name for layer in layers if getattr(layer, "output", False)}
    whole = {layer.name for layer in layers if not getattr(layer, "prunable", True)} - outputs
    if hidden := [name for name in unreached if name not in outputs | whole]:
        known = "" if outputs else ", but for a layer that makes the network's output, which stays whole"
        warnings.warn(
            f"every neuron of {', '.join(hidden)} scores zero ({zero.why}), so these neurons are the first to go, of "
            f"each layer the same share{known}; protect what must stay, {zero.remedy}",
            stacklevel=3,
        )
    if heads := [name for name in unreached if name in outputs]:
        warnings.warn(
            f"every neuron of {', '.join(heads)} scores zero ({zero.why}); what makes the network's output stays whole "
            "all the same",
            stacklevel=3,
        )
    return scores


def _device_of(model: nn.Module) -> torch.device:
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    if device.type == "meta":
        raise ValueError("the model has shapes but no weights (device 'meta'); build it on a real device to score it")
    return device


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return torch.amp.is_autocast_available(device.type)
