"""One input tensor without its values: shape, dtype, and which whole numbers it may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        "float32": torch.float32,
        "float64": torch.float64,
        "float16": torch.float16,
        "bfloat16": torch.bfloat16,
        "bool": torch.bool,
        "uint8": torch.uint8,
        "int8": torch.int8,
        "int16": torch.int16,
        "int32": torch.int32,
        "int64": torch.int64,
        "complex64": torch.complex64,
        "complex128": torch.complex128,
    }
)
"""The dtypes that an input may have, by the name that they have in files and on the command line."""

_UNKNOWN: Mapping[torch.dtype, tuple[int, int]] = MappingProxyType(
    {torch.bool: (0, 1), torch.uint8: (0, 255), torch.int8: (-128, 127), torch.int16: (0, 255)}
)
"""What is drawn where nothing is known. Larger integers may be indices of an embedding, of which 0 is always one."""


@dataclass(frozen=True)
class TensorSpec:
    """A tensor's shape, batch first, and dtype; ``values`` are the least and the largest number that it may hold.

    Only integers and booleans have ``values``: an index must be one that the network knows. Left out, they are 0 and 1
    for booleans, what fits into a byte for small integers, and nothing but 0 for the larger ones.

    >>> TensorSpec((2, 3), torch.int64, (0, 9))
    TensorSpec(shape=(2, 3), dtype=torch.int64, values=(0, 9))
    """

    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32
    values: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        counts = not (self.dtype.is_floating_point or self.dtype.is_complex)
        if self.values is None and counts:
            object.__setattr__(self, "values", _UNKNOWN.get(self.dtype, (0, 0)))
        if self.values is not None and not counts:
            raise ValueError(f"an input of {self.dtype} has no range of values; only integers and booleans have one")

    @classmethod
    def of(cls, tensor: Tensor) -> "TensorSpec":
        """The tensor's shape and dtype; of integers and booleans that have values, their range."""
        counts = not (tensor.dtype.is_floating_point or tensor.dtype.is_complex)
        seen = counts and not tensor.is_meta and not isinstance(tensor, FakeTensor) and tensor.numel() > 0
        if not seen or tensor.dtype in (torch.uint8, torch.int8, torch.int16):  # grey values: no example shows them all
            return cls(tuple(tensor.shape), tensor.dtype)
        found = tensor.detach().to(torch.int64)
        return cls(tuple(tensor.shape), tensor.dtype, (int(found.min()), int(found.max())))

    @property
    def nbytes(self) -> int:
        """What a tensor like this holds."""
        return prod(self.shape) * self.dtype.itemsize

    def with_shape(self, shape: tuple[int, ...]) -> "TensorSpec":
        """The same in another shape."""
        return replace(self, shape=shape)

    def empty(self, device: torch.device | str = "meta") -> Tensor:
        """A tensor whose values do not count; on ``meta`` it has no storage."""
        return torch.empty(self.shape, dtype=self.dtype, device=device)

    def plain(self) -> Tensor:
        """Zeros, or the least of its values."""
        return torch.full(self.shape, 0 if self.values is None else self.values[0], dtype=self.dtype)

    def drawn(self, generator: torch.Generator) -> Tensor:
        """Standard normal numbers, or whole ones from the range, on the CPU."""
        if self.values is not None:
            low, high = self.values
            if low == high:
                return self.plain()
            return torch.randint(low, min(high + 1, 2**63 - 1), self.shape, generator=generator).to(self.dtype)
        if self.dtype.is_complex:
            return torch.randn(self.shape, generator=generator, dtype=self.dtype)
        return torch.randn(self.shape, generator=generator).to(self.dtype)


def holds(dtype: torch.dtype, values: Sequence[int]) -> bool:
    """Whether these are a range of an integer or boolean dtype."""
    if dtype.is_floating_point or dtype.is_complex or len(values) != 2:
        return False
    least, largest = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
    return least <= values[0] <= values[1] <= largest
