"""What was decided for one network, as plain values: saved, applied to the network that it was made for, looked at."""

import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ranp.files import write_files, zip_bytes
from ranp.fingerprint import weights_sha256
from ranp.graph import ChannelGraph, Cost, TraceError, as_written, trace
from ranp.inputs import InputSpec, to_document
from ranp.models import checkpoint_title
from ranp.plan.files import CONVENTIONS, FILES, PLANNED, SCHEMA_VERSION, Origin, PlanFiles, encode
from ranp.plan.fit import check_fits
from ranp.plan.layer_summary import LayerSummary
from ranp.plan.layers_table import layers_csv
from ranp.plan.provenance import Provenance
from ranp.plan.shrink import shrink
from ranp.plan.snapped import Snapped
from ranp.plan.step_cost import StepCost, step_costs
from ranp.selection import (
    IMPORTED,
    SETTINGS,
    EqualScores,
    Pricers,
    PruningConfig,
    at_most,
)
from ranp.types import Masks
from ranp.version import __version__


@dataclass(frozen=True, eq=False)
class Plan:
    """What was decided for one network: which neurons stay, and what that costs.

    ``kept`` is consistent: tied layers agree, so it is what a shrunk network has. Where the plan is not ``feasible``,
    ``first_empty_layer`` names the layer that empties first as sparsity grows beyond ``max_feasible_sparsity``; such a
    plan can be saved and looked at, and not applied. ``equal_scores`` are the neurons of one score where the threshold
    falls. ``scored_by`` is where the scores came from (`ranp.plan.files.ORIGINS`); where that is not `ranp.importance`,
    the criterion in ``config`` had no say. ``weights`` is the shrunk network's state dict where a loaded plan brought
    one. ``inputs`` says how the network is called, batch first. ``step_costs`` are what a step takes, as far as
    `ranp.plan.prune` was told, and ``snapped`` says what moving to fast widths did, where that was asked for.
    """

    config: PruningConfig
    kept: Masks
    layers: tuple[LayerSummary, ...]
    full: Cost
    pruned: Cost
    requested_sparsity: float
    feasible: bool
    first_empty_layer: str | None
    max_feasible_sparsity: float
    inputs: InputSpec
    provenance: Provenance = field(default_factory=Provenance)
    weights: Mapping[str, Tensor] | None = None
    equal_scores: tuple[EqualScores, ...] = ()
    scored_by: Origin = "elsewhere"
    step_costs: tuple[StepCost, ...] = ()
    snapped: Snapped | None = None

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the tensors among ``inputs``."""
        return self.inputs.shapes

    @property
    def masks(self) -> Masks:
        """``kept`` under the name that it has in files."""
        return self.kept

    @property
    def kept_counts(self) -> dict[str, int]:
        """Layer -> number of neurons that stay."""
        return {layer.name: layer.kept for layer in self.layers}

    @property
    def achieved_sparsity(self) -> float:
        """Fraction of all neurons that goes, once tied layers agree."""
        return 1 - sum(layer.kept for layer in self.layers) / sum(layer.neurons for layer in self.layers)

    def apply(
        self, model: nn.Module, init: Literal["xavier", "orthogonal"] | None = None, seed: int = 0, verify: bool = True
    ) -> nn.Module:
        """Shrink ``model`` as planned; a new network, its surviving weights carried over or, with ``init``, drawn anew.

        The model is traced again, so that a plan of another network is refused. Before the smaller one is handed over
        it is compared in float64 with the masked full one (not on ``meta``, which has no numbers; ``verify=False``
        leaves it out). Weights other than the scored ones cost a warning. Running statistics of batch norms are carried
        over as they are, like weights; some training, or a pass over a few batches, brings them up to date. Of what
        `torch.compile` made comes the plain network, shrunk.

        Raises ``ValueError`` where the plan is not feasible or does not fit the model, and
        `ranp.graph.VerificationError` where the smaller network does not compute what it should.
        """
        self.check_feasible()
        model = as_written(model)
        graph = self.graph_of(model)
        on_meta = any(parameter.is_meta for parameter in model.parameters())
        expected = self.provenance.weights_sha256
        if expected is not None and not on_meta and weights_sha256(model) != expected:
            warnings.warn(self._other_weights(), stacklevel=2)
        return shrink(model, graph, self.kept, init, seed, verify)

    def _other_weights(self) -> str:
        known = self.provenance
        if known.checkpoint is None:
            belongs = "importance at initialization belongs to the weights that were scored"
            return f"the plan was made from other weights than this model has; {belongs}"
        trained = checkpoint_title(known.checkpoint, known.checkpoint_sha256)
        return f"the plan was made from the weights of {trained}; load them first, with ranp.load_checkpoint"

    def priced(self, pricers: Pricers) -> "Plan":
        """The same plan with what steps take by ``pricers``, in place of what it said of these steps before."""
        others = (cost for cost in self.step_costs if cost.budget not in pricers)
        return replace(self, step_costs=(*others, *step_costs(pricers, self.kept, self.feasible)))

    def graph_of(self, model: nn.Module) -> ChannelGraph:
        """The channel graph of ``model``, the full network; ``ValueError`` where the plan is of another one."""
        graph = self._traced(model)
        check_fits(self.kept, graph, self.made_for())
        return graph

    def _traced(self, model: nn.Module, check: bool = True) -> ChannelGraph:
        """The trace on the plan's inputs or, where the model was cast to another precision since, on such inputs."""
        try:
            return trace(model, self.inputs, check=check)
        except TraceError:
            found = {parameter.dtype for parameter in model.parameters() if parameter.is_floating_point()}
            cast = self.inputs.in_precision(found.pop()) if len(found) == 1 else self.inputs
            if cast != self.inputs:
                with suppress(TraceError):
                    return trace(model, cast, check=check)
            raise

    def save(self, path: Path | str, model: nn.Module | None = None) -> None:
        """Write the plan to the folder ``path``, or to one zip where it ends in ``.zip``; whole or not at all.

        ``model``, the shrunk network, adds its weights. Raises ``ValueError`` where ``path`` holds somebody else's
        files, or where ``model`` has not the neurons that the plan keeps.
        """
        write_files(Path(path), encode(self._files(model)), FILES)

    def zip_bytes(self, model: nn.Module | None = None) -> bytes:
        """The same as one zip, for a download."""
        return zip_bytes(encode(self._files(model)))

    def _files(self, model: nn.Module | None) -> PlanFiles:
        weights = None if model is None else self._state_dict(model)
        return PlanFiles(_document(self), self.kept, weights, layers_csv(self.layers, self.step_costs))

    def _state_dict(self, model: nn.Module) -> dict[str, Tensor]:
        self.check_feasible()
        model = as_written(model)
        state = {name: value for name, value in model.state_dict().items() if isinstance(value, Tensor)}
        small = self._traced(model, check=False)
        counts = {name: layer.neurons for name, layer in small.layers.items()}
        if counts != self.kept_counts:
            raise ValueError("the model to save is not the plan's shrunk network; save what plan.apply returned")
        return state

    def check_feasible(self) -> None:
        """Raise ``ValueError``, with the empty layer's name, unless every layer has a neuron left."""
        if not self.feasible and self.config.method == IMPORTED:
            raise ValueError(
                f"the plan cannot be built: its masks leave no neuron of '{self.first_empty_layer}'; keep one at least"
            )
        if not self.feasible:
            raise ValueError(
                f"the plan cannot be built: '{self.first_empty_layer}' has no neuron left at sparsity "
                f"{self.requested_sparsity:.4f}; prune to at most {at_most(self.max_feasible_sparsity):.4f}"
            )

    def made_for(self) -> str:
        """The network that the plan is for, in brackets, where it is known."""
        named = self.provenance
        if named.architecture is not None:
            arguments = ", ".join(f"{key}={value!r}" for key, value in named.arguments.items())
            return f" ({named.architecture}, preset {named.preset}, {arguments})"
        return f" ({named.import_path})" if named.import_path is not None else ""


_UNUSED: dict[str, tuple[str, ...]] = {
    "importance": (),
    "magnitude": ("criterion",),
    "random": ("criterion", "reduce"),
    "elsewhere": ("criterion", "reduce"),
}
"""The settings that say nothing, by where the scores came from: a plan has null for them."""


def _document(plan: Plan) -> dict[str, Any]:
    config, known = plan.config, plan.provenance
    return {
        "schema_version": SCHEMA_VERSION,
        "architecture": known.architecture,
        "preset": known.preset,
        "arguments": dict(known.arguments),
        "import_path": known.import_path,
        "inputs": to_document(plan.inputs),
        "seed": known.seed,
        "init": known.init,
        "weights_sha256": known.weights_sha256,
        "data": known.data,
        "data_path": known.data_path,
        "loss_path": known.loss_path,
        "metric_paths": list(known.metric_paths),
        "optimizer_path": known.optimizer_path,
        "checkpoint": known.checkpoint,
        "checkpoint_sha256": known.checkpoint_sha256,
        "scored_by": plan.scored_by,
        **{key: SETTINGS[name].form.to_json(getattr(config, name)) for name, key in PLANNED.items()},
        **dict.fromkeys(_UNUSED[plan.scored_by]),
        "budget": dict(config.budgets) or None,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "max_feasible_sparsity": plan.max_feasible_sparsity,
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "equal_scores": [asdict(entry) for entry in plan.equal_scores],
        "full": plan.full.as_dict(),
        "pruned": plan.pruned.as_dict(),
        "step_costs": [entry.as_dict() for entry in plan.step_costs],
        "snapped": None if plan.snapped is None else asdict(plan.snapped),
        "layers": [asdict(layer) for layer in plan.layers],
        "conventions": CONVENTIONS,
        "versions": {"ranp": __version__, "torch": torch.__version__},
    }
