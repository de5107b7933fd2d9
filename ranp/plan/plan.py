"""The pipeline's end: a plan of what stays, made by `prune`, the one place that orders the stages.

scores -> ranked (balance, then resources) -> sparsity (given, or found for a budget) -> selected -> resolved through
the couplings -> priced. A `Plan` is plain values: it can be saved, loaded without pickle, and applied to the network
that it was made for.
"""

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import torch
from torch import Tensor, nn

from ranp.config import IMPORTED, PruningConfig
from ranp.container import write_files, zip_bytes
from ranp.fingerprint import weights_sha256
from ranp.fit import check_fits
from ranp.graph import ChannelGraph, Cost, Coupling, trace
from ranp.layer_summary import LayerSummary, summarise
from ranp.limits import Limits, resolved_lifetimes
from ranp.plan_files import CONVENTIONS, FILES, SCHEMA_VERSION, PlanFiles, decode, encode
from ranp.provenance import Provenance
from ranp.ranking import ranked_scores
from ranp.shrink import shrink
from ranp.types import Masks, Scores
from ranp.version import __version__


@dataclass(frozen=True, eq=False)
class Plan:
    """What was decided for one network: which neurons stay, and what that costs.

    ``kept`` is consistent: tied layers agree, so it is what a shrunk network has. Where the plan is not ``feasible``,
    ``first_empty_layer`` names the layer that empties first as sparsity grows beyond ``max_feasible_sparsity``; such a
    plan can be saved and looked at, and not applied. ``weights`` is the shrunk network's state dict where a loaded
    plan brought one.
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
    input_shapes: tuple[tuple[int, ...], ...]
    provenance: Provenance = field(default_factory=Provenance)
    weights: Mapping[str, Tensor] | None = None

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
        leaves it out). Weights other than the scored ones cost a warning.

        Raises ``ValueError`` where the plan is not feasible or does not fit the model, and
        `ranp.graph.VerificationError` where the smaller network does not compute what it should.
        """
        self.check_feasible()
        graph = self.graph_of(model)
        on_meta = any(parameter.is_meta for parameter in model.parameters())
        expected = self.provenance.weights_sha256
        if expected is not None and not on_meta and weights_sha256(model) != expected:
            warnings.warn(
                "the plan was made from other weights than this model has; importance at initialization belongs to the "
                "weights that were scored",
                stacklevel=2,
            )
        return shrink(model, graph, self.kept, init, seed, verify)

    def graph_of(self, model: nn.Module) -> ChannelGraph:
        """The channel graph of ``model``, the full network; ``ValueError`` where the plan is of another one."""
        graph = trace(model, tuple(torch.empty(shape, device="meta") for shape in self.input_shapes))
        check_fits(self.kept, graph, self.made_for())
        return graph

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
        return PlanFiles(_document(self), self.kept, None if model is None else self._state_dict(model))

    def _state_dict(self, model: nn.Module) -> dict[str, Tensor]:
        self.check_feasible()
        state = {name: value for name, value in model.state_dict().items() if isinstance(value, Tensor)}
        small = trace(model, tuple(torch.empty(shape, device="meta") for shape in self.input_shapes), check=False)
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
                f"{self.requested_sparsity:.4f}; prune to at most {self.max_feasible_sparsity:.4f}"
            )

    def made_for(self) -> str:
        """The network that the plan is for, in brackets, where it is known."""
        named = self.provenance
        if named.architecture is not None:
            arguments = ", ".join(f"{key}={value!r}" for key, value in named.arguments.items())
            return f" ({named.architecture}, preset {named.preset}, {arguments})"
        return f" ({named.import_path})" if named.import_path is not None else ""


def prune(
    graph: ChannelGraph,
    scores: Scores | None,
    config: PruningConfig | None = None,
    model: nn.Module | None = None,
    provenance: Provenance | None = None,
) -> Plan:
    """Decide what stays of a traced network, and price it; nothing is built.

    ``scores`` come from `ranp.importance`. ``model`` is needed by the method ``magnitude`` alone; it also lets the plan
    record the weights' hash. ``provenance`` says which network this is. A sparsity that empties a layer gives a plan
    that is not feasible. Raises ``ValueError`` for scores or protected layers that do not fit the graph, and for a
    budget that cannot be met.

    >>> network = nn.Sequential(nn.Conv3d(1, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> scores = {"0": torch.arange(1.0, 9.0), "2": torch.ones(2)}
    >>> plan = prune(graph, scores, PruningConfig(sparsity=0.5))
    >>> plan.kept_counts, plan.feasible, round(plan.achieved_sparsity, 2)
    ({'0': 3, '2': 2}, True, 0.5)
    """
    config = PruningConfig() if config is None else config
    if provenance is None:
        known = model is not None and not any(parameter.is_meta for parameter in model.parameters())
        provenance = Provenance(weights_sha256=weights_sha256(model) if model is not None and known else None)
    ranked = ranked_scores(graph, scores, config, model)
    limits = Limits(graph, ranked, config)
    if config.budget is not None:
        sparsity = limits.sparsity_for(config.budget)
    else:
        assert config.sparsity is not None, "a config without a budget has a sparsity"
        sparsity = config.sparsity
    kept = {name: lives > 0 for name, lives in resolved_lifetimes(graph, ranked, [sparsity], config).items()}
    return _priced(graph, kept, config, sparsity, limits.first_empty_layer, limits.max_feasible_sparsity, provenance)


def plan_from_masks(
    graph: ChannelGraph,
    masks: Masks,
    coupling: Coupling = "any",
    provenance: Provenance | None = None,
) -> Plan:
    """A plan of masks that were made elsewhere, such as those of `ranp.mask_files.read_masks`.

    ``masks``: layer -> bool ``(neurons,)``, True = keep; a layer that is left out is kept whole. Tied layers are made
    to agree as ``coupling`` says. Raises ``ValueError`` for masks that do not fit the graph, or that keep nothing.

    >>> network = nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.Conv3d(4, 2, 1))
    >>> graph = trace(network, (torch.empty(1, 1, 8, 8, 8),))
    >>> plan_from_masks(graph, {"0": torch.tensor([True, False, True, False])}).kept_counts
    {'0': 2, '2': 2}
    """
    kept = graph.resolve(masks, coupling)
    neurons = sum(layer.neurons for layer in graph.layers.values())
    sparsity = sum(int((~mask).sum()) for mask in masks.values()) / neurons
    if sparsity == 1:
        raise ValueError("the masks keep no neuron of any layer; there is nothing to build from them")
    config = PruningConfig(IMPORTED, sparsity, coupling=coupling)
    first_empty = next(iter(graph.empty_layers(kept)), None)
    return _priced(graph, kept, config, sparsity, first_empty, sparsity if first_empty is None else 0.0, provenance)


def _priced(
    graph: ChannelGraph,
    kept: Masks,
    config: PruningConfig,
    sparsity: float,
    first_empty_layer: str | None,
    max_feasible_sparsity: float,
    provenance: Provenance | None,
) -> Plan:
    feasible = not graph.empty_layers(kept)
    return Plan(
        config=config,
        kept=kept,
        layers=summarise(graph, kept),
        full=graph.cost(),
        pruned=graph.cost(kept),
        requested_sparsity=sparsity,
        feasible=feasible,
        first_empty_layer=None if feasible else first_empty_layer,
        max_feasible_sparsity=max_feasible_sparsity,
        input_shapes=graph.input_shapes,
        provenance=provenance or Provenance(),
    )


def load_plan(source: Path | str | BinaryIO) -> Plan:
    """Read a plan from a folder, a zip, or an open zip file, and check all of it; no pickle, no code from the plan.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` with one sentence for a plan that is
    damaged, incomplete, contradictory or of a newer version.
    """
    files = decode(Path(source) if isinstance(source, str) else source)
    document = files.document
    budget = next(iter(document["budget"].items())) if document["budget"] is not None else None
    try:
        config = PruningConfig(
            method=document["method"],
            sparsity=None if budget is not None else document["requested_sparsity"],
            budget=budget,
            alpha=document["alpha"],
            lam=document["lambda"],
            criterion=document["criterion"],
            reduce=document["reduce"],
            coupling=document["coupling"],
            min_neurons=document["min_neurons"],
            protect=tuple(document["protect"]),
            caps=tuple(document["caps"].items()),
            seed=document["random_seed"],
        )
    except ValueError as error:
        raise ValueError(f"plan.json holds a setting that makes no sense: {error}") from error
    return Plan(
        config=config,
        kept=files.masks,
        layers=tuple(LayerSummary(**layer) for layer in document["layers"]),
        full=_cost(document["full"]),
        pruned=_cost(document["pruned"]),
        requested_sparsity=document["requested_sparsity"],
        feasible=document["feasible"],
        first_empty_layer=document["first_empty_layer"],
        max_feasible_sparsity=document["max_feasible_sparsity"],
        input_shapes=tuple(tuple(shape) for shape in document["input_shapes"]),
        provenance=Provenance(**{name: document[name] for name in Provenance.__dataclass_fields__}),
        weights=files.weights,
    )


def _document(plan: Plan) -> dict[str, Any]:
    config, known = plan.config, plan.provenance
    return {
        "schema_version": SCHEMA_VERSION,
        "architecture": known.architecture,
        "preset": known.preset,
        "arguments": dict(known.arguments),
        "import_path": known.import_path,
        "input_shapes": [list(shape) for shape in plan.input_shapes],
        "seed": known.seed,
        "init": known.init,
        "weights_sha256": known.weights_sha256,
        "data": known.data,
        "criterion": config.criterion,
        "reduce": config.reduce,
        "method": config.method,
        "lambda": config.lam,
        "alpha": config.alpha,
        "coupling": config.coupling,
        "min_neurons": config.min_neurons,
        "protect": list(config.protect),
        "caps": dict(config.caps),
        "random_seed": config.seed,
        "budget": None if config.budget is None else {config.budget[0]: config.budget[1]},
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "max_feasible_sparsity": plan.max_feasible_sparsity,
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "full": plan.full.as_dict(),
        "pruned": plan.pruned.as_dict(),
        "layers": [asdict(layer) for layer in plan.layers],
        "conventions": CONVENTIONS,
        "versions": {"ranp": __version__, "torch": torch.__version__},
    }


def _cost(document: Mapping[str, int]) -> Cost:
    return Cost(**{name: document[name] for name in Cost.__dataclass_fields__})
