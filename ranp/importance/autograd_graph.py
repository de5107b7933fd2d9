"""What a loss hangs on, read from the graph that autograd keeps of it."""

from typing import Any

from torch import Tensor

REENTRANT = "CheckpointFunction"
"""`torch.utils.checkpoint` with ``use_reentrant=True``, and the libraries that repeat it, name their function so."""


def leaves_of_checkpoints(value: Tensor) -> list[Tensor] | None:
    """The leaves that ``value`` hangs on, as far as they can be seen, if it was made by reentrant checkpoints.

    Such a checkpoint hides what it computes, and with it its own leaves, until a backward pass runs it again.

    >>> import torch
    >>> from torch.utils.checkpoint import checkpoint
    >>> weight = torch.ones(2, requires_grad=True)
    >>> leaves_of_checkpoints(checkpoint(torch.exp, weight, use_reentrant=True).sum())
    [tensor([1., 1.], requires_grad=True)]
    >>> leaves_of_checkpoints(checkpoint(torch.exp, weight, use_reentrant=False).sum()) is None
    True
    """
    waiting: list[Any] = [value.grad_fn]
    seen, leaves, found = set(waiting), [], False
    while waiting:
        operation = waiting.pop()
        if operation is None:
            continue
        found = found or operation.name().startswith(REENTRANT)
        if hasattr(operation, "variable"):
            leaves.append(operation.variable)
        further = {each for each, _ in operation.next_functions} - seen
        seen |= further
        waiting += further
    return leaves if found else None
