"""Attributes that still say a width which the shrunk network no longer has.

PyTorch's own layers say their new sizes (`ranp.graph.narrow`). What other modules remember, such as
``encoder.output_channels`` or ``features=[32, 64]``, only their author can tell: that a number equals an old width is
evidence, not proof. So it is listed, not changed, wherever a module holds the number that a pruned layer inside of it
had, or, where no layer is inside, one beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ranp.graph import ChannelGraph, as_written
from ranp.types import Masks


class StaleWarning(UserWarning):
    """Attributes of a shrunk network may say widths from before."""


_NO_WIDTHS = {
    *("kernel", "stride", "strides", "padding", "dilation", "spatial", "ndim", "patch", "window", "scale", "factor"),
    *("level", "levels", "depth", "depths", "stage", "stages", "block", "blocks", "layers", "repeats", "expansion"),
    *("heads", "groups", "classes", "seed"),
}
"""Words in the names of numbers that count something else and that a small width may equal."""


@dataclass(frozen=True)
class StaleAttribute:
    """The attribute ``name`` says ``old``; ``now``: layers that had so many channels -> those that they have now.

    ``reads``: it is inputs of the layers that had so many, not outputs. Where layers differ, ``now`` holds two of them.

    >>> print(StaleAttribute("encoder.output_channels", 64, {"encoder.conv5": 23}))
    'encoder.output_channels' says 64, 'encoder.conv5' has 23 now
    """

    name: str
    old: int
    now: Mapping[str, int]
    reads: bool = False

    def __str__(self) -> str:
        verb = "reads" if self.reads else "has"
        widths = " and ".join(f"'{layer}' {verb} {width}" for layer, width in self.now.items())
        return f"'{self.name}' says {self.old}, {widths} now"


@dataclass(frozen=True)
class _Width:
    layer: str
    old: int
    new: int
    reads: bool = False


def stale_attributes(model: nn.Module, graph: ChannelGraph, kept: Masks) -> list[StaleAttribute]:
    """What may be stale in the network of ``graph`` once it is shrunk to ``kept``; one entry a number.

    ``model`` is the network, on any device, or what was shrunk from it.

    Numbers count, and those in lists, tuples and dicts, of modules that are not PyTorch's own.

    >>> import torch, ranp.graph
    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> network.features = [1, 4]
    >>> stale_attributes(network, ranp.graph.trace(network, torch.empty(1, 1, 8, 8, 8)), {})
    []
    """
    widths = _pruned(graph, graph.unit_kept(kept))
    found = []
    for path, module in as_written(model).named_modules():
        inside = [width for width in widths if _is_in(width.layer, path)]
        if not inside and not any(True for _ in module.parameters()):
            inside = [width for width in widths if _is_in(width.layer, path.rpartition(".")[0])]
        for name, value in _numbers(module) if inside else ():
            equal = [width for width in inside if width.old == value]
            if equal:
                found.append(_stale(f"{path}.{name}" if path else name, value, equal))
    return found


def stale_in_words(found: Sequence[StaleAttribute], most: int = 5) -> list[str]:
    """One sentence on all of them; no sentence where there are none."""
    if not found:
        return []
    listed = "; ".join([*map(str, found[:most]), *([f"and {len(found) - most} more"] if len(found) > most else [])])
    return [f"attributes that equal a width from before are left as they are, and may be stale: {listed}"]


def _stale(name: str, value: int, equal: Sequence[_Width]) -> StaleAttribute:
    """Beside outputs of its value, unless it is called that of an input; of layers that agree, the first is named."""
    of_inputs = name.rpartition(".")[2].startswith("in")
    chosen = [width for width in equal if width.reads == of_inputs] or equal
    reads = chosen[0].reads
    now: dict[int, str] = {}
    for width in chosen:
        if width.reads == reads:
            now.setdefault(width.new, width.layer)
    return StaleAttribute(name, value, {layer: new for new, layer in list(now.items())[:2]}, reads)


def _pruned(graph: ChannelGraph, unit_kept: NDArray[np.bool_]) -> list[_Width]:
    """The widths that are smaller now: of layers' outputs first, then of whatever else holds or reads channels."""
    weights = {layer.weight: layer.out_dim for layer in graph.layers.values()}
    every = [(name, units, False) for name, units in graph.layer_units.items()]
    for name, dims in graph.parameter_units.items():
        owner = name.rpartition(".")[0].partition(".parametrizations")[0]
        every += [(owner, units, dim != weights.get(name, dim)) for dim, units in dims.items()]
    widths = (_Width(name, len(units), int(unit_kept[units].sum()), reads) for name, units, reads in every)
    return list(dict.fromkeys(width for width in widths if width.new < width.old))


def _is_in(layer: str, path: str) -> bool:
    return not path or layer == path or layer.startswith(f"{path}.")


def _numbers(module: nn.Module) -> Iterator[tuple[str, int]]:
    """The whole numbers that a module holds, by name; not those that PyTorch gives its own layers."""
    if type(module).__module__.startswith("torch.") and type(module) not in _CONTAINERS:
        return
    theirs = {name for base in type(module).__mro__ if base.__module__.startswith("torch.") for name in _declared(base)}
    for name, value in vars(module).items():
        if name not in theirs and _NO_WIDTHS.isdisjoint(name.split("_")):
            yield from _within(name, value)


_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
"""PyTorch's modules that hold no number themselves, so that one there is somebody's."""


_DEEPEST = 3
"""How far lists may lie in lists; one that holds itself has no end."""


def _declared(base: type) -> set[str]:
    return {*vars(base).get("__constants__", ()), *vars(base).get("__annotations__", {})}


def _within(name: str, value: object, deep: int = 0) -> Iterator[tuple[str, int]]:
    if deep > _DEEPEST:
        return
    if isinstance(value, int) and not isinstance(value, bool):
        yield name, value
    elif isinstance(value, (list, tuple)):
        for position, entry in enumerate(value):
            yield from _within(f"{name}[{position}]", entry, deep + 1)
    elif isinstance(value, Mapping) and name not in ("_modules", "_parameters", "_buffers"):
        for key, entry in value.items():
            if not isinstance(key, str) or _NO_WIDTHS.isdisjoint(key.split("_")):
                yield from _within(f"{name}[{key!r}]", entry, deep + 1)
