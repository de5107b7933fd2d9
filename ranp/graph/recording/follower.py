"""Follow a network while it runs: every tensor operation that it dispatches, as a node of a graph.

Operations are seen before PyTorch takes them apart, so that ``conv3d``, ``linear`` or ``batch_norm`` stay whole. What
the network runs on is the caller's choice: tensors of the ``meta`` device, which have shapes but no values (the
quickest), fake tensors, or real ones. ``torch.fx.experimental.proxy_tensor.make_fx`` records the same operations,
through proxies and guards that a channel graph has no use for, in ten times the time.
"""

import itertools
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._dispatch.python import enable_python_dispatcher, no_python_dispatcher
from torch._ops import OpOverload
from torch.fx.experimental.proxy_tensor import ProxyTorchDispatchMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from ranp.graph import meta_kernels

META = torch.device("meta")


class Follower(ProxyTorchDispatchMode):
    """Records one forward pass of ``model`` in ``graph``; the nodes have ``val`` and ``nn_module_stack`` in ``meta``.

    ``parameters`` maps nodes, by name, to the qualified names of the parameters and buffers that they stand for. With
    ``on_meta`` every tensor that an operation takes or makes is on the ``meta`` device, whatever the network asks for.
    """

    def __init__(self, model: nn.Module, on_meta: bool) -> None:
        TorchDispatchMode.__init__(self, torch._C.DispatchKey.PreDispatch)  # its own base class compiles and converts
        self._mode_key = torch._C._TorchDispatchModeKey.PROXY
        self.enter_stack = []
        self.graph = fx.Graph()
        self.parameters: dict[str, str] = {}
        self._model = model
        self._on_meta = on_meta
        self._nodes = WeakTensorKeyDictionary()
        self._moved = WeakTensorKeyDictionary()
        self._running: list[tuple[str, str]] = []  # the modules that are being called, by path and call
        self._names = WeakTensorKeyDictionary()
        self._names.update(
            (tensor, name)
            for name, tensor in (
                *model.named_buffers(remove_duplicate=False),
                *model.named_parameters(remove_duplicate=False),
            )
        )

    def run(self, inputs: tuple[Any, ...]) -> Any:
        """Call the network; what it raises leaves the operations before that in ``graph``."""
        for value in pytree.tree_leaves(inputs):
            if isinstance(value, Tensor):
                self._note(self.graph.placeholder("input"), value)
        with torch.no_grad(), self._calls(), enable_python_dispatcher(), self:
            return self._model(*inputs)

    def finish(self, outputs: list[Tensor]) -> None:
        """Mark what the network returned."""
        self.graph.output([self._node(tensor) for tensor in outputs])

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # keeping PyTorch's compiler away from the method below would import the compiler: a second

    def __torch_dispatch__(self, function: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is torch.ops.prim.device.default:
            return function(*args, **kwargs)
        if self._on_meta and function is torch.ops.aten.empty_strided.default:
            raise RuntimeError("it copies a tensor outside of PyTorch")  # as reading it from a file does
        nodes = _mapped(args, self._as_node), _mapped(kwargs, self._as_node)
        if self._on_meta:
            args, kwargs = _mapped(args, self._as_meta), _mapped(kwargs, self._as_meta)
            if _takes_device(function, len(args)):
                kwargs = {**kwargs, "device": META}
        with no_python_dispatcher():
            result = meta_kernels.run(function, args, kwargs) if self._on_meta else function(*args, **kwargs)
        name = self.graph._target_to_str(function.overloadpacket.__name__)
        self._note(self._create("call_function", function, *nodes, name=name), result)
        return result

    def _note(self, node: fx.Node, value: Any) -> None:
        """``node`` makes ``value``: from now on its tensors are known by it."""
        if isinstance(value, Tensor):
            self._nodes[value] = node
            node.meta["val"] = _shape_of(value)
        elif isinstance(value, (list, tuple)):
            node.meta["val"] = [_shape_of(item) if isinstance(item, Tensor) else item for item in value]
            for position, item in enumerate(value):
                if isinstance(item, Tensor):
                    self._note(self._create("call_function", operator.getitem, (node, position), {}, "getitem"), item)

    def _node(self, tensor: Tensor) -> fx.Node:
        node = self._nodes.get(tensor)
        if node is None:  # a parameter or buffer, or a constant that no operation made
            name = self._names.get(tensor)
            target = name or "constant"
            node = self._create("get_attr", target, (), {}, target.replace(".", "_"))
            if name is not None:
                self.parameters[node.name] = name
            self._note(node, tensor)
        return node

    def _as_node(self, value: Any) -> Any:
        if isinstance(value, torch.UntypedStorage):
            raise RuntimeError("it passes on the memory behind a tensor, where nothing can be followed")
        return self._node(value) if isinstance(value, Tensor) else value

    def _as_meta(self, value: Any) -> Any:
        if isinstance(value, torch.device):
            return META
        if not isinstance(value, Tensor) or value.is_meta:
            return value
        if value not in self._moved:
            self._moved[value] = value.to(META)
        return self._moved[value]

    def _create(self, kind: str, target: Any, args: Any, kwargs: Any, name: str) -> fx.Node:
        node = self.graph.create_node(kind, target, args, kwargs, name)
        if self._running:
            path, call = self._running[-1]
            node.meta["nn_module_stack"] = {call: (path, None)}
        return node

    @contextmanager
    def _calls(self) -> Iterator[None]:
        """While active, know which module is being called."""
        counter = itertools.count()

        def enter(path: str) -> Callable[..., None]:
            return lambda *_: self._running.append((path, f"{path}@{next(counter)}"))

        def leave(*_: Any) -> None:
            self._running.pop()

        handles = []
        for path, module in self._model.named_modules():
            handles.append(module.register_forward_pre_hook(enter(path)))
            handles.append(module.register_forward_hook(leave, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(item, change) for item in value])
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return change(value)


def _takes_device(function: OpOverload, given: int) -> bool:
    """Whether a device may be named behind the ``given`` positional arguments."""
    return any(argument.name == "device" for argument in function._schema.arguments[given:])


def _shape_of(tensor: Tensor) -> Tensor | None:
    """A tensor of that shape, now, without storage."""
    if tensor.is_nested:
        raise RuntimeError("it makes a nested tensor, which has no shape")
    if tensor.layout != torch.strided:
        return None
    if tensor.is_meta:
        return tensor.detach()
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
