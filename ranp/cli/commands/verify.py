"""``ranp verify``: does a saved plan fit its network, and does the shrunk network compute what it should?"""

import argparse
import time
from pathlib import Path
from typing import Any

from torch import nn

from ranp.cli.arguments import add_checkpoint, add_own_network
from ranp.cli.chosen import plan_network
from ranp.cli.command import Command, Result
from ranp.cli.report import trained_weights, weights_line
from ranp.cli.step import PEAK
from ranp.fingerprint import weights_sha256
from ranp.fitting import step_cost
from ranp.graph import ChannelGraph, VerificationError, compare_shrunk, trace
from ranp.plan import Plan, check_fits, load_plan, shrink, stale_attributes
from ranp.subject import Network

TOLERANCE = 1e-9


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN", help="folder or zip of a plan")
    add_own_network(parser)
    add_checkpoint(parser)


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    plan = load_plan(args.plan)
    plan.check_feasible()
    network = plan_network(args, plan)
    graph = network.trace()
    check_fits(plan.kept, graph, plan.made_for())
    model = network.model
    found, reason = None, None
    try:
        found = compare_shrunk(model, graph, plan.kept, tolerance=TOLERANCE)
    except VerificationError as error:
        reason = str(error)
    small = shrink(model, graph, plan.kept, verify=False)
    peaks = _peaks(plan, network, graph)
    costs_match = graph.cost() == plan.full and trace(small, network.inputs(), check=False).cost() == plan.pruned
    known = plan.provenance.weights_sha256
    return {
        "plan": str(args.plan),
        "ok": reason is None and costs_match and peaks["peak_matches"] is not False,
        "max_difference": None if found is None else found.difference,
        "tolerance": TOLERANCE if found is None else found.tolerance,
        "reason": reason,
        "costs_match": costs_match,
        **peaks,
        "weights_match": None if known is None else weights_sha256(model) == known,
        **trained_weights(plan.provenance),
        "weights_load": _weights_load(plan, small),
        "stale_attributes": [str(stale) for stale in stale_attributes(small, graph, plan.kept)],
        "seconds": time.perf_counter() - start,
    }


def _peaks(plan: Plan, network: Network, graph: ChannelGraph) -> dict[str, Any]:
    """The costs with the peak of a training step found anew, and whether the plan says the same; None where it says
    nothing, or where the step cannot be followed here."""
    known = next((cost for cost in plan.step_costs if cost.budget == "peak"), None)
    full, pruned = plan.full.as_dict(), plan.pruned.as_dict()
    if known is None:
        return {"full": full, "pruned": pruned, "peak_matches": None}
    found = step_cost(
        network.shapes(),
        graph,
        plan.kept,
        known.terms.get("batch"),
        str(known.terms.get("optimizer")),
        network.preset is not None,
    )
    return {
        "full": {**full, PEAK: found.full},
        "pruned": {**pruned, PEAK: found.pruned},
        "peak_matches": (found.full, found.pruned) == (known.full, known.pruned),
    }


def _weights_load(plan: Plan, small: nn.Module) -> bool | None:
    """Whether the state dict in the plan is the shrunk network's; None where the plan has none."""
    if plan.weights is None:
        return None
    try:
        small.load_state_dict(dict(plan.weights))
    except RuntimeError:
        return False
    return True


def _text(result: Result) -> str:
    said = {True: "yes", False: "no", None: "not recorded"}
    lines = [
        f"{result['plan']}: {'verified' if result['ok'] else 'NOT verified'}",
        f"largest difference to the masked network: {result['max_difference']} (at most {result['tolerance']:g})"
        if result["reason"] is None
        else result["reason"],
        f"costs as in the plan: {said[result['costs_match']]}",
        f"peak memory of a training step as in the plan: {said[result['peak_matches']]}",
        f"weights as scored: {said[result['weights_match']]}",
        *weights_line(result),
        f"saved weights fit: {said[result['weights_load']]}",
    ]
    return "\n".join(lines)


VERIFY = Command(
    "check a plan against its network: fit, couplings, outputs in float64, costs",
    "ranp verify plan",
    _arguments,
    _run,
    _text,
    exit_code=lambda result: 0 if result["ok"] else 1,
)
