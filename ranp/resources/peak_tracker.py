"""The most bytes that tensors hold at once: what one dispatch mode sees, counted storage by storage.

The same figure as ``torch.distributed._tools.mem_tracker.MemTracker`` finds (`tests/resources/test_memory.py` compares
the two). That also keeps what each module holds and hooks every module of the process, which takes as long as the step
itself.
"""

import weakref
from functools import partial
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from ranp.graph import meta_kernels


class PeakTracker(TorchDispatchMode):
    """While active, ``peak`` is the largest sum of the storages that were alive together.

    Counted are the results of operations and what `hold` was told of before; a storage that several tensors share
    counts once, until the last of them is gone. Its size is that at its first sight.
    """

    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)
        self.peak = 0
        self._bytes = 0
        self._alive: dict[int, weakref.ref[Any]] = {}  # by the storage's address, which it keeps for life

    def hold(self, tensor: Tensor) -> None:
        """Count what exists already."""
        storage = tensor.untyped_storage()
        size, address = storage.nbytes(), storage._cdata
        if address not in self._alive:
            note = self.made(tensor)
            self._alive[address] = weakref.ref(storage, partial(self._release, address, size, note))
            self._bytes += size
        self.peak = max(self.peak, self._bytes)

    def made(self, tensor: Tensor) -> int:
        """A storage is seen for the first time; who writes lifetimes down overrides this, and gives it a number."""
        return 0

    def gone(self, number: int) -> None:
        """The last tensor on the storage of that number is gone."""

    def _release(self, address: int, size: int, number: int, _: weakref.ref[Any]) -> None:
        del self._alive[address]
        self._bytes -= size
        self.gone(number)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # keeping PyTorch's compiler away from the method below would import the compiler: a second

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        on_meta = all(leaf.is_meta for leaf in pytree.tree_leaves(args) if isinstance(leaf, Tensor))
        result = meta_kernels.run(function, args, kwargs) if on_meta else function(*args, **kwargs)
        for leaf in pytree.tree_leaves(result):
            if isinstance(leaf, Tensor):
                self.hold(leaf)
        return result
