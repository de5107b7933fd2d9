"""What a network is called with: positional and keyword arguments, tensors anywhere in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree


@dataclass(frozen=True, eq=False)
class Arguments:
    """Positional and keyword arguments, which may be nested: tensors, containers of them, and whatever else."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def call(self, function: Callable[..., Any]) -> Any:
        """What ``function``, a network for instance, returns for them; it may write in its lists and dicts."""
        own = self.map(lambda tensor: tensor)
        return function(*own.args, **own.kwargs)

    def map(self, change: Callable[[Tensor], Any]) -> "Arguments":
        """The same arguments with every tensor replaced by what ``change`` makes of it."""
        return Arguments(*changed((self.args, dict(self.kwargs)), Tensor, change))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors, in the order of the arguments."""
        leaves = pytree.tree_leaves((self.args, dict(self.kwargs)))
        return tuple(leaf for leaf in leaves if isinstance(leaf, Tensor))


def changed(nest: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """``nest`` with every leaf of this ``kind`` replaced; lists stay lists, named tuples named tuples, and so on."""
    return pytree.tree_map(lambda leaf: change(leaf) if isinstance(leaf, kind) else leaf, nest)
