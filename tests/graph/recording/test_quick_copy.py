"""The quick deep copy of a network against ``copy.deepcopy``."""

import copy
import threading
from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from ranp.graph import plain_copy
from ranp.graph.recording.quick_copy import quick_copy


class Held:
    """Something that is no module, and holds one."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module


class OwnWay(nn.Module):
    """It says how it is copied: its calls are counted anew."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.calls = inner, 7

    def __deepcopy__(self, memo: dict[int, Any]) -> "OwnWay":
        made = OwnWay(copy.deepcopy(self.inner, memo))
        made.calls = 0
        return made


class OwnState(nn.Module):
    """It leaves an attribute out when it is copied."""

    def __init__(self) -> None:
        super().__init__()
        self.cache, self.kept = [1, 2], (3, [4])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "cache"}


class Slots(nn.Module):
    __slots__ = ("aside",)

    def __init__(self) -> None:
        super().__init__()
        self.aside = [1]


class Network(nn.Module):
    """Everything that a module may hold, some of it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv3d(2, 3, 1)
        self.again, self.tied = self.layer, nn.Conv3d(2, 3, 1)
        self.tied.weight = self.layer.weight
        self.norm = nn.BatchNorm3d(3)
        self.register_buffer("scratch", torch.ones(2), persistent=False)
        self.list: list[Any] = [1, [2], {"a": (self.layer, 3)}]
        self.table, self.same = OrderedDict(a=[1]), self.list
        self.held, self.mine = Held(self.norm), [self]
        self.numbers: tuple[int, ...] = (1, 2)
        self.plain, self.mixed = {1, 2}, (1, [2])
        self.own, self.state, self.slots = OwnWay(self.layer), OwnState(), Slots()
        self.kind, self.call = torch.float32, torch.relu


PLAIN = (int, float, str, type(None), torch.dtype)


def described(value: Any, seen: dict[int, int]) -> Any:
    """A value and all that it holds, in words; what was there before as its number."""
    if not isinstance(value, nn.Module) and (callable(value) or isinstance(value, PLAIN)):
        return repr(value)
    if id(value) in seen:
        return f"number {seen[id(value)]}"
    seen[id(value)] = len(seen)
    if isinstance(value, torch.Tensor):
        return type(value), value.tolist(), value.requires_grad
    if isinstance(value, dict):
        return type(value), [(described(key, seen), described(entry, seen)) for key, entry in value.items()]
    if isinstance(value, (list, tuple, set)):
        return type(value), [described(entry, seen) for entry in value]
    aside = [described(getattr(value, name, "absent"), seen) for name in getattr(type(value), "__slots__", ())]
    return type(value), described(vars(value), seen), aside


def test_as_deepcopy_copies() -> None:
    model = Network()
    copied, expected = quick_copy(model, {}), copy.deepcopy(model)
    assert described(copied, {}) == described(expected, {})


def test_nothing_that_can_be_changed_is_shared() -> None:
    model = Network()
    before = described(model, {})
    copied = quick_copy(model, {})
    assert isinstance(copied, Network)
    copied.list.append(5)
    copied.plain.add(9)
    copied.numbers = (7,)
    copied.table["a"].append(2)
    copied.state.kept[1].append(5)
    copied.layer.weight.data.zero_()
    copied.norm._buffers.clear()
    copied._non_persistent_buffers_set.clear()
    copied.layer.register_forward_hook(print)
    assert described(model, {}) == before


def test_what_the_memory_holds_is_taken_from_it() -> None:
    model = Network()
    other = nn.Conv3d(1, 1, 1)
    copied = quick_copy(model, {id(model.layer): other})
    assert isinstance(copied, Network)
    assert copied.layer is other
    assert copied.again is other
    assert copied.list[2]["a"][0] is other
    assert copied.tied.weight is not model.layer.weight


def test_a_module_that_shares_a_lock_is_copied_around_it() -> None:
    model = Network()
    model.list.append(lock := threading.Lock())
    copied = plain_copy(model)
    assert isinstance(copied, Network)
    assert copied.list[-1] is lock
    assert copied.layer is not model.layer
    assert copied.mine[0] is copied
