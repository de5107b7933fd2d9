"""What a network of one's own is scored on: the user's batches and loss, or seeded noise where there are none.

Without data, inputs are standard normal numbers and the loss is drawn too: cross-entropy to random classes where the
output is one tensor with two channels or more, else the squared distance to normal numbers. Such scores see the
architecture and its weights, not a task; the plan says so.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils import _pytree as pytree

from ranp.importance import Batch
from ranp.scoring import Scoring
from ranp.subject.own_code import call_own, load_own

log = logging.getLogger(__name__)

Loss = Callable[[Any, Any], Tensor]


def own_batches(data: str, loss: str | None) -> tuple[Iterable[Batch], Loss]:
    """What the user's functions at the import paths ``data`` and ``loss`` give."""
    if loss is None:
        raise ValueError("--data of your own needs --loss package.module:function, of (output, target)")
    batches = call_own(data, load_own(data))
    if not isinstance(batches, Iterable):
        raise ValueError(f"'{data}' must return batches of (inputs, target), not {type(batches).__name__}")
    function = load_own(loss)
    return batches, lambda output, target: call_own(loss, function, output, target)


def noise_batches(input_shapes: tuple[tuple[int, ...], ...], scoring: Scoring) -> tuple[Iterable[Batch], Loss]:
    """Seeded noise in the shape of the inputs; the target is the seed from which `noise_loss` draws."""
    log.warning("no --data: scoring on random inputs and a random target, which says nothing of your task")
    generator = torch.Generator().manual_seed(scoring.seed)
    batches: list[Batch] = []
    for index in range(scoring.count):
        shapes = [(scoring.batch_size, *shape[1:]) for shape in input_shapes]
        inputs = tuple(torch.randn(shape, generator=generator) for shape in shapes)
        batches.append((inputs, torch.tensor(scoring.seed + index)))
    return batches, noise_loss


def noise_loss(output: Any, seed: Tensor) -> Tensor:
    """Cross-entropy to random classes, or the mean squared distance to normal numbers, of a target drawn from ``seed``.

    >>> noise_loss(torch.zeros(4, 10), torch.tensor(0)).item() == torch.tensor(10.0).log().item()
    True
    """
    generator = torch.Generator().manual_seed(int(seed))
    if isinstance(output, Tensor) and output.ndim >= 2 and output.shape[1] >= 2:
        shape = (output.shape[0], *output.shape[2:])
        target = torch.randint(output.shape[1], shape, generator=generator)
        return F.cross_entropy(output, target.to(output.device))
    tensors = [leaf for leaf in pytree.tree_leaves(output) if isinstance(leaf, Tensor) and leaf.is_floating_point()]
    if not tensors:
        raise ValueError("the network returns no floating-point tensor to compute a loss from; give --data and --loss")
    targets = [torch.randn(tensor.shape, generator=generator).to(tensor) for tensor in tensors]
    return torch.stack([F.mse_loss(tensor, target) for tensor, target in zip(tensors, targets, strict=True)]).sum()
