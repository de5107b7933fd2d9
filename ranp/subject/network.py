"""The network to work on: one of the library's, or one from an import path."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import psutil
import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.initialisation import initialise
from ranp.models import Preset, build, example_inputs, find_preset
from ranp.plan import Plan
from ranp.provenance import Provenance
from ranp.subject.own_code import call_own, load_own

DEFAULT_PRESET = "classroom"
MAX_ARGUMENT = 2**16
"""Of the numbers that a plan's file builds its network with: widths, classes, blocks."""

MAX_LIST = 64
_OURS = ("name", "preset", "seed", "init", "device")


@dataclass
class Network:
    """How to build it, the shapes of its inputs (batch first), and what a plan records of it.

    ``preset`` is None for a network of one's own. Weights are drawn when `model` is first asked for.
    """

    provenance: Provenance
    input_shapes: tuple[tuple[int, ...], ...]
    factory: Callable[[], nn.Module]
    shapes_only: Callable[[], nn.Module]
    preset: Preset | None
    _model: nn.Module | None = field(default=None, init=False)

    @property
    def model(self) -> nn.Module:
        """The network with its weights."""
        if self._model is None:
            self._model = self.factory()
        return self._model

    def shapes(self) -> nn.Module:
        """The network, without weights where it can be built without them: enough to trace and to price."""
        return self._model or self.shapes_only()

    def inputs(self, batch: int | None = None) -> tuple[Tensor, ...]:
        """Tensors without storage in the shape of the inputs, ``batch`` examples each."""
        sizes = [shape if batch is None else (batch, *shape[1:]) for shape in self.input_shapes]
        return tuple(torch.empty(size, device="meta") for size in sizes)

    def trace(self) -> ChannelGraph:
        """The channel graph, for one example a batch unless ``--input`` says otherwise.

        The library's own networks, as they ship, were traced again in shrunk form before (`tests/test_models.py`); all
        others are each time.
        """
        return trace(self.shapes(), self.inputs(), check=not self._as_shipped)

    @property
    def _as_shipped(self) -> bool:
        preset, arguments = self.preset, self.provenance.arguments
        return preset is not None and (arguments, self.input_shapes) == (preset.arguments, preset.input_shapes)


def library_network(name: str, preset: str, arguments: dict[str, Any], seed: int, init: str) -> Network:
    """One of ``ranp.models.ARCHITECTURES``, the preset's arguments replaced by ``arguments`` where they are given."""
    chosen = find_preset(name, preset)
    return Network(
        provenance=Provenance(
            architecture=name, preset=preset, arguments={**chosen.arguments, **arguments}, seed=seed, init=init
        ),
        input_shapes=tuple(tuple(tensor.shape) for tensor in example_inputs(name, preset)),
        factory=lambda: build(name, preset, seed=seed, init=init, **arguments),
        shapes_only=lambda: build(name, preset, seed=seed, init=init, device="meta", **arguments),
        preset=chosen,
    )


def own_network(path: str, input_shapes: tuple[tuple[int, ...], ...], seed: int, init: str | None) -> Network:
    """A network from the factory at the import path; ``init`` None leaves the weights as the factory made them."""

    def factory() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = call_own(path, load_own(path))
        if not isinstance(model, nn.Module):
            raise ValueError(f"'{path}' must return a torch.nn.Module, not {type(model).__name__}")
        return model if init is None else initialise(model, seed, init)

    network = Network(
        provenance=Provenance(import_path=path, seed=seed, init=init),
        input_shapes=input_shapes,
        factory=factory,
        shapes_only=lambda: network.model,
        preset=None,
    )
    return network


def network_of_plan(plan: Plan, own: str | None) -> Network:
    """The full network that a plan is for: rebuilt where it is the library's, from ``own`` (``--model``) otherwise.

    A plan may come from a stranger, so the import path in it is shown and never followed.
    """
    known = plan.provenance
    _check_shapes(plan.input_shapes)
    if own is not None:
        return own_network(own, plan.input_shapes, known.seed or 0, known.init)
    if known.architecture is not None:
        preset, seed, init = known.preset or DEFAULT_PRESET, known.seed or 0, known.init or "xavier"
        _check_arguments(known.architecture, known.arguments)
        network = library_network(known.architecture, preset, dict(known.arguments), seed, init)
        _check_buildable(network)
        return replace(network, input_shapes=plan.input_shapes)  # a plan can be transferred to another input size
    if known.import_path is not None:
        raise ValueError(
            f"the plan is for a network from '{known.import_path}', whose code is not run unasked; if you trust it, "
            f"add --model {known.import_path}"
        )
    raise ValueError("the plan does not say which network it is for; name it with --model package.module:factory")


def _check_shapes(input_shapes: tuple[tuple[int, ...], ...]) -> None:
    """Raise ``ValueError`` for inputs that no memory holds, as float32."""
    needed, available = 4 * sum(map(math.prod, input_shapes)), psutil.virtual_memory().available
    if needed > available:
        raise ValueError(f"the plan is for inputs of {needed:,} bytes, more than the {available:,} free here")


def _check_arguments(architecture: str, arguments: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for arguments that are no network's, or that would build forever."""
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        numbers = all(isinstance(one, (int, float)) and abs(one) <= MAX_ARGUMENT for one in values)
        if name in _OURS or len(values) > MAX_LIST or not numbers:
            raise ValueError(
                f"the plan would build {architecture} with {name[:40]} = {str(value)[:40]}, which no network has; "
                "save the plan again"
            )


def _check_buildable(network: Network) -> None:
    """Raise ``ValueError`` unless the network can be built here, which is tried without weights."""
    try:
        needed = sum(parameter.nbytes for parameter in network.shapes().parameters())
    except ValueError:
        raise
    except Exception as error:  # the arguments are a stranger's, and a constructor may fail anywhere
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"the plan's network cannot be built ({reason}); save the plan again") from error
    available = psutil.virtual_memory().available
    if needed > available:
        raise ValueError(f"the plan's network has weights of {needed:,} bytes, more than the {available:,} free here")
