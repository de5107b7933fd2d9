"""The most bytes that tensors hold at once: what one dispatch mode sees, counted storage by storage.

The same figure as ``torch.distributed._tools.mem_tracker.MemTracker`` finds (`tests/test_memory.py` compares the two).
That also keeps what each module holds and hooks every module of the process, which takes as long as the step itself.
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
        super().__init__()
        self.peak = 0
        self._bytes = 0
        self._alive: dict[int, weakref.ref[Any]] = {}  # by the storage's address, which it keeps for life

    def hold(self, tensor: Tensor, times: int = 1) -> None:
        """Count what exists already; ``times`` > 1 stands for as many more of its kind, which stay to the end."""
        storage = tensor.untyped_storage()
        size, address = storage.nbytes(), storage._cdata
        self._bytes += (times - 1) * size
        if address not in self._alive:
            self._alive[address] = weakref.ref(storage, partial(self._release, address, size))
            self._bytes += size
        self.peak = max(self.peak, self._bytes)

    def _release(self, address: int, size: int, _: weakref.ref[Any]) -> None:
        del self._alive[address]
        self._bytes -= size

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
