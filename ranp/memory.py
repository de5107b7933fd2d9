"""Peak memory of one training step, estimated without computing anything.

The step (forward, loss, backward, optimizer) runs on tensors that have shapes and lifetimes but no data, while
`ranp.peak_tracker` adds up what is alive. Counted, in bytes: parameters, buffers, gradients, the optimizer's state, the
batch, activations saved for the backward pass, and temporary tensors. Not counted: the workspace inside a kernel, the
allocator's fragmentation, the framework itself.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from ranp.graph.skeleton import copy_without_storage, inputs_without_storage
from ranp.graph.trace import quiet
from ranp.optimizer_steps import OPTIMIZERS, Optimizer, State
from ranp.peak_tracker import PeakTracker


def squared_error(output: Any) -> Tensor:
    """The loss of the estimate: each output tensor's mean squared distance to a target of its size, summed.

    It fits any output. Alive in its backward pass are, for each output, the output, the target and one gradient; a
    cross-entropy has no target of that size but its log-probabilities, and for a moment one more gradient.
    """
    outputs = [tensor for tensor in _tensors(output) if tensor.is_floating_point()]
    if not outputs:
        raise ValueError("the network's output holds no floating-point tensor; pass the loss that it is trained with")
    return torch.stack([F.mse_loss(tensor, torch.zeros_like(tensor)) for tensor in outputs]).sum()


def peak_training_bytes(
    model: nn.Module,
    example_inputs: tuple[Tensor, ...],
    optimizer: str = "adamw",
    loss: Callable[[Any], Tensor] = squared_error,
    any_device: bool = False,
) -> int:
    """Most bytes alive at once in a training step that is not the first (the optimizer's state exists already).

    ``example_inputs`` give the shapes, batch first, and the batch counts: the estimate for a batch of 4 needs inputs of
    4. Works on ``meta`` models and leaves ``model`` as it is. With ``any_device`` the step takes kernels that belong to
    no device, which answers several times faster: right for convolutions, linear maps, norms, pooling and pointwise
    operations, while attention and recurrent layers choose kernels by device, and with them what they keep. Raises
    ``ValueError`` for an unknown optimizer, and for a network whose training step fails on these inputs or depends on
    their values.

    >>> peak_training_bytes(nn.Linear(100, 100, bias=False), (torch.empty(1, 100),), optimizer="sgd") // 1000
    81
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer '{optimizer}'; choose one of {', '.join(OPTIMIZERS)}")
    mode = None if any_device else FakeTensorMode(allow_non_fake_inputs=True)
    try:
        with quiet():
            twin, inputs = copy_without_storage(model, mode).train(), inputs_without_storage(example_inputs, mode)
            with mode or nullcontext():
                return _peak_of_step(twin, inputs, OPTIMIZERS[optimizer], loss)
    except Exception as error:  # whatever the network's own code raises on tensors without values
        shapes = ", ".join("x".join(map(str, tensor.shape)) for tensor in example_inputs)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"the training step on inputs of {shapes} cannot be estimated: {reason}") from error


def _peak_of_step(
    model: nn.Module, inputs: tuple[Any, ...], optimizer: Optimizer, loss: Callable[[Any], Tensor]
) -> int:
    """Run the step, but update one parameter of each kind only: updates go one by one, and alike for all of a kind."""
    kinds = _kinds(model)
    states = [optimizer.state(first) for first, *_ in kinds]
    tracker = PeakTracker()
    for tensor in (*model.parameters(), *model.buffers(), *_tensors(inputs)):
        tracker.hold(tensor)
    for kind, state in zip(kinds, states, strict=True):
        for tensor in state.values():
            tracker.hold(tensor, times=len(kind))
    with tracker:
        output = model(*inputs)  # Named, hence alive until the end of the step, as in a training loop.
        loss(output).backward()
        with torch.no_grad():
            parameters: list[Tensor] = []
            gradients: list[Tensor] = []
            trained: list[State] = []
            for kind, state in zip(kinds, states, strict=True):
                gradient = next((parameter.grad for parameter in kind if parameter.grad is not None), None)
                if gradient is not None:
                    parameters.append(kind[0])
                    gradients.append(gradient)
                    trained.append(state)
            optimizer.update(parameters, gradients, trained)
    return tracker.peak


def _kinds(model: nn.Module) -> list[list[nn.Parameter]]:
    """The parameters that are trained, those of one shape, layout and dtype together."""
    kinds: dict[Any, list[nn.Parameter]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            kinds.setdefault((parameter.shape, parameter.stride(), parameter.dtype), []).append(parameter)
    return list(kinds.values())


def _tensors(output: Any) -> list[Tensor]:
    leaves, _ = torch.utils._pytree.tree_flatten(output)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor)]
