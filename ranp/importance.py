"""Importance: how much the loss hangs on each neuron, from gradients at initialisation.

Connection sensitivity (SNIP, Lee et al., ICLR 2019) puts a mask of ones c on every weight w and asks how fast the
loss changes with it: g = dL/dc = w * dL/dw. RANP (arXiv 2010.02488, section 4.1) adds g up over the weights and the
bias that produce a neuron, for each output channel u of each convolution, transposed convolution and linear layer:

    MPMG   s[u] = reduce over weights of the batches' mean of |g|
    MNMG   s[u] = |reduce over weights of the batches' mean of g|

The gradients are ordinary ones: no masks, no second copy of the network. Importance is a float32 tensor ``(neurons,)``
a layer, on the CPU.
"""

import copy
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ranp.layers import NeuronLayer, find_layers, layer_parameters, weights_by_neuron
from ranp.scoring_mode import scoring_mode
from ranp.types import Scores

Choice = TypeVar("Choice")

Batch = tuple[Any, Any]
"""Inputs (a tensor, or a tuple of tensors for a network with several inputs) and the target that the loss expects."""


@dataclass(frozen=True)
class Criterion:
    """How weights and gradients become importance: `per_weight` for every batch, `per_neuron` after reducing."""

    per_weight: Callable[[Tensor, Tensor], Tensor]
    per_neuron: Callable[[Tensor], Tensor]
    title: str
    source: str


CRITERIA: dict[str, Criterion] = {
    "mpmg": Criterion(
        per_weight=lambda weight, gradient: (weight * gradient).abs(),
        per_neuron=lambda score: score,
        title="mean of parameters' magnitude gradients",
        source="arXiv 2010.02488, section 4.1",
    ),
    "mnmg": Criterion(
        per_weight=lambda weight, gradient: weight * gradient,
        per_neuron=torch.abs,
        title="magnitude of the neuron's mean gradient",
        source="arXiv 2010.02488, section 4.1",
    ),
}

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda rows: rows.sum(dim=1),
    "mean": lambda rows: rows.mean(dim=1),
    "max": lambda rows: rows.amax(dim=1),
}
"""From ``(neurons, weights that produce the neuron)`` to ``(neurons,)``; the paper sums."""


def importance(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[Any, Any], Tensor],
    criterion: str = "mpmg",
    reduce: str = "sum",
    layers: Sequence[NeuronLayer] | None = None,
    device: torch.device | str | None = None,
    autocast: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> Scores:
    """Score every neuron by the connection sensitivity of its weights, averaged over `batches`.

    `batches` yields ``(inputs, target)``; `loss(output, target)` returns one number. `layers` (a channel graph's, say)
    names what to score; without it, `find_layers` does. The forward pass runs in training mode with dropout off, and
    the model is handed back as it came. With `device` unlike the model's own, a copy is scored there. `autocast` runs
    the forward pass in bfloat16. After each batch, `progress(done, total)` is called; `total` is None where `batches`
    has no length. A layer that the loss does not reach scores zero, and a warning names it.

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
    rule, reduction = choose(CRITERIA, criterion, "criterion"), choose(REDUCTIONS, reduce, "reduce")
    # Sums and means can be taken of each batch at once, which keeps one number a neuron; a maximum has to wait.
    per_batch, at_end = (_identity, reduction) if reduce == "max" else (reduction, _identity)
    home = _device_of(model)
    if device is not None and str(device) != str(home):
        with _said_in_a_sentence(f"the device {str(device)!r} cannot be used"):
            model = copy.deepcopy(model).to(device)
    device = _device_of(model)
    if autocast and not _has_bfloat16(device):
        raise ValueError(f"the device {str(device)!r} has no bfloat16 arithmetic; score without autocast")
    layers = find_layers(model) if layers is None else layers
    parameters = layer_parameters(model, layers)
    if not parameters:
        raise ValueError("the model has no convolution, transposed convolution or linear layer, so no neuron to score")

    total = len(batches) if isinstance(batches, Sized) else None
    sums: dict[str, Tensor] = {}
    done = 0
    with scoring_mode(model, list(parameters.values())):
        for done, (inputs, target) in enumerate(batches, start=1):
            with torch.autocast(device.type, torch.bfloat16) if autocast else nullcontext():
                value = _loss(model, _to(inputs, device), _to(target, device), loss, batch=done)
            for name, rows in _sensitivity(value, layers, parameters, rule):
                part = per_batch(rows)
                sums[name] = sums[name] + part if name in sums else part
            if progress is not None:
                progress(done, total)
    if done == 0:
        raise ValueError("there is no batch to score on; give at least one (inputs, target)")
    return _checked({name: rule.per_neuron(at_end(value / done)).cpu() for name, value in sums.items()})


def choose(choices: dict[str, Choice], given: str, argument: str) -> Choice:
    """The choice of that name; a `ValueError` that lists them where there is none."""
    if given not in choices:
        raise ValueError(f"{argument} must be one of {', '.join(choices)}, not {given!r}")
    return choices[given]


def _loss(model: nn.Module, inputs: Any, target: Any, loss: Callable[[Any, Any], Tensor], batch: int) -> Tensor:
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    with _said_in_a_sentence(f"the model rejects the inputs of batch {batch}, {_shapes(inputs)}"):
        output = model(*inputs)
    with _said_in_a_sentence(f"the loss rejects the output and the target of batch {batch}"):
        value = loss(output, target)
    if not isinstance(value, Tensor) or value.numel() != 1:
        given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"the loss must return a tensor of one number, not {given}; take its mean, for instance")
    if not math.isfinite(value.item()):
        raise ValueError(
            f"the loss of batch {batch} is {value.item()}; look for nan in its inputs, for a target without a labelled "
            "value, and for labels outside the network's classes"
        )
    if not value.requires_grad:
        raise ValueError("the loss does not depend on the model's weights; compute it from the output, without detach")
    return value


@contextmanager
def _said_in_a_sentence(what: str) -> Iterator[None]:
    """Turn torch's complaint about shapes, labels or devices into a `ValueError` that says where it came from."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, IndexError, ValueError, AssertionError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"{what}: {reason[0]}") from error


def _shapes(inputs: tuple[Any, ...]) -> str:
    return " and ".join("x".join(map(str, each.shape)) for each in inputs if isinstance(each, Tensor)) or "no tensors"


def _sensitivity(
    value: Tensor, layers: Sequence[NeuronLayer], parameters: dict[str, nn.Parameter], rule: Criterion
) -> Iterator[tuple[str, Tensor]]:
    """What each weight of each layer contributes: ``(neurons, weights that produce the neuron)``, the bias last."""
    found = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
    gradients = dict(zip(parameters, found, strict=True))

    def contribution(name: str) -> Tensor:
        weight, gradient = parameters[name].detach().float(), gradients[name]
        return torch.zeros_like(weight) if gradient is None else rule.per_weight(weight, gradient.float())

    for layer in layers:
        bias = None if layer.bias is None else contribution(layer.bias)
        yield layer.name, weights_by_neuron(layer, contribution(layer.weight), bias)


def _checked(scores: Scores) -> Scores:
    """The scores, if they can rank neurons; a warning for layers that have none."""
    for name, score in scores.items():
        if not score.isfinite().all():
            raise ValueError(
                f"the importance of layer {name!r} is not finite; score in float32, or scale the input down"
            )
    unreached = [name for name, score in scores.items() if not score.any()]
    if len(unreached) == len(scores):
        raise ValueError(
            "every neuron scores zero, so nothing can be ranked: the gradient vanishes on these batches; use another "
            "seed or initialisation, or batches whose loss is not already at its minimum"
        )
    if unreached:
        warnings.warn(
            f"no gradient reaches {', '.join(unreached)}, so all of its neurons score zero and go first; protect what "
            "must stay, or let the loss use every output",
            stacklevel=3,
        )
    return scores


def _to(value: Any, device: torch.device) -> Any:
    """Tensors within tuples, lists and dicts, moved to the device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, (tuple, list)):
        return type(value)(_to(each, device) for each in value)
    if isinstance(value, dict):
        return {key: _to(each, device) for key, each in value.items()}
    return value


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


def _identity(rows: Tensor) -> Tensor:
    return rows
