"""A Python file that cuts the full network down to the small one, with torch and nothing else.

It holds which positions of which parameter stay, by index, and the sizes that modules then state. A network of this
library comes with its class, so that the file stands alone; one's own is passed in.
"""

import inspect
import sys
from collections.abc import Mapping
from pprint import pformat
from typing import Any

import numpy as np
from torch import nn

from ranp.graph import ChannelGraph
from ranp.plan import Plan
from ranp.shrink import shrink

_SCRIPT = '''"""The smaller network of a pruning plan, in plain PyTorch: {usage}"""

import copy

import torch
from torch import nn

{source}
# Positions that stay, by the layer that has them as its output channels.
KEPT = {kept}

# Parameter or buffer -> dimension -> whose positions it has there.
SLICES = {slices}

# Module -> the sizes that it states.
SIZES = {sizes}


def shrink(model):
    """A copy of the full network with only the channels that stay, and their weights."""
    small = copy.deepcopy(model)
    cut = {{}}
    for path, dims in SLICES.items():
        module, _, name = path.rpartition(".")
        tensor = getattr(small.get_submodule(module), name)
        piece = tensor.detach()
        for dim, owner in dims.items():
            piece = piece.index_select(dim, torch.tensor(KEPT[owner], device=piece.device))
        cut[id(tensor)] = nn.Parameter(piece, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else piece
    for module in small.modules():
        for table in (module._parameters, module._buffers):
            table.update({{name: cut[id(tensor)] for name, tensor in table.items() if id(tensor) in cut}})
    for path, sizes in SIZES.items():
        for name, size in sizes.items():
            setattr(small.get_submodule(path), name, size)
    return small
'''
_OF_THE_LIBRARY = '''

def small_network():
    """The smaller network with fresh weights; load a state dict of `ranp export --format weights`, or train it."""
    return shrink({name}(**{arguments}))
'''


def pytorch(plan: Plan, model: nn.Module) -> bytes:
    """The source of a module with ``shrink(model)``, and ``small_network()`` where the network is the library's."""
    plan.check_feasible()
    graph = plan.graph_of(model)
    slices, kept = _slices(graph, plan)
    network = type(model)
    known = network.__module__.startswith("ranp.models.") and plan.provenance.architecture is not None
    script = _SCRIPT.format(
        usage="small_network(), or shrink(model)." if known else "shrink(model), model being the full one.",
        source=f"{inspect.getsource(sys.modules[network.__module__])}\n" if known else "",
        kept=_literal(kept),
        slices=_literal(slices),
        sizes=_literal(_sizes(model, shrink(model, graph, plan.kept))),
    )
    if known:
        script += _OF_THE_LIBRARY.format(name=network.__name__, arguments=repr(dict(plan.provenance.arguments)))
    return script.encode()


def _slices(graph: ChannelGraph, plan: Plan) -> tuple[dict[str, dict[int, str]], dict[str, list[int]]]:
    """Which positions of each parameter and buffer stay: by the owner of the positions, and the owners' lists."""
    unit_kept = graph.unit_kept(plan.kept)
    owners: dict[bytes, str] = {}
    for name, units in graph.layer_units.items():
        owners.setdefault(units.tobytes(), name)
    slices: dict[str, dict[int, str]] = {}
    kept: dict[str, list[int]] = {}
    for name, dims in graph.parameter_units.items():
        for dim, units in dims.items():
            if unit_kept[units].all():
                continue
            owner = owners.setdefault(units.tobytes(), f"{name}, dim {dim}")
            kept[owner] = np.flatnonzero(unit_kept[units]).tolist()
            slices.setdefault(name, {})[dim] = owner
    return slices, kept


def _sizes(full: nn.Module, small: nn.Module) -> dict[str, dict[str, int]]:
    """The whole numbers that a module of the small network has as attributes and the full one has otherwise."""
    pairs = zip(full.named_modules(), small.named_modules(), strict=True)
    changed = {
        path: {name: value for name, value in vars(after).items() if _differs(value, vars(before).get(name))}
        for (path, before), (_, after) in pairs
    }
    return {path: sizes for path, sizes in changed.items() if sizes}


def _differs(after: Any, before: Any) -> bool:
    return type(after) is int and type(before) is int and after != before


def _literal(table: Mapping[str, Any]) -> str:
    """Source text of a dict of plain values."""
    return pformat(dict(table), width=120, compact=True, sort_dicts=False)
