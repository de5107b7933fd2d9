"""Peak memory of one training step, estimated without computing anything.

The step (forward, loss, backward, optimizer) runs on fake tensors, which have shapes and lifetimes but no data, while
``torch.distributed._tools.mem_tracker.MemTracker`` adds up what is alive. Counted, in bytes: parameters, buffers,
gradients, the optimizer's state, the batch, activations saved for the backward pass, and temporary tensors. Not
counted: the workspace inside a kernel, the allocator's fragmentation, the framework itself.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from ranp.graph.skeleton import fake_copy, fake_inputs

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
    "momentum": lambda parameters: torch.optim.SGD(parameters, momentum=0.9),
}


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
) -> int:
    """Most bytes alive at once in a training step that is not the first (the optimizer's state exists already).

    ``example_inputs`` give the shapes, batch first, and the batch counts: the estimate for a batch of 4 needs inputs of
    4. Works on ``meta`` models and leaves ``model`` as it is. The tracker hooks every module of the process, so no
    other thread may run a network meanwhile. Raises ``ValueError`` for an unknown optimizer, and for a network whose
    training step fails on these inputs or depends on their values.

    >>> peak_training_bytes(nn.Linear(100, 100, bias=False), (torch.empty(1, 100),), optimizer="sgd") // 1000
    81
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer '{optimizer}'; choose one of {', '.join(OPTIMIZERS)}")
    from ranp.peak_tracker import PeakTracker  # imported here, since it takes as long to import as torch itself

    fake = FakeTensorMode(allow_non_fake_inputs=True)
    try:
        twin = _trainable_copy(model, fake)
        inputs = fake_inputs(example_inputs, fake)
        with fake:
            steps = OPTIMIZERS[optimizer]([p for p in twin.parameters() if p.requires_grad])
            _create_state(steps)
            tracker = PeakTracker()
            tracker.track_external(twin, steps, *inputs)
            with tracker:
                output = twin(*inputs)  # Named, hence alive until the end of the step, as in a training loop.
                loss(output).backward()
                steps.step()
    except (RuntimeError, ValueError, TypeError, NotImplementedError, AssertionError) as error:
        shapes = ", ".join("x".join(map(str, tensor.shape)) for tensor in example_inputs)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"the training step on inputs of {shapes} cannot be estimated: {reason}") from error
    return int(sum(device["Total"] for device in tracker.get_tracker_snapshot("peak").values()))


def _trainable_copy(model: nn.Module, fake: FakeTensorMode) -> nn.Module:
    """A copy without storage whose frozen parameters are buffers: the tracker hooks the gradient of every parameter."""
    twin = fake_copy(model, fake).train()
    for module in twin.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            if not parameter.requires_grad:
                delattr(module, name)
                module.register_buffer(name, parameter.data)
    return twin


def _create_state(optimizer: torch.optim.Optimizer) -> None:
    """One step with gradients of zero, as the first step of a training would."""
    for group in optimizer.param_groups:
        group["foreach"] = True  # All parameters in one call: several times faster on fake tensors, the same state.
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    for group in optimizer.param_groups:
        group["foreach"] = False


def _tensors(output: Any) -> list[Tensor]:
    leaves, _ = torch.utils._pytree.tree_flatten(output)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor)]
