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

from ranp.graph import tensors_in
from ranp.importance import Batch
from ranp.inputs import InputSpec
from ranp.subject.own_batches import OwnBatches
from ranp.subject.own_code import call_own, load_own
from ranp.subject.scoring import Scoring

log = logging.getLogger(__name__)

Loss = Callable[[Any, Any], Tensor]


def own_batches(data: str, loss: str | None, scoring: Scoring) -> tuple[Iterable[Batch], Loss]:
    """What the user's functions at the import paths ``data`` and ``loss`` give, ``scoring.count`` batches at most."""
    if loss is None:
        raise ValueError("--data of your own needs --loss package.module:function, of (output, target)")
    batches = OwnBatches(data).to_score(scoring.batch_size, scoring.seed, scoring.count)
    return batches, own_loss(loss)


def own_loss(path: str) -> Loss:
    """The function at the import path; what it raises is said in a sentence."""
    function = load_own(path)
    return lambda output, target: call_own(path, function, output, target)


def noise_batches(inputs: InputSpec, scoring: Scoring) -> tuple[Iterable[Batch], Loss]:
    """Seeded noise that the inputs may hold; the target is the seed from which `noise_loss` draws."""
    log.warning("no --data: scoring on random inputs and a random target, which says nothing of your task")
    generator = torch.Generator().manual_seed(scoring.seed)
    several = inputs.with_batch(scoring.batch_size)
    batches: list[Batch] = [
        (several.arguments(lambda tensor: tensor.drawn(generator)), torch.tensor(scoring.seed + index))
        for index in range(scoring.count)
    ]
    return batches, noise_loss


def noise_loss(output: Any, seed: Tensor) -> Tensor:
    """Cross-entropy to random classes, or the mean squared distance to normal numbers, of a target drawn from ``seed``.

    >>> noise_loss(torch.zeros(4, 10), torch.tensor(0)).item() == torch.tensor(10.0).log().item()
    True
    """
    generator = torch.Generator().manual_seed(int(seed))
    tensors = [tensor for tensor in tensors_in(output) if tensor.is_floating_point()]
    if len(tensors) == 1 and isinstance(output, Tensor) and output.ndim >= 2 and output.shape[1] >= 2:
        shape = (output.shape[0], *output.shape[2:])
        target = torch.randint(output.shape[1], shape, generator=generator)
        return F.cross_entropy(_at_least_float32(output), target.to(output.device))
    if not tensors:
        raise ValueError("the network returns no floating-point tensor to compute a loss from; give --data and --loss")
    tensors = [_at_least_float32(tensor) for tensor in tensors]
    targets = [torch.randn(tensor.shape, generator=generator).to(tensor) for tensor in tensors]
    return torch.stack([F.mse_loss(tensor, target) for tensor, target in zip(tensors, targets, strict=True)]).sum()


def _at_least_float32(value: Tensor) -> Tensor:
    """A loss in half precision would be rounded away."""
    return value.to(torch.promote_types(value.dtype, torch.float32))
