"""A plan read from its files, all of it checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ranp.graph import Cost
from ranp.inputs import from_document
from ranp.plan.files import PLANNED, decode
from ranp.plan.layer_summary import LayerSummary
from ranp.plan.plan import Plan
from ranp.plan.provenance import Provenance
from ranp.plan.snapped import Snapped
from ranp.plan.step_cost import StepCost
from ranp.selection import (
    SETTINGS,
    EqualScores,
    PruningConfig,
)


def load_plan(source: Path | str | bytes | BinaryIO) -> Plan:
    """Read a plan from a folder, a zip, the bytes of a zip, or an open one, and check all of it.

    Nothing is unpickled, and no code of the plan is run.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` with one sentence for a plan that is
    damaged, incomplete, contradictory or of a newer version.
    """
    files = decode(Path(source) if isinstance(source, str) else source)
    document = files.document
    budget = None if document["budget"] is None else tuple(document["budget"].items())
    try:
        sparsity = None if budget is not None else document["requested_sparsity"]
        config = PruningConfig(sparsity=sparsity, budget=budget, **_settings(document))
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
        inputs=from_document(document["inputs"], "plan.json"),
        provenance=Provenance(**{name: document[name] for name in Provenance.__dataclass_fields__}),
        weights=files.weights,
        scored_by=document["scored_by"],
        step_costs=tuple(StepCost(**entry) for entry in document["step_costs"]),
        snapped=None if document["snapped"] is None else Snapped(**document["snapped"]),
        equal_scores=tuple(EqualScores(**entry) for entry in document["equal_scores"]),
    )


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the document tells; where it says that one was not used, the default."""
    told = {name: document[key] for name, key in PLANNED.items()}
    return {name: SETTINGS[name].form.from_json(value) for name, value in told.items() if value is not None}


def _cost(document: Mapping[str, int]) -> Cost:
    return Cost(**{name: document[name] for name in Cost.__dataclass_fields__})
