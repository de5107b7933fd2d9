"""A Python file that cuts the full network down to the small one, with torch and nothing else.

It holds which positions of which parameter stay, by index, and the sizes that modules then state. A network of this
library comes with its class, so that the file stands alone, or with the function that has another package build it;
one's own is passed in.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from pprint import pformat
from typing import Any

import numpy as np
from torch import nn

from ranp.graph import ChannelGraph
from ranp.models import ARCHITECTURES, build
from ranp.plan import Plan, Provenance, shrink

_SCRIPT = '''"""The smaller network of a pruning plan, {form}: {usage}"""

import copy

import torch
from torch import nn
{imports}
{source}
# Positions that stay, by the layer that has them as its output channels.
KEPT = {kept}

# Parameter or buffer -> dimension -> whose positions it has there.
SLICES = {slices}

# Module -> the sizes that it states.
SIZES = {sizes}


def shrink(model):
    """A copy of the full network with only the channels that stay, and their weights."""
    # A weight that a hook computes has a history, which deepcopy refuses; the hook makes it anew.
    held = [value for module in model.modules() for value in vars(module).values() if isinstance(value, torch.Tensor)]
    small = copy.deepcopy(model, {{id(value): value.detach() for value in held if value.grad_fn is not None}})
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
    return shrinking(plan, model, "in plain PyTorch").encode()


def shrinking(plan: Plan, model: nn.Module, form: str, usage: str = "", imports: str = "") -> str:
    """The same as text, for files that add to it: its first line says ``form`` and ``usage``, ``imports`` stand below
    those of torch."""
    plan.check_feasible()
    graph = plan.graph_of(model)
    slices, kept = _slices(graph, plan)
    known = _builder(plan.provenance, model)
    plain = "small_network(), or shrink(model)." if known else "shrink(model), model being the full one."
    script = _SCRIPT.format(
        form=form,
        usage=usage or plain,
        imports=imports,
        source=f"{inspect.getsource(sys.modules[known.__module__])}\n" if known else "",
        kept=_literal(kept),
        slices=_literal(slices),
        sizes=_literal(_sizes(model, shrink(model, graph, plan.kept))),
    )
    if known:
        script += _OF_THE_LIBRARY.format(name=known.__name__, arguments=repr(dict(plan.provenance.arguments)))
    return script


def _builder(known: Provenance, model: nn.Module) -> Callable[..., nn.Module] | None:
    """What builds the network where it is the library's: a class, or a function that calls another package."""
    if known.architecture not in ARCHITECTURES:
        return None
    again = build(known.architecture, known.preset or "classroom", device="meta", **known.arguments)
    return ARCHITECTURES[known.architecture].build if type(model) is type(again) else None


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


def _sizes(full: nn.Module, small: nn.Module) -> dict[str, dict[str, Any]]:
    """Whole numbers, and shapes, that a module of the small network has as attributes and the full one otherwise."""
    pairs = zip(full.named_modules(), small.named_modules(), strict=True)
    changed = {
        path: {name: value for name, value in vars(after).items() if _differs(value, vars(before).get(name))}
        for (path, before), (_, after) in pairs
    }
    return {path: sizes for path, sizes in changed.items() if sizes}


def _differs(after: Any, before: Any) -> bool:
    return type(after) is type(before) and _is_size(after) and _is_size(before) and after != before


def _is_size(value: Any) -> bool:
    return type(value) is int or (isinstance(value, (tuple, list)) and all(type(one) is int for one in value))


def _literal(table: Mapping[str, Any]) -> str:
    """Source text of a dict of plain values."""
    return pformat(dict(table), width=120, compact=True, sort_dicts=False)
