"""How a network is called, without the values: what is written into plans and made into examples again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ranp.inputs.arguments import Arguments, changed
from ranp.inputs.tensor import TensorSpec


@dataclass(frozen=True)
class InputSpec:
    """The arguments of a network's call, nested as they are, with a `TensorSpec` in place of each tensor.

    What else the network is given (None, numbers, texts, booleans) stands as it is. `ranp.inputs.document` writes all
    this as JSON, `ranp.inputs.text` as the command line has it.

    >>> InputSpec.of((torch.empty(1, 3, 8, 8), None), {"mask": torch.ones(1, 16, dtype=torch.bool)}).shapes
    ((1, 3, 8, 8), (1, 16))
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((len(self.args), *self.kwargs, *self.tensors))

    @classmethod
    def of(cls, inputs: "Examples", kwargs: Mapping[str, Any] | None = None) -> "InputSpec":
        """From examples: one tensor, or the positional arguments, and keyword arguments beside them.

        Raises:
            ValueError: ``inputs`` is a dict, which may be meant in two ways, or no sequence.
        """
        if isinstance(inputs, InputSpec):
            return inputs
        if isinstance(inputs, Arguments):
            return cls.of(inputs.args, inputs.kwargs)
        if isinstance(inputs, Mapping):
            raise ValueError(
                "expected the positional arguments as a tuple, got a dict; write (inputs,) for a network that takes "
                "the dict itself, and example_kwargs=inputs for one that takes its entries by keyword"
            )
        if not isinstance(inputs, (Tensor, list, tuple)):
            raise ValueError(
                f"expected a tensor or a tuple of positional arguments, got {type(inputs).__name__}; write (inputs,)"
            )
        args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        return cls(*changed((args, dict(kwargs or {})), Tensor, TensorSpec.of))

    @classmethod
    def of_shapes(cls, shapes: Sequence[Sequence[int]]) -> "InputSpec":
        """Positional float32 tensors of these shapes, batch first."""
        return cls(tuple(TensorSpec(tuple(shape)) for shape in shapes))

    @property
    def tensors(self) -> tuple[TensorSpec, ...]:
        """The tensors, in the order of the arguments."""
        leaves = pytree.tree_leaves((self.args, dict(self.kwargs)))
        return tuple(leaf for leaf in leaves if isinstance(leaf, TensorSpec))

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The tensors' shapes."""
        return tuple(tensor.shape for tensor in self.tensors)

    def with_shapes(self, shapes: Sequence[tuple[int, ...]]) -> "InputSpec":
        """The same call with tensors of other shapes, in their order."""
        given = iter(shapes)
        return self._map(lambda tensor: tensor.with_shape(next(given)))

    @property
    def batch(self) -> int:
        """How many examples one call takes: the first size of the first tensor that has one."""
        return next((shape[0] for shape in self.shapes if shape), 1)

    def with_batch(self, batch: int) -> "InputSpec":
        """The same call for ``batch`` examples; a tensor whose first size is another than the batch's keeps it."""
        now = self.batch
        return self.with_shapes([(batch, *shape[1:]) if shape and shape[0] == now else shape for shape in self.shapes])

    def in_precision(self, dtype: torch.dtype) -> "InputSpec":
        """The same call with floating-point tensors of this dtype."""

        def cast(tensor: TensorSpec) -> TensorSpec:
            return TensorSpec(tensor.shape, dtype) if tensor.dtype.is_floating_point else tensor

        return self._map(cast)

    def without_values(self) -> "InputSpec":
        """The same call, whatever whole numbers its tensors hold."""
        return self._map(lambda tensor: TensorSpec(tensor.shape, tensor.dtype))

    def arguments(self, make: Callable[[TensorSpec], Tensor]) -> Arguments:
        """The arguments, each tensor as ``make`` makes it."""
        return Arguments(*changed((self.args, dict(self.kwargs)), TensorSpec, make))

    def empty(self) -> Arguments:
        """The arguments with tensors that have no storage."""
        return self.arguments(TensorSpec.empty)

    def drawn(self, seed: int) -> Arguments:
        """The arguments with seeded random numbers that the network takes."""
        generator = torch.Generator().manual_seed(seed)
        return self.arguments(lambda tensor: tensor.drawn(generator))

    def _map(self, change: Callable[[TensorSpec], TensorSpec]) -> "InputSpec":
        return InputSpec(*changed((self.args, dict(self.kwargs)), TensorSpec, change))


Examples: TypeAlias = InputSpec | Arguments | Tensor | Sequence[Any]
"""What says how a network is called: its description, one tensor, or the positional arguments."""
