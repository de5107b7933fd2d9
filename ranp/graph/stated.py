"""Sizes that a module holds as attributes and writes into its views: a number, or one among those of a shape."""

from collections.abc import Iterator
from types import CodeType
from typing import Any

from torch import nn


def stated_sizes(module: nn.Module, size: int, shape: tuple[int, ...]) -> list[str]:
    """Where ``module`` holds ``size``: attributes, as ``name``, or places in tuples and lists, as ``name[index]``.

    Only what its forward reads counts. In what looks like ``shape``, with its batch or without, the place is that of
    the channels; otherwise it is told where there is a single one.

    >>> module = nn.Unflatten(1, (4, 4, 4))
    >>> module.classes = 4
    >>> stated_sizes(module, 4, (2, 4, 4, 4))
    ['unflattened_size[0]']
    """
    found = []
    read = _names_read(module)
    for name, value in vars(module).items():
        if name not in read:
            continue
        if type(value) is int and value == size:
            found.append(name)
        elif isinstance(value, (tuple, list)) and all(type(one) is int for one in value):
            place = _place(tuple(value), size, shape)
            found += [] if place is None else [f"{name}[{place}]"]
    return found


def set_size(module: nn.Module, where: str, before: int, now: int) -> None:
    """Change a size at a place of `stated_sizes`, or an attribute of that name, if it is ``before``."""
    name, _, place = where.partition("[")
    value = getattr(module, name, None)
    if not place:
        if value == before:
            setattr(module, name, now)
        return
    index = int(place.removesuffix("]"))
    if isinstance(value, (tuple, list)) and value[index] == before:
        changed = [*value[:index], now, *value[index + 1 :]]
        setattr(module, name, changed if isinstance(value, list) else tuple(changed))


def _place(sizes: tuple[int, ...], size: int, shape: tuple[int, ...]) -> int | None:
    if sizes == shape[1:] and sizes[0] == size:
        return 0
    if sizes[1:] == shape[1:] and sizes[1:2] == (size,):
        return 1
    places = [place for place, one in enumerate(sizes) if one == size]
    return places[0] if len(places) == 1 else None


def _names_read(module: nn.Module) -> set[str]:
    """The names in the code of its forward, and of whatever other code of the module has its name there."""
    names: set[str] = set()
    waiting = ["forward"]
    while waiting:
        code = getattr(_function(module, waiting.pop()), "__code__", None)
        new = set(_names_in(code)) - names if isinstance(code, CodeType) else set()
        names |= new
        waiting += new
    return names


def _function(module: nn.Module, name: str) -> Any:
    """A method or property of the module's own; of those that all modules have, only forward matters."""
    if name != "forward" and hasattr(nn.Module, name):
        return None
    found = vars(module).get(name, getattr(type(module), name, None))
    return found.fget if isinstance(found, property) else getattr(found, "__func__", found)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names_in(inner)
