"""Synaptic flow: how much of a stream of ones passes each weight on its way through the network; no data, no loss.

SynFlow (Tanaka et al., NeurIPS 2020, arXiv 2006.05467) puts ones in, replaces every parameter by its absolute value,
and adds up all outputs to R. A weight's score is |w| dR/d|w|. Without biases and with one path from layer to layer, the
scores of each layer add up to R, and what a neuron scores by its incoming weights it scores by its outgoing ones.

That conservation needs a network in which positive values are multiplied and added and nothing else, so here

- norm layers keep their scale and shift, and use no statistics: a batch norm in its first state does the same in
  evaluation mode, where the paper scores, and for other norms no mode does;
- operations that saturate (softmax, sigmoid, tanh, ReLU6) pass their input on;
- arithmetic is in float64: the flow grows with the product of all layers' widths. In rounds it is in float32 as long as
  the flow is within its range.

The paper prunes in a hundred rounds (`ranp.importance.rounds`), which keep a layer from being emptied; here is one.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from ranp.graph import tensors_in
from ranp.importance.signals import Batch, Measured, Signal, Subject, said_in_a_sentence
from ranp.inputs import Arguments, arguments_and_target


def flow(subject: Subject) -> Iterator[Measured]:
    """|w| and dR/d|w| in float64, once; of the first batch only the inputs' shapes are used, with one example.

    Raises `ValueError` where the network rejects ones of that shape in float64, and where R is beyond float64.
    """
    for batch in subject.batches:
        total, sizes, found = _measured(subject, batch, torch.float64)
        if not math.isfinite(total):
            raise ValueError(f"the synaptic flow through this network is {total}; use another criterion")
        yield sizes, found
        return


def quick_flow(subject: Subject) -> Iterator[Measured]:
    """The same in float32, a third of the time, unless the flow leaves its range: for the order of scores alone."""
    for batch in subject.batches:
        total, sizes, found = _measured(subject, batch, torch.float32)
        finite = all(value is None or bool(value.isfinite().all()) for value in found.values())
        if finite and _LEAST < total < _MOST:
            yield sizes, found
            return
        break
    yield from flow(subject)


_LEAST, _MOST = 1e-20, 1e30
"""Of R: far enough from the ends of float32 that no share of it that matters is lost."""


def _measured(subject: Subject, batch: Batch, dtype: torch.dtype) -> tuple[float, dict[str, Tensor], Signal]:
    """R, the sizes of the weights, and how fast R changes with them."""
    inputs, _ = arguments_and_target(batch, 1, subject.model, subject.inputs)
    tensors = (*subject.model.parameters(), *subject.parameters.values())
    absolute = {id(value): _absolute(value, dtype).requires_grad_() for value in tensors}
    sizes = {name: absolute[id(value)] for name, value in subject.parameters.items()}
    with subject.stand_ins.replaced(sizes):
        total = _outputs(subject, absolute, inputs, dtype)
    found = torch.autograd.grad(total, list(sizes.values()), allow_unused=True)
    return total.item(), {name: size.detach() for name, size in sizes.items()}, dict(zip(sizes, found, strict=True))


def _outputs(subject: Subject, absolute: dict[int, Tensor], inputs: Arguments, dtype: torch.dtype) -> Tensor:
    """R: the sum of all that the network returns for ones; `absolute` holds its parameters by their identity."""
    model = subject.model
    state = {name: absolute[id(value)] for name, value in model.named_parameters()}
    state |= {name: _absolute(value, dtype) for name, value in model.named_buffers()}
    ones = inputs.map(lambda value: _one_example(value, subject.device, dtype))
    kind = str(dtype).removeprefix("torch.")
    with said_in_a_sentence(f"the model rejects ones in {kind}, with which synaptic flow is computed"), _Flowing():
        output = functional_call(model, state, ones.args, dict(ones.kwargs))
    parts = [tensor.sum() for tensor in tensors_in(output) if tensor.is_floating_point()]
    return torch.stack(parts).sum()


def _absolute(value: Tensor, dtype: torch.dtype) -> Tensor:
    return value.detach().to(dtype).abs() if value.is_floating_point() else value.clone()


def _one_example(value: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Ones for what flows through the network; an index or a mask stays what the batch says."""
    if not value.is_floating_point():
        return value[:1].to(device) if value.ndim else value.to(device)
    return torch.ones((1, *value.shape[1:]) if value.ndim else (), dtype=dtype, device=device)


def _by_channel(values: Tensor, scale: Tensor | None, shift: Tensor | None) -> Tensor:
    """The affine part of a norm over `values`, ``(batch, channel, ...)``."""
    along = (1, -1, *[1] * (values.ndim - 2))
    values = values if scale is None else values * scale.view(along)
    return values if shift is None else values + shift.view(along)


def _batch_norm(
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    *_: Any,
    **__: Any,
) -> Tensor:
    return _by_channel(input, weight, bias)


def _group_norm(input: Tensor, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 0) -> Tensor:
    return _by_channel(input, weight, bias)


def _layer_norm(input: Tensor, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 0) -> Tensor:
    input = input if weight is None else input * weight
    return input if bias is None else input + bias


def _rms_norm(input: Tensor, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    return input if weight is None else input * weight


def _pass_on(input: Tensor, *_: Any, **__: Any) -> Tensor:
    return input


_INSTEAD: dict[Callable[..., Any], Callable[..., Tensor]] = {
    F.batch_norm: _batch_norm,
    F.instance_norm: _batch_norm,
    F.group_norm: _group_norm,
    F.layer_norm: _layer_norm,
    F.rms_norm: _rms_norm,
    F.local_response_norm: _pass_on,
    F.normalize: _pass_on,
    **dict.fromkeys((F.softmax, torch.softmax, Tensor.softmax), _pass_on),
    **dict.fromkeys((F.log_softmax, torch.log_softmax, Tensor.log_softmax), _pass_on),
    **dict.fromkeys((F.sigmoid, torch.sigmoid, Tensor.sigmoid, F.hardsigmoid), _pass_on),
    **dict.fromkeys((F.tanh, torch.tanh, Tensor.tanh), _pass_on),
    **dict.fromkeys((F.relu6, F.hardtanh), _pass_on),
}


class _Flowing(TorchFunctionMode):
    """Leaves out what would bend the flow: norms' statistics and saturation."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        called: Callable[..., Any] = _INSTEAD.get(func, func)
        return called(*args, **(kwargs or {}))
