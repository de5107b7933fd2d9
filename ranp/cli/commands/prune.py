"""``ranp prune``: decide what stays, price it, and save the plan."""

import argparse
import logging
import time
from dataclasses import asdict, replace
from pathlib import Path

from ranp.cli.arguments import add_before, add_network, add_pruning, add_scoring
from ranp.cli.beside import Beside
from ranp.cli.budgets import add_budget
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.ingredients import Ingredients, gather
from ranp.cli.report import layer_name, table, trained_weights, weights_line
from ranp.cli.step import (
    PEAK,
    add_step,
    all_share_rows,
    chosen_batch,
    costs,
    layer_rows,
    snapped_in_words,
    step_in_words,
    training_bytes,
    training_bytes_beside,
)
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.cli.trained_on import add_metric
from ranp.files import check_replaceable
from ranp.fitting import plan_within
from ranp.plan import FILES, Plan, StepCost, prune, shrink
from ranp.resources import precision
from ranp.selection import EqualScores, Pricers, at_most, in_words

log = logging.getLogger(__name__)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_before(parser)
    add_metric(parser)
    add_pruning(parser)
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--sparsity", type=float, help="fraction of neurons to remove (default: the preset's, else 0.5)"
    )
    add_budget(target)
    add_step(parser)
    add_time_table(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="save the plan to this folder, or to a file.zip")
    parser.add_argument(
        "--allow-infeasible", action="store_true", help="with --out: save a plan even where it leaves a layer empty"
    )
    parser.add_argument("--weights", action="store_true", help="with --out: save the shrunk network's weights, too")


def _run(args: argparse.Namespace) -> Result:
    if args.weights and args.out is None:
        raise ValueError("--weights needs --out, the folder or zip to save to")
    if args.out is not None:
        check_replaceable(args.out, FILES)
    network = chosen_network(args)
    times = checked_table(args.time_table, args.budget)
    batch = chosen_batch(args, network, times)
    limits_peak = "peak" in dict(args.budget or ())
    beside = None if limits_peak else training_bytes_beside(network, batch, args.optimizer)
    start = gather(args, network, args.sparsity, args.budget)
    before = time.perf_counter()
    others = pricers_by(times, network, start.graph, batch, args.optimizer)
    plan = _freely(start, others) if beside else _within(start, batch, args.optimizer, others)
    seconds = {**start.seconds, "price": time.perf_counter() - before}
    if beside is not None:
        plan = _with_peak(plan, start, batch, args.optimizer, beside)
    if args.out is not None:
        if not args.allow_infeasible:
            _check_feasible(plan)
        _save(plan, start, args.out, args.weights)
    found = costs(plan)
    return {
        "feasible": plan.feasible,
        "first_empty_layer": plan.first_empty_layer,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "max_feasible_sparsity": plan.max_feasible_sparsity,
        "method": plan.config.method,
        "plateau": plan.config.plateau,
        "equal_scores": [asdict(entry) for entry in plan.equal_scores],
        "layers": layer_rows(plan),
        "budget": dict(plan.config.budgets) or None,
        "full": {PEAK: None, **found["full"]},
        "pruned": {PEAK: None, **found["pruned"]},
        "step_costs": found["step_costs"],
        "snapped": found["snapped"],
        "data": plan.provenance.data,
        **trained_weights(plan.provenance),
        "out": None if args.out is None else str(args.out),
        "seconds": seconds,
    }


def _check_feasible(plan: Plan) -> None:
    try:
        plan.check_feasible()
    except ValueError as error:
        raise ValueError(f"{error}; or save the plan as it is with --allow-infeasible") from error


def _save(plan: Plan, start: Ingredients, out: Path, weights: bool) -> None:
    if not plan.feasible:
        log.warning("layer '%s' is empty, so the plan that is saved cannot be applied", plan.first_empty_layer)
    plan.save(out, plan.apply(start.network.model) if weights else None)


def _within(start: Ingredients, batch: int, optimizer: str, others: Pricers) -> Plan:
    """A plan of which the peak of a training step is limited."""
    return plan_within(
        start.graph,
        start.scores,
        start.config,
        start.model or start.network.shapes(),
        batch,
        optimizer,
        any_device=start.network.preset is not None,
        provenance=start.provenance,
        others=others,
    )


def _freely(start: Ingredients, others: Pricers) -> Plan:
    return prune(start.graph, start.scores, start.config, start.model, start.provenance, others)


def _with_peak(plan: Plan, start: Ingredients, batch: int, optimizer: str, full: Beside[int | None]) -> Plan:
    """The plan with the peak before and after, as far as that can be told."""
    before, after, network = full.result(), None, start.network
    if before is None:
        return plan
    if plan.feasible:
        small = shrink(network.shapes(), start.graph, plan.kept, verify=False)
        after = training_bytes(network, small, network.inputs(batch), optimizer)
        if after is None:
            return plan
    terms = {"batch": batch, "optimizer": optimizer, "precision": precision(network.shapes())}
    return replace(plan, step_costs=(StepCost("peak", before, after, terms), *plan.step_costs))


def _text(result: Result) -> str:
    layers = [[layer_name(layer["name"]), layer["neurons"], layer["kept"]] for layer in result["layers"]]
    full, pruned = result["full"], result["pruned"]
    verdict = (
        f"sparsity {result['achieved_sparsity']:.4f} ({result['requested_sparsity']:.4f} requested; feasible up to "
        f"{at_most(result['max_feasible_sparsity']):.4f})"
        if result["feasible"]
        else f"not feasible: layer '{layer_name(result['first_empty_layer'])}' has no neuron left; prune to at most "
        f"{at_most(result['max_feasible_sparsity']):.4f}"
    )
    saved = [f"saved to {result['out']}"] if result["out"] is not None else []
    return "\n".join(
        [
            table(["layer", "neurons", "kept"], layers),
            "",
            table(["", "full", "pruned", ""], all_share_rows(full, pruned)),
            *step_in_words(result["step_costs"]),
            "",
            verdict,
            *weights_line(result),
            *in_words([EqualScores(**entry) for entry in result["equal_scores"]]),
            *snapped_in_words(result["snapped"]),
            *saved,
        ]
    )


PRUNE = Command(
    "decide which neurons stay at a sparsity or within a budget, and what that costs",
    "ranp prune unet3d --preset classroom --method ranp-f --budget macs=0.3 --budget peak=0.6 --batch 2 --out plan",
    _arguments,
    _run,
    _text,
)
