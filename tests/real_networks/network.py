"""What one real network is: how it is made, and what it is called with."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Shape = tuple[int, ...]


@dataclass(frozen=True)
class RealNetwork:
    """A network as its library builds it, small enough to be compared in double precision in about a second.

    Attributes:
        family: the library that it comes from.
        make: builds it.
        shapes: of its inputs, batch first.
        listed: whether the inputs are one argument, a list, instead of one argument each.
    """

    family: str
    make: Callable[[], nn.Module]
    shapes: tuple[Shape, ...]
    listed: bool = False

    def build(self) -> nn.Module:
        """The network with the weights of seed 0, in training mode."""
        torch.manual_seed(0)
        return self.make().train()

    def inputs(self) -> tuple[Tensor | list[Tensor], ...]:
        """Random numbers from seed 1."""
        generator = torch.Generator().manual_seed(1)
        tensors = [torch.randn(shape, generator=generator) for shape in self.shapes]
        return (tensors,) if self.listed else tuple(tensors)
