"""Signals: what a criterion measures at every weight of a network, batch by batch.

With L the loss of a batch, w the weights and biases of the layers that are scored, and H the Hessian of L in them:

    gradients           dL/dw of each batch
    hessian_gradients   H g of each batch, where g is the mean of dL/dw over all batches
    weights_alone       the weights themselves, once, without a batch

A signal has its parameter's shape, and is None where the loss does not depend on the parameter. What neurons do as a
whole is measured in `ranp.importance.activations`, `discriminants` and `norm_scales`: those signals are by layer,
``(neurons,)``.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import NeuronLayer
from ranp.importance.autograd_graph import leaves_of_checkpoints
from ranp.importance.stand_ins import StandIns
from ranp.inputs import Arguments, InputSpec, arguments_and_target

Batch = tuple[Any, Any]
"""Inputs (a tensor, or a tuple, list or dict of arguments, see `ranp.inputs.batches`) and the target that the loss
expects.
"""

Signal = Mapping[str, Tensor | None]
Measured = tuple[Mapping[str, Tensor], Signal]
"""The weights that were measured and their signal, both by qualified name; the signal of whole neurons by layer."""


@dataclass(frozen=True)
class Subject:
    """What is scored: a model in scoring mode, the weights of its layers by name, and what to score it on.

    The weights are leaves that the loss hangs on: parameters, or what stands in for those that are made of others.
    ``inputs`` says how the model is called, where that is known. ``layers`` are those of the weights, ``given`` the
    same by the parameters that their weights are made of, and ``before`` is the network before it was trained.
    """

    model: nn.Module
    parameters: Mapping[str, Tensor]
    stand_ins: StandIns
    batches: Iterable[Batch]
    loss: Callable[[Any, Any], Tensor]
    device: torch.device
    autocast: bool = False
    inputs: InputSpec | None = None
    layers: Sequence[NeuronLayer] = ()
    given: Sequence[NeuronLayer] = ()
    before: nn.Module | None = None

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights as plain values."""
        return {name: parameter.detach() for name, parameter in self.parameters.items()}


def gradients(subject: Subject) -> Iterator[Measured]:
    """dL/dw of each batch."""
    for number, batch in enumerate(subject.batches, start=1):
        yield subject.weights, _gradient(subject, batch, number)


def hessian_gradients(subject: Subject) -> Iterator[Measured]:
    """H g of each batch, by differentiating the gradient's product with g once more.

    All batches are read before the first is yielded, because g is their mean gradient.
    """
    batches = list(subject.batches)
    mean = {name: torch.zeros_like(value) for name, value in subject.weights.items()}
    for number, batch in enumerate(batches, start=1):
        for name, gradient in _gradient(subject, batch, number).items():
            if gradient is not None:
                mean[name] += gradient / len(batches)
    for number, batch in enumerate(batches, start=1):
        found = _gradient(subject, batch, number, create_graph=True)
        products = ((gradient * mean[name]).sum() for name, gradient in found.items() if gradient is not None)
        with said_in_a_sentence("the gradient of this network and loss cannot be differentiated again, as is needed"):
            second = _differentiate(sum(products, torch.zeros((), device=subject.device)), subject.parameters)
        yield subject.weights, second


def weights_alone(subject: Subject) -> Iterator[Measured]:
    """The weights, once; no batch is read."""
    yield subject.weights, subject.weights


def answer(subject: Subject, batch: Batch, number: int) -> tuple[Any, Any]:
    """What the network answers to a batch, and the target, on its device."""
    given, target = arguments_and_target(batch, number, subject.model, subject.inputs)
    given, target = given.map(lambda value: value.to(subject.device)), to_device(target, subject.device)
    with (
        torch.autocast(subject.device.type, torch.bfloat16) if subject.autocast else nullcontext(),
        said_in_a_sentence(f"the model rejects the inputs of batch {number}, {_shapes(given)}"),
    ):
        return given.call(subject.model), target


def loss_of(subject: Subject, batch: Batch, number: int) -> Tensor:
    """The loss of a batch, one finite number that depends on the model's weights."""
    return loss_at(subject, *answer(subject, batch, number), number)


def loss_at(subject: Subject, output: Any, target: Any, number: int) -> Tensor:
    """The same of what the network answered."""
    with torch.autocast(subject.device.type, torch.bfloat16) if subject.autocast else nullcontext():
        return _loss(output, target, subject.loss, number)


def derivatives(subject: Subject, value: Tensor, leaves: list[Tensor]) -> list[Tensor | None]:
    """The derivative of a number by each of the ``leaves``, which are nobody else's; None where there is none.

    Behind checkpoints the network is called again while going backward, which may add leaves to the list. Those of
    reentrant ones have derivatives, where those from before have none.
    """
    seen = leaves_of_checkpoints(value)
    if seen is None:
        if leaves:  # without any, torch would give every parameter its gradient
            _backward(value, tuple(leaves))
        return [leaf.grad for leaf in leaves]
    ours = {id(leaf) for leaf in leaves}
    others = [*subject.model.parameters(), *subject.parameters.values(), *seen]
    _accumulated(value, {}, [leaf for leaf in others if id(leaf) not in ours])
    return [leaf.grad for leaf in leaves]


def _gradient(subject: Subject, batch: Batch, number: int, create_graph: bool = False) -> dict[str, Tensor | None]:
    value = loss_of(subject, batch, number)
    if not create_graph and (leaves := leaves_of_checkpoints(value)) is not None:
        return _accumulated(
            value, subject.parameters, [*subject.model.parameters(), *subject.parameters.values(), *leaves]
        )
    return _differentiate(value, subject.parameters, create_graph)


def _differentiate(
    value: Tensor, parameters: Mapping[str, Tensor], create_graph: bool = False
) -> dict[str, Tensor | None]:
    """The derivative of a number by each parameter; None where it does not depend on one."""
    if not value.requires_grad:
        return dict.fromkeys(parameters)
    found = torch.autograd.grad(value, list(parameters.values()), create_graph=create_graph, allow_unused=True)
    return dict(zip(parameters, found, strict=True))


def _accumulated(value: Tensor, parameters: Mapping[str, Tensor], leaves: Iterable[Tensor]) -> dict[str, Tensor | None]:
    """The same by `backward`, which reentrant checkpoints insist on; what the ``leaves`` had accumulated comes back."""
    before = {id(leaf): (leaf, leaf.grad) for leaf in leaves}
    try:
        for leaf, _ in before.values():
            leaf.grad = None
        _backward(value, ())
        return {name: parameter.grad for name, parameter in parameters.items()}
    finally:
        for leaf, gradient in before.values():
            leaf.grad = gradient


def _backward(value: Tensor, inputs: tuple[Tensor, ...]) -> None:
    """`torch.autograd.backward`, with modes that watch functions (`TorchFunctionMode`) still in place: checkpoints must
    call under them again what they called before, and torch takes them off for a function that it shows to them."""
    run = torch.autograd.Variable._execution_engine.run_backward
    run((value,), (torch.ones_like(value),), False, False, inputs, allow_unreachable=True, accumulate_grad=True)


def _loss(output: Any, target: Any, loss: Callable[[Any, Any], Tensor], batch: int) -> Tensor:
    with said_in_a_sentence(f"the loss rejects the output and the target of batch {batch}"):
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
def said_in_a_sentence(what: str) -> Iterator[None]:
    """Turn torch's complaint about shapes, labels or devices into a `ValueError` that says where it came from."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, IndexError, ValueError, AssertionError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"{what}: {reason[0]}") from error


def _shapes(inputs: Arguments) -> str:
    return " and ".join("x".join(map(str, tensor.shape)) for tensor in inputs.tensors) or "no tensors"


def to_device(value: Any, device: torch.device) -> Any:
    """Tensors within tuples, lists and dicts, moved to the device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(to_device(each, device) for each in value))
    if isinstance(value, (tuple, list)):
        return type(value)(to_device(each, device) for each in value)
    if isinstance(value, dict):
        return {key: to_device(each, device) for key, each in value.items()}
    return value
