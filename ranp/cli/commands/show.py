"""``ranp show``: what a saved plan says, without the network that it is for."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ranp.cli.command import Command, Result
from ranp.cli.report import layer_name, table, trained_weights, weights_line
from ranp.cli.step import all_share_rows, costs, snapped_in_words, step_in_words
from ranp.inputs import format_inputs
from ranp.plan import PLANNED, Plan, load_plan
from ranp.selection import SETTINGS, EqualScores, in_words, limit_text


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN", help="folder or zip of a plan")


def _run(args: argparse.Namespace) -> Result:
    plan = load_plan(args.plan)
    return {"plan": str(args.plan), **described(plan), "layers": [asdict(layer) for layer in plan.layers]}


def described(plan: Plan) -> dict[str, Any]:
    """What a plan says of itself as a whole, ready for JSON."""
    known = plan.provenance
    return {
        "architecture": known.architecture,
        "preset": known.preset,
        "model": known.import_path,
        "inputs": format_inputs(plan.inputs),
        "data": known.data,
        "data_path": known.data_path,
        "loss_path": known.loss_path,
        "metric_paths": list(known.metric_paths),
        "optimizer_path": known.optimizer_path,
        "weights_sha256": known.weights_sha256,
        **trained_weights(known),
        "scored_by": plan.scored_by,
        "settings": settings(plan),
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "max_feasible_sparsity": plan.max_feasible_sparsity,
        "equal_scores": [asdict(entry) for entry in plan.equal_scores],
        **costs(plan),
        "weights": plan.weights is not None,
    }


def settings(plan: Plan) -> dict[str, Any]:
    """The settings that the plan was made with, ready for JSON."""
    config = plan.config
    told = {name: SETTINGS[name].form.to_json(getattr(config, name)) for name in PLANNED}
    return {**told, "sparsity": config.sparsity, "budget": dict(config.budgets) or None}


def costs_table(full: dict[str, int], *pruned: dict[str, int], header: tuple[str, ...] = ("pruned",)) -> str:
    """Costs of the full network and of what plans leave, each with its share."""
    return table(["", "full", *(cell for name in header for cell in (name, ""))], all_share_rows(full, *pruned))


def network_name(result: Result) -> str:
    """The network that a plan is for, in words."""
    if result["architecture"] is not None:
        return f"{result['architecture']}, preset {result['preset']}"
    return result["model"] or "a network that it does not name"


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    chosen = {name: value for name, value in result["settings"].items() if value not in (None, [], {}, "")}
    lines = [
        f"{result['plan']}: a plan for {network_name(result)}, called with {', '.join(result['inputs'])}",
        f"scores: {result['scored_by']}" + ("" if result["data"] is None else f", on {result['data']}"),
        *weights_line(result),
        f"settings: {', '.join(f'{name} {_said(value)}' for name, value in chosen.items())}",
        "",
        table(["layer", "neurons", "kept"], layers),
        "",
        costs_table(result["full"], result["pruned"]),
        *step_in_words(result["step_costs"]),
        "",
        f"sparsity {result['achieved_sparsity']:.4f} ({result['requested_sparsity']:.4f} requested)"
        if result["feasible"]
        else f"not feasible: layer '{layer_name(result['first_empty_layer'])}' has no neuron left",
        *in_words([EqualScores(**entry) for entry in result["equal_scores"]]),
        *snapped_in_words(result["snapped"]),
        f"weights of the smaller network: {'in the plan' if result['weights'] else 'not in the plan'}",
    ]
    return "\n".join(lines)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(limit_text(name, one) for name, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


SHOW = Command("say what is in a saved plan", "ranp show plan", _arguments, _run, _text)
