"""A network that no tracer gets through as a whole, in the largest pieces that one does get through.

The network runs once for real, and each module's calls are noted. From the whole network down, a module that can be
traced on what it was given is a part; one that cannot is looked into, and tried once more with stand-ins for those of
its submodules that cannot be traced either (`ranp.graph.recording.opaque`). What no part covers is opaque: whatever
reaches it or comes from it keeps its channels.
"""

import contextlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ranp.graph.labels import Reason
from ranp.graph.part import Part, record_both
from ranp.graph.propagate import OUTPUT
from ranp.graph.recording.observe import ModuleCall, every_call, observe
from ranp.graph.recording.opaque import StandIn, at_its_place
from ranp.graph.recording.raised import first_line
from ranp.graph.recording.skeleton import TraceError, describe_inputs
from ranp.graph.recording.trace import ON_VALUES, Recording, record
from ranp.graph.rules.untraced import UNTRACED
from ranp.inputs import InputSpec


@dataclass(frozen=True)
class Explored:
    """The parts that trace, and the modules that do not: path -> what it is and why, in words."""

    parts: list[Part]
    opaque: dict[str, str]

    @property
    def on_values(self) -> bool:
        """Whether anything was seen only because the network ran on numbers."""
        return bool(self.opaque) or any(one.tracer == ON_VALUES for part in self.parts for one in part.recordings)


@dataclass(frozen=True)
class _Found:
    """Below one module: ``whole``, its own part; ``within``, parts that lie in opaque modules; those, path -> why."""

    whole: Part | None
    within: list[Part] = field(default_factory=list)
    opaque: dict[str, str] = field(default_factory=dict)


def explore(model: nn.Module, inputs: InputSpec, refusal: TraceError) -> Explored:
    """Trace ``model`` piece by piece, where ``refusal`` is what tracing it whole has come to.

    Raises:
        TraceError: the network cannot be run on these inputs, or nothing with a layer in it traces.
    """
    tensors = (*model.parameters(), *model.buffers())
    if any(is_lazy(tensor) for tensor in tensors):
        raise refusal
    if any(tensor.is_meta for tensor in tensors):
        raise TraceError(f"{refusal}; piece by piece it is explored only with weights, since it has to run for that")
    found = _Explorer(model).look(observe(model, inputs), OUTPUT, refusal)
    parts = [*([found.whole] if found.whole else []), *found.within]
    if not any(part.recordings[0].parameters for part in parts):
        raise TraceError(
            f"{type(model).__name__} cannot be traced with an input of {describe_inputs(inputs)}, and no submodule "
            f"with parameters can: it is {next(iter(found.opaque.values()), 'without any')}; "
            "rewrite its forward in plain PyTorch"
        ) from refusal
    return Explored(parts, found.opaque)


class _Explorer:
    """The walk down the calls; the same module called in the same way is traced once."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._numbers = itertools.count(1)
        tensors = (*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False))
        self._tensor_names = _first_names(tensors)
        self._module_names = _first_names(model.named_modules(remove_duplicate=False))

    def look(self, calls: list[ModuleCall], ending: Reason, refusal: TraceError | None = None) -> _Found:
        """What can be traced of one module, given all its calls of one kind.

        ``ending`` is that of the code that calls it; ``refusal`` is known where tracing it whole was tried.
        """
        path = calls[0].path
        try:
            if refusal is not None:
                raise refusal
            return _Found(self._trace(calls, {}, ending))
        except Exception as error:  # whatever somebody's module raises
            why = f"{_kind(self._model, path)}, which could not be traced ({first_line(error.__cause__ or error)})"
        inside = Reason(UNTRACED, path, f"its output goes into {why}")
        found = [self.look(group, inside) for group in _groups(child for call in calls for child in call.children)]
        within = [part for one in found for part in one.within]
        opaque = {name: text for one in found for name, text in one.opaque.items()}
        if opaque:
            with contextlib.suppress(Exception):
                return _Found(self._trace(calls, opaque, ending), within, opaque)
        return _Found(None, [*(one.whole for one in found if one.whole is not None), *within], {**opaque, path: why})

    def _trace(self, calls: list[ModuleCall], opaque: dict[str, str], ending: Reason) -> Part:
        """The module as a part, stand-ins for what is ``opaque`` in it; raises where it cannot be traced."""
        if isinstance(_module(self._model, calls[0].path), torch.jit.ScriptModule):
            raise TraceError("it is TorchScript, which only runs as a whole")
        first, below = calls[0], [inner for call in calls for inner in every_call(call)]
        holes = {path: StandIn([call for call in below if call.path == path], why) for path, why in opaque.items()}
        model, inputs = at_its_place(self._model, first, holes), InputSpec.of(first.given.tensors)
        evaluations = sum(not call.training for call in calls)
        if evaluations:
            recordings, notes = record_both(model, inputs)
        else:
            recordings, notes = (record(model, inputs, training=True),), ()
        number = next(self._numbers)
        return Part(
            model,
            inputs,
            tuple(self._named(recording, number) for recording in recordings),
            notes,
            evaluations,
            OUTPUT if any(call.returned for call in calls) else ending,
        )

    def _named(self, recording: Recording, number: int) -> Recording:
        """The recording in the whole network's names, and its operations under names that no other part uses."""
        renamed = {}
        for node in recording.nodes:
            before = node.name
            node._rename(f"part{number}_{before}")
            renamed[before] = node.name
        return replace(
            recording,
            parameters={renamed[at]: self._tensor_names.get(name, name) for at, name in recording.parameters.items()},
            owners={renamed[at]: self._module_names.get(name, name) for at, name in recording.owners.items()},
            calls={renamed[at]: call for at, call in recording.calls.items()},
        )


def _groups(calls: Iterable[ModuleCall]) -> list[list[ModuleCall]]:
    """Calls of the same module with inputs of the same kind."""
    groups: dict[Any, list[ModuleCall]] = {}
    for call in calls:
        groups.setdefault((call.path, call.given.signature), []).append(call)
    return list(groups.values())


def _first_names(named: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Every name of an object -> the first that it has."""
    first: dict[int, str] = {}
    return {name: first.setdefault(id(value), name) for name, value in named}


def _module(model: nn.Module, path: str) -> nn.Module:
    return model.get_submodule(path) if path else model  # a scripted network has no submodules to get


def _kind(model: nn.Module, path: str) -> str:
    module = _module(model, path)
    return str(getattr(module, "original_name", type(module).__name__))  # of a scripted module, its class's name
