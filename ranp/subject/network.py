"""The network to work on: one of the library's, or one from an import path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psutil
import torch
from torch import nn

from ranp.graph import ChannelGraph, as_written, trace
from ranp.inputs import InputSpec
from ranp.models import ARCHITECTURES, Checkpoint, Preset, build, checkpoint_title, find_preset, initialise
from ranp.plan import Plan, Provenance
from ranp.subject.own_code import OwnCodeError, call_own, load_own

DEFAULT_PRESET = "classroom"
MAX_ARGUMENT = 2**16
"""Of the numbers that a plan's file builds its network with: widths, classes, blocks."""

MAX_LIST = 64
_OURS = ("name", "preset", "seed", "init", "device")


@dataclass
class Network:
    """How to build it, how it is called (batch first), and what a plan records of it.

    ``preset`` is None for a network of one's own. Weights are drawn when `model` is first asked for.
    """

    provenance: Provenance
    spec: InputSpec
    factory: Callable[[], nn.Module]
    shapes_only: Callable[[], nn.Module]
    preset: Preset | None
    checkpoint: Checkpoint | None = None
    before: Checkpoint | None = None
    """Weights from before training, which some criteria compare with."""
    _model: nn.Module | None = field(default=None, init=False)

    @property
    def model(self) -> nn.Module:
        """The network with its weights: those of the checkpoint, or those that the factory gave it."""
        if self._model is None:
            model = self.factory()
            self._model = model if self.checkpoint is None else self.checkpoint.load_into(model)
        return self._model

    def earlier(self) -> nn.Module | None:
        """The network with the weights from before training, where there are any."""
        return None if self.before is None else self.before.load_into(self.factory())

    def shapes(self) -> nn.Module:
        """The network, without weights where it can be built without them: enough to trace and to price."""
        return self._model or (self.model if self.preset is None else self.shapes_only())

    def starting_from(self, checkpoint: Checkpoint) -> "Network":
        """The same network with the trained weights; ``ValueError`` where they do not fit, with their names."""
        known = replace(self.provenance, checkpoint=checkpoint.file, checkpoint_sha256=checkpoint.sha256)
        network = replace(self, provenance=known, checkpoint=checkpoint)
        if self.preset is not None:
            checkpoint.check_fits(network.shapes())
        return network

    def judged_by(self, metrics: Sequence[str], optimizer: str | None) -> "Network":
        """The same network, whose plans name these metrics, as ``--metric`` takes them, and this optimizer."""
        return replace(self, provenance=replace(self.provenance, metric_paths=tuple(metrics), optimizer_path=optimizer))

    @property
    def title(self) -> str:
        """What a time table calls it."""
        known = self.provenance
        return known.import_path or f"{known.architecture}, preset {known.preset}"

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the tensors that it takes."""
        return self.spec.shapes

    def inputs(self, batch: int | None = None) -> InputSpec:
        """How it is called, with ``batch`` examples or as many as it was told."""
        return self.spec if batch is None else self.spec.with_batch(batch)

    def trace(self) -> ChannelGraph:
        """The channel graph, for one example a batch unless ``--input`` says otherwise.

        The library's own networks, as they ship, were traced again in shrunk form before
        (`tests/models/test_models.py`); all others are each time, since the package that builds one may be another
        release.
        """
        return trace(self.shapes(), self.inputs(), check=not self._as_shipped)

    @property
    def _as_shipped(self) -> bool:
        known, preset = self.provenance, self.preset
        if preset is None or known.architecture is None or ARCHITECTURES[known.architecture].needs:
            return False
        return (known.arguments, self.spec) == (preset.arguments, InputSpec.of_shapes(preset.input_shapes))


def library_network(name: str, preset: str, arguments: dict[str, Any], seed: int, init: str) -> Network:
    """One of ``ranp.models.ARCHITECTURES``, the preset's arguments replaced by ``arguments`` where they are given."""
    chosen = find_preset(name, preset)
    return Network(
        provenance=Provenance(
            architecture=name, preset=preset, arguments={**chosen.arguments, **arguments}, seed=seed, init=init
        ),
        spec=InputSpec.of_shapes(chosen.shapes(arguments)),
        factory=lambda: build(name, preset, seed=seed, init=init, **arguments),
        shapes_only=lambda: build(name, preset, seed=seed, init=init, device="meta", **arguments),
        preset=chosen,
    )


def own_network(path: str, inputs: InputSpec, seed: int, init: str | None) -> Network:
    """A network from the factory at the import path; ``init`` None leaves the weights as the factory made them."""

    def factory() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = call_own(path, load_own(path))
        if not isinstance(model, nn.Module):
            raise OwnCodeError(f"'{path}' must return a torch.nn.Module, not {type(model).__name__}")
        model = as_written(model)
        return model if init is None else initialise(model, seed, init)

    network = Network(
        provenance=Provenance(import_path=path, seed=seed, init=init),
        spec=inputs,
        factory=factory,
        shapes_only=lambda: network.model,
        preset=None,
    )
    return network


def network_of_plan(plan: Plan, own: str | None, trained: Checkpoint | None = None) -> Network:
    """The full network that a plan is for: rebuilt where it is the library's, from ``own`` (``--model``) otherwise.

    A plan may come from a stranger, so the import path in it is shown and never followed, and its checkpoint never
    looked for: ``trained`` gives the network its weights. Raises ``ValueError`` where the plan was made from another
    file than that.
    """
    if trained is not None:
        _check_same_file(plan, trained)
        return _rebuilt(plan, own).starting_from(trained)
    return _rebuilt(plan, own)


def _check_same_file(plan: Plan, trained: Checkpoint) -> None:
    known = plan.provenance
    if known.checkpoint_sha256 not in (None, trained.sha256):
        made = checkpoint_title(known.checkpoint, known.checkpoint_sha256)
        raise ValueError(f"the plan was made from the weights of {made}, not from {trained.title}; give that file")


def _rebuilt(plan: Plan, own: str | None) -> Network:
    known = plan.provenance
    _check_size(plan.inputs)
    if own is not None:
        return own_network(own, plan.inputs, known.seed or 0, known.init)
    if known.architecture is not None:
        preset, seed, init = known.preset or DEFAULT_PRESET, known.seed or 0, known.init or "xavier"
        _check_arguments(known.architecture, known.arguments)
        network = library_network(known.architecture, preset, dict(known.arguments), seed, init)
        _check_buildable(network)
        return replace(network, spec=plan.inputs)  # a plan can be transferred to another input size
    if known.import_path is not None:
        raise ValueError(
            f"the plan is for a network from '{known.import_path}', whose code is not run unasked; if you trust it, "
            f"add --model {known.import_path}"
        )
    raise ValueError("the plan does not say which network it is for; name it with --model package.module:factory")


def _check_size(inputs: InputSpec) -> None:
    """Raise ``ValueError`` for inputs that no memory holds."""
    needed, available = sum(tensor.nbytes for tensor in inputs.tensors), psutil.virtual_memory().available
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
