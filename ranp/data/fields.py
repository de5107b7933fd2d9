"""Coordinates and smooth random fields, the material that the procedural data are made of.

Coordinates run from -1 to 1 over every axis and are taken at the centres of voxels. Whatever the size of the grid, the
same random stream gives the same field, so a small volume shows the same scene as a large one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def axis(length: int) -> Tensor:
    """Centres of ``length`` equal cells that fill [-1, 1].

    >>> axis(4)
    tensor([-0.7500, -0.2500,  0.2500,  0.7500])
    """
    return (2 * torch.arange(length, dtype=torch.float32) + 1) / length - 1


def axes(size: Sequence[int]) -> tuple[Tensor, ...]:
    """One coordinate per axis of a grid, shaped to broadcast against the others.

    >>> [tuple(a.shape) for a in axes((2, 3, 4))]
    [(2, 1, 1), (1, 3, 1), (1, 1, 4)]
    """
    rank = len(size)
    return tuple(axis(length).reshape([-1 if d == k else 1 for d in range(rank)]) for k, length in enumerate(size))


def uniform(low: float, high: float, generator: torch.Generator, shape: Sequence[int] = ()) -> Tensor:
    """Numbers drawn evenly from [low, high)."""
    return low + (high - low) * torch.rand(tuple(shape), generator=generator)


def smooth_noise(
    size: Sequence[int], cells: int | Sequence[int], generator: torch.Generator, channels: int = 1
) -> Tensor:
    """A Gaussian random field ``(channels, *size)`` with about ``cells`` independent bumps along each axis.

    White noise on a coarse lattice is spread by a Gaussian kernel, one matrix product per axis. Each row of the matrix
    has unit length, so every point of the field has mean 0 and variance 1.
    """
    bumps = [cells] * len(size) if isinstance(cells, int) else list(cells)
    field = torch.randn((channels, *(count + 2 for count in bumps)), generator=generator)
    for length, count in zip(size, bumps, strict=True):
        # Contracting axis 1 and appending the result last walks through the axes in order.
        field = torch.tensordot(field, _spread(length, count), dims=([1], [1]))
    return field


def _spread(length: int, cells: int) -> Tensor:
    """Rows of kernel weights ``(length, cells + 2)``; one lattice point lies beyond either end."""
    positions = (axis(length) + 1) / 2 * cells
    lattice = torch.arange(cells + 2) - 0.5
    weights = torch.exp(-((positions[:, None] - lattice) ** 2))
    lengths: Tensor = weights.norm(dim=1, keepdim=True)
    return weights / lengths
