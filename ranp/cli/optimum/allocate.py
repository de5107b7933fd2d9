"""``ranp allocate``: the widths that keep most importance within limits, and a method's beside them."""

import argparse
import time
from collections.abc import Mapping
from typing import Any

from ranp.cli.arguments import add_before, add_network, add_pruning, add_scoring, option_of
from ranp.cli.budgets import add_budget
from ranp.cli.chosen import chosen_network
from ranp.cli.command import Command, Result
from ranp.cli.ingredients import gather
from ranp.cli.report import layer_name, table, trained_weights, weights_line
from ranp.cli.step import add_step, chosen_batch
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.plan import Plan, prune
from ranp.selection import (
    BUDGETS,
    LEVELS,
    METHODS,
    UNHELD,
    Limit,
    allowed,
    importance_kept,
    optimal_allocation,
    reweight,
    unheld,
)
from ranp.units import count

LENS = "Importance kept is a lens, not a promise: widths that keep more of it have trained worse. Only training tells."
ELEMENTS_IN_MIB = 2**18
"""Of four bytes each."""

BOUGHT: dict[str, tuple[str, float]] = {
    "macs": ("a million MACs", 1e6),
    "memory": ("1 MiB of activations (float32)", ELEMENTS_IN_MIB),
    "params": ("1 MiB of parameters (float32)", ELEMENTS_IN_MIB),
}
"""How much of a resource a price is told of, in words and in the unit of the cost."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_network(parser)
    add_scoring(parser)
    add_before(parser)
    add_pruning(parser, hidden=UNHELD)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--sparsity", type=float, help="of the method's plan, whose MACs are then the limit")
    add_budget(target)
    parser.add_argument(
        "--levels",
        type=int,
        default=LEVELS,
        metavar="N",
        help="widths that are tried of a layer (default: %(default)s)",
    )
    add_step(parser)
    add_time_table(parser)


def _run(args: argparse.Namespace) -> Result:
    for kind, _ in args.budget or ():
        if kind not in BUDGETS:
            raise ValueError(f"allocate limits {', '.join(BUDGETS)}, not {kind}, which the channel graph cannot price")
    for name in unheld(vars(args)):
        raise ValueError(f"allocate does not hold its best widths to {option_of(name)}; leave it out")
    if args.levels < 2:
        raise ValueError(f"--levels must be at least 2, the narrowest and the full width, not {args.levels}")
    network, times = chosen_network(args), checked_table(args.time_table)
    batch = chosen_batch(args, network, times)
    start = gather(args, network, args.sparsity, args.budget)
    if start.scores is None:
        raise ValueError(
            f"method '{start.config.method}' ranks by {METHODS[start.config.method].scores}, and allocate needs scores "
            "of neurons; choose one that scores, such as ranp-f with --criterion l1"
        )
    before = time.perf_counter()
    pricers = pricers_by(times, network, start.graph, batch, args.optimizer)
    plan = prune(start.graph, start.scores, start.config, pricers=pricers)
    plan.check_feasible()
    balanced = reweight(start.scores, None)
    limits = limits_of_plan(plan, start.config.budgets)
    found = optimal_allocation(start.graph, balanced, limits, [plan.kept], args.levels)
    optimal = start.graph.cost(found.kept)
    return {
        "method": start.config.method,
        "limits": found.limits,
        "used_by_method": {kind: getattr(plan.pruned, BUDGETS[kind].cost) for kind in limits},
        "used_by_optimum": {kind: getattr(optimal, BUDGETS[kind].cost) for kind in limits},
        "importance_of_method": importance_kept(start.graph, balanced, plan.kept),
        "importance_of_optimum": found.importance,
        "importance_bound": found.bound,
        "gap": found.gap,
        "proven": found.proven,
        "prices": found.prices,
        "width_classes": found.classes,
        "widths_tried": found.widths,
        "all_widths": found.all_widths,
        "layers": [
            {
                "name": name,
                "neurons": layer.neurons,
                "kept": int(plan.kept[name].sum()),
                "optimal": int(found.kept[name].sum()),
            }
            for name, layer in start.graph.layers.items()
        ],
        "data": start.provenance.data,
        **trained_weights(start.provenance),
        "seconds": {**start.seconds, "price": time.perf_counter() - before},
    }


def limits_of_plan(plan: Plan, budgets: tuple[Limit, ...]) -> dict[str, float]:
    """The budgets in the unit of their cost; without any, the plan's MACs."""
    if not budgets:
        return {"macs": float(plan.pruned.macs)}
    return {limit[0]: allowed(limit, getattr(plan.full, BUDGETS[limit[0]].cost)) for limit in budgets}


def _text(result: Result) -> str:
    rows = [[layer_name(one["name"]), one["neurons"], one["kept"], one["optimal"]] for one in result["layers"]]
    used = [
        [kind, count(limit), count(result["used_by_method"][kind]), count(result["used_by_optimum"][kind])]
        for kind, limit in result["limits"].items()
    ]
    return "\n".join(
        [
            table(["layer", "neurons", result["method"], "optimum"], rows),
            "",
            table(["", "limit", result["method"], "optimum"], used),
            "",
            f"Of the balanced importance {result['method']} keeps {result['importance_of_method']:.1%}, "
            f"the best widths {result['importance_of_optimum']:.1%}.",
            _proof(result),
            *map(_bought, result["prices"].items()),
            LENS,
            *weights_line(result),
        ]
    )


def _proof(result: Mapping[str, Any]) -> str:
    tried = "all widths" if result["all_widths"] else f"up to {result['widths_tried']} widths"
    known = f"tried were {tried} of {result['width_classes']} groups of tied channels"
    if result["proven"]:
        return f"Proven: no other choice keeps more ({known})."
    bound, gap = result["importance_bound"], 100 * result["gap"]
    return f"None can keep more than {bound:.2%}, a gap of {gap:.2g} points ({known})."


def _bought(price: tuple[str, float]) -> str:
    kind, each = price
    amount, size = BOUGHT[kind]
    if each == 0:
        return f"One more of {BUDGETS[kind].resource} buys nothing: that limit is not what holds the widths back."
    return f"At this limit {amount} more buys {100 * each * size:.3g} points of importance."


ALLOCATE = Command(
    "set a method's widths beside those that keep most importance",
    "ranp allocate unet3d --preset classroom --budget macs=0.3 --budget memory=0.5",
    _arguments,
    _run,
    _text,
)
