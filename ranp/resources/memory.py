"""Peak memory of one training step, estimated without computing anything.

The step (forward, loss, backward, optimizer) runs on tensors that have shapes and lifetimes but no data, while
`ranp.resources.peak_tracker` adds up what is alive. Counted, in bytes: parameters, buffers, gradients, the optimizer's
state, the batch, activations saved for the backward pass, and temporary tensors. Not counted: the workspace inside a
kernel, the allocator's fragmentation, the framework itself.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from ranp.graph import copy_without_storage, inputs_without_storage, quiet, tensors_in
from ranp.inputs import Arguments, Examples, InputSpec, format_inputs
from ranp.resources.optimizer_steps import OPTIMIZERS, Optimizer
from ranp.resources.peak_tracker import PeakTracker

_COMPILER = "torch._dynamo"
Tracker = TypeVar("Tracker", bound=PeakTracker)


def squared_error(output: Any) -> Tensor:
    """The loss of the estimate: each output tensor's mean squared distance to a target of its size, summed.

    It fits any output. Alive in its backward pass are, for each output, the output, the target and one gradient; a
    cross-entropy has no target of that size but its log-probabilities, and for a moment one more gradient.
    """
    outputs = [tensor for tensor in tensors_in(output) if tensor.is_floating_point()]
    if not outputs:
        raise ValueError("the network's output holds no floating-point tensor; pass the loss that it is trained with")
    return torch.stack([F.mse_loss(tensor, torch.zeros_like(tensor)) for tensor in outputs]).sum()


def peak_training_bytes(
    model: nn.Module,
    example_inputs: Examples,
    optimizer: str = "adamw",
    loss: Callable[[Any], Tensor] = squared_error,
    any_device: bool = False,
    example_kwargs: Mapping[str, Any] | None = None,
) -> int:
    """Most bytes alive at once in a training step that is not the first (the optimizer's state exists already).

    ``example_inputs`` and ``example_kwargs`` are as for `ranp.trace`, and the batch counts: the estimate for a batch of
    4 needs inputs of 4. Works on ``meta`` models and leaves ``model`` as it is. With ``any_device`` the step takes
    kernels that belong to no device, which answers several times faster: right for convolutions, linear maps, norms,
    pooling and pointwise operations, while attention and recurrent layers choose kernels by device, and with them what
    they keep. Raises ``ValueError`` for an unknown optimizer, and for a network whose training step fails on these
    inputs or depends on their values.

    >>> peak_training_bytes(nn.Linear(100, 100, bias=False), (torch.empty(1, 100),), optimizer="sgd") // 1000
    81
    """
    described = InputSpec.of(example_inputs, example_kwargs)
    return watch_step(PeakTracker, model, described, optimizer, loss, any_device).peak


def watch_step(
    watch: Callable[[], Tracker],
    model: nn.Module,
    described: InputSpec,
    optimizer: str,
    loss: Callable[[Any], Tensor],
    any_device: bool,
) -> Tracker:
    """A tracker that has seen the training step of `peak_training_bytes`, which says what is raised.

    A step in which PyTorch imports its compiler is watched again: packages that it looks for and does not find leave an
    exception in memory, and that the tensors of the moment.
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer '{optimizer}'; choose one of {', '.join(OPTIMIZERS)}")
    settled = _COMPILER in sys.modules
    mode = None if any_device else FakeTensorMode(allow_non_fake_inputs=True)
    tracker = watch()
    try:
        with quiet():
            twin, inputs = copy_without_storage(model, mode).train(), inputs_without_storage(described, mode)
            with mode or nullcontext():
                _step(tracker, twin, inputs, OPTIMIZERS[optimizer], loss)
    except Exception as error:  # whatever the network's own code raises on tensors without values
        shapes = ", ".join(format_inputs(described))
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"the training step on inputs of {shapes} cannot be estimated: {reason}") from error
    if settled or _COMPILER not in sys.modules:
        return tracker
    return watch_step(watch, model, described, optimizer, loss, any_device)


def _step(
    tracker: PeakTracker, model: nn.Module, inputs: Arguments, optimizer: Optimizer, loss: Callable[[Any], Tensor]
) -> None:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    states = [optimizer.state(parameter) for parameter in trained]
    for tensor in (*model.parameters(), *model.buffers(), *inputs.tensors):
        tracker.hold(tensor)
    for tensor in (tensor for state in states for tensor in state.values()):
        tracker.hold(tensor)
    with tracker:
        output = inputs.call(model)  # Named, hence alive until the end of the step, as in a training loop.
        loss(output).backward()
        with torch.no_grad():
            updated = [number for number, parameter in enumerate(trained) if parameter.grad is not None]
            gradients = [parameter.grad for parameter in trained if parameter.grad is not None]
            optimizer.update([trained[number] for number in updated], gradients, [states[number] for number in updated])
