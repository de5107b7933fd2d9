"""Functions that remember the network that they were made for, in a copy of it: hooks, lambdas, replaced forwards.

A deep copy shares functions, and with them what they closed over: a copy whose hook writes into the original, or whose
forward computes with the original's layers. Here a copied module's functions are made anew around the copies of what
the network holds; what it does not hold stays shared, as it is for the code that reads it.
"""

from collections.abc import Mapping
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

from torch import nn

from ranp.graph.recording.quick_copy import ATOMS


def rebind(copied: nn.Module, copies: Mapping[int, Any]) -> None:
    """Change ``copied`` in place; ``copies`` is what its deep copy remembers: id of an original -> its copy."""
    known: dict[int, Any] = {}
    for module in copied.modules():
        for name, value in list(vars(module).items()):
            if type(value) in ATOMS or name in ("_modules", "_parameters", "_buffers"):
                continue
            if isinstance(value, dict):
                for key, entry in list(value.items()):
                    if (again := _rebound(entry, copies, known)) is not entry:
                        value[key] = again
            elif (again := _rebound(value, copies, known)) is not value:
                module.__dict__[name] = again


def _rebound(value: Any, copies: Mapping[int, Any], known: dict[int, Any]) -> Any:
    """``value`` around the copies, or itself where it holds nothing of the network."""
    if type(value) in ATOMS:
        return value
    if id(value) in copies and not isinstance(value, FunctionType):
        return copies[id(value)]
    if isinstance(value, FunctionType):
        return _function(value, copies, known)
    if isinstance(value, MethodType):
        function, owner = (_rebound(part, copies, known) for part in (value.__func__, value.__self__))
        same = function is value.__func__ and owner is value.__self__
        return value if same else MethodType(function, owner)
    if isinstance(value, partial):
        parts = (value.func, *value.args, *value.keywords.values())
        again = [_rebound(part, copies, known) for part in parts]
        if all(one is two for one, two in zip(parts, again, strict=True)):
            return value
        called, count = again[0], len(value.args) + 1
        return partial(called, *again[1:count], **dict(zip(value.keywords, again[count:], strict=True)))
    if type(value) in (list, tuple):
        entries = [_rebound(entry, copies, known) for entry in value]
        same = all(one is two for one, two in zip(value, entries, strict=True))
        if same:
            return value
        return tuple(entries) if isinstance(value, tuple) else entries
    return value


def _function(function: FunctionType, copies: Mapping[int, Any], known: dict[int, Any]) -> FunctionType:
    again: FunctionType | None = known.get(id(function))
    if again is not None:
        return again  # it may hold itself
    names = {
        name: copies[id(function.__globals__[name])]
        for name in function.__code__.co_names
        if isinstance(function.__globals__.get(name), nn.Module) and id(function.__globals__[name]) in copies
    }
    before = function.__closure__ or ()
    cells = tuple(CellType() for _ in before)
    around = {**function.__globals__, **names} if names else function.__globals__
    made = FunctionType(function.__code__, around, function.__name__, function.__defaults__, cells or None)
    known[id(function)] = made
    changed = bool(names)
    for old, new in zip(before, cells, strict=True):
        try:
            content = old.cell_contents
        except ValueError:  # a name that has no value yet
            continue
        new.cell_contents = _rebound(content, copies, known)
        changed |= new.cell_contents is not content
    defaults = _rebound(function.__defaults__ or (), copies, known)
    keywords = {name: _rebound(value, copies, known) for name, value in (function.__kwdefaults__ or {}).items()}
    changed |= defaults is not (function.__defaults__ or ())
    changed |= any(value is not (function.__kwdefaults__ or {})[name] for name, value in keywords.items())
    if not changed:
        known[id(function)] = function
        return function
    made.__defaults__, made.__kwdefaults__ = defaults or None, keywords or None
    made.__dict__.update(function.__dict__)
    return made
