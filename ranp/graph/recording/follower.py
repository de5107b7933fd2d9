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
from functools import cache
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._dispatch.python import enable_python_dispatcher, no_python_dispatcher
from torch._ops import OpOverload
from torch.fx.experimental.proxy_tensor import ProxyTorchDispatchMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from ranp.graph.recording import meta_kernels
from ranp.graph.recording.skeleton import tensors_in
from ranp.inputs import Arguments

META = torch.device("meta")
RETURNED = "returned by its module"
"""The key under which a node's ``meta`` says so."""


class Follower(ProxyTorchDispatchMode):
    """Records one forward pass of ``model`` in ``graph``; the nodes have ``val`` and ``nn_module_stack`` in ``meta``.

    Those of tensors that are returned by the module in which they were made have `RETURNED`, too. ``parameters`` maps
    nodes, by name, to the qualified names of the parameters and buffers that they stand for. With ``on_meta`` every
    tensor that an operation takes or makes is on the ``meta`` device, whatever the network asks for.
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
        named = (*model.named_buffers(remove_duplicate=False), *model.named_parameters(remove_duplicate=False))
        self._names = {id(tensor): (name, tensor) for name, tensor in named}  # which keeps each, and so its number

    def run(self, inputs: Arguments) -> Any:
        """Call the network; what it raises leaves the operations before that in ``graph``."""
        for value in inputs.tensors:
            self._note(self.graph.placeholder("input"), value)
        with torch.no_grad(), self._calls(), _DataFollowed(), enable_python_dispatcher(), self:
            return inputs.call(self._model)

    def held(self) -> dict[str, str]:
        """Tensors that modules hold as plain attributes, by qualified name: the node that made each.

        A hook that computes a weight before each call leaves it there.
        """
        return {
            f"{path}.{name}" if path else name: self._nodes[value].name
            for path, module in self._model.named_modules()
            for name, value in vars(module).items()
            if isinstance(value, Tensor) and value in self._nodes
        }

    def finish(self, outputs: list[Tensor]) -> None:
        """Mark what the network returned."""
        self.graph.output([self._node(tensor) for tensor in outputs])

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # keeping PyTorch's compiler away from the method below would import the compiler: a second

    def __torch_dispatch__(self, function: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.ops.prim.device.default:
            return function(*args, **(kwargs or {}))
        with no_python_dispatcher():
            return self._follow(function, args, kwargs or {})

    def _follow(self, function: OpOverload, args: Any, kwargs: Any) -> Any:
        if self._on_meta and function is torch.ops.aten.empty_strided.default:
            raise RuntimeError("it copies a tensor outside of PyTorch")  # as reading it from a file does
        given: list[Any] = []
        nodes = self._as_nodes(args, given), self._as_nodes(kwargs, given)
        if not self._on_meta:
            result = function(*args, **kwargs)
        elif _on_constants(function, given):
            result = function(*_mapped(args, _on_cpu), **_mapped(kwargs, _on_cpu))
        else:
            if not all(isinstance(value, Tensor) and value.is_meta for value in given):
                args, kwargs = _mapped(args, self._as_meta), _mapped(kwargs, self._as_meta)
            if len(args) <= _place_of_device(function):
                kwargs = {**kwargs, "device": META}
            result = meta_kernels.run(function, args, kwargs)
        self._note(self._create("call_function", function, *nodes, name=_node_name(function)), result)
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
        node: fx.Node | None = self._nodes.get(tensor)
        if node is None:  # a parameter or buffer, or a constant that no operation made
            name, _ = self._names.get(id(tensor), (None, None))
            target = name or "constant"
            node = self._create("get_attr", target, (), {}, target.replace(".", "_"))
            if name is not None:
                self.parameters[node.name] = name
            self._note(node, tensor)
        return node

    def _as_nodes(self, value: Any, given: list[Any]) -> Any:
        """``value`` with nodes for its tensors; those, and the devices that it names, are added to ``given``."""
        if isinstance(value, (list, tuple)):
            return type(value)([self._as_nodes(item, given) for item in value])
        if isinstance(value, dict):
            return {key: self._as_nodes(item, given) for key, item in value.items()}
        if isinstance(value, torch.UntypedStorage):
            raise RuntimeError("it passes on the memory behind a tensor, where nothing can be followed")
        if isinstance(value, (Tensor, torch.device)):
            given.append(value)
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

    def _mark_returned(self, call: str, output: Any) -> None:
        """Note which of the tensors that were made in this call of a module it returns."""
        for tensor in tensors_in(output):
            node = self._nodes.get(tensor)
            if node is not None and call in node.meta.get("nn_module_stack", {}):
                node.meta[RETURNED] = True

    @contextmanager
    def _calls(self) -> Iterator[None]:
        """While active, know which module is being called."""
        counter = itertools.count()

        def enter(path: str) -> Callable[..., None]:
            return lambda *_: self._running.append((path, f"{path}@{next(counter)}"))

        def leave(module: nn.Module, given: Any, output: Any) -> None:
            self._mark_returned(self._running.pop()[1], output)

        handles = []
        for path, module in self._model.named_modules():
            handles.append(module.register_forward_pre_hook(enter(path)))
            handles.append(module.register_forward_hook(leave, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


class _DataFollowed(TorchFunctionMode):
    """``tensor.data`` hands on a tensor without an operation, which nobody could follow; detached it is the same."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function == _DATA:
            return args[0].detach()
        return function(*args, **(kwargs or {}))


_DATA = Tensor.data.__get__  # type: ignore[attr-defined]


def _on_constants(function: OpOverload, given: list[Any]) -> bool:
    """Whether an operation reads small tensors that have values, and nothing else, and leaves them as they are."""
    found = [value for value in given if isinstance(value, Tensor)]
    if not found or any(tensor.is_meta or tensor.numel() > _LARGEST_CONSTANT for tensor in found):
        return False
    if function._schema.is_mutable:
        raise RuntimeError("it writes into a constant, whose value may be read later")
    return True


def _on_cpu(value: Any) -> Any:
    return torch.device("cpu") if isinstance(value, torch.device) else value


_LARGEST_CONSTANT = 10_000


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(item, change) for item in value])
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return change(value)


@cache
def _place_of_device(function: OpOverload) -> int:
    """Where among the arguments a device may be named, or -1."""
    return max((place for place, one in enumerate(function._schema.arguments) if one.name == "device"), default=-1)


@cache
def _node_name(function: OpOverload) -> str:
    return fx.Graph()._target_to_str(function.overloadpacket.__name__)


def _shape_of(tensor: Tensor) -> Tensor | None:
    """A tensor of that shape, now, without storage."""
    if tensor.is_nested:
        raise RuntimeError("it makes a nested tensor, which has no shape")
    if tensor.layout != torch.strided:
        return None
    if tensor.is_meta:
        return tensor.detach()
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
