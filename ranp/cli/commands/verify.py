"""``ranp verify``: does a saved plan fit its network, and does the shrunk network compute what it should?"""

import argparse
import time
from pathlib import Path

from torch import nn

from ranp.cli.arguments import add_own_network
from ranp.cli.command import Command, Result
from ranp.fingerprint import weights_sha256
from ranp.fit import check_fits
from ranp.graph import VerificationError, trace, verify_shrink
from ranp.plan import Plan, load_plan
from ranp.shrink import shrink
from ranp.subject import network_of_plan

TOLERANCE = 1e-9


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, metavar="PLAN", help="folder or zip of a plan")
    add_own_network(parser)


def _run(args: argparse.Namespace) -> Result:
    start = time.perf_counter()
    plan = load_plan(args.plan)
    plan.check_feasible()
    network = network_of_plan(plan, args.model)
    graph = network.trace()
    check_fits(plan.kept, graph, plan.made_for())
    model = network.model
    reason = None
    try:
        difference = verify_shrink(model, graph, plan.kept, tolerance=TOLERANCE)
    except VerificationError as error:
        difference, reason = None, str(error)
    small = shrink(model, graph, plan.kept, verify=False)
    costs_match = graph.cost() == plan.full and trace(small, network.inputs(), check=False).cost() == plan.pruned
    known = plan.provenance.weights_sha256
    return {
        "plan": str(args.plan),
        "ok": reason is None and costs_match,
        "max_difference": difference,
        "tolerance": TOLERANCE,
        "reason": reason,
        "costs_match": costs_match,
        "weights_match": None if known is None else weights_sha256(model) == known,
        "weights_load": _weights_load(plan, small),
        "seconds": time.perf_counter() - start,
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
        f"weights as scored: {said[result['weights_match']]}",
        f"saved weights fit: {said[result['weights_load']]}",
    ]
    return "\n".join(lines)


VERIFY = Command(
    "check a plan against its network: fit, couplings, outputs in float64, costs",
    "ranp verify plan",
    _arguments,
    _run,
    _text,
    succeeded=lambda result: result["ok"],
)
