"""``ranp diff``: two saved plans of one network beside each other."""

import argparse
from pathlib import Path
from typing import Any

from ranp.cli.command import Command, Result
from ranp.cli.commands.show import costs_table, described, network_name
from ranp.cli.report import layer_name, table, weights_line
from ranp.cli.step import step_in_words
from ranp.plan import Plan, load_plan
from ranp.selection import STEP_BUDGETS, Overlap, overlap, pooled


def _arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("first", "second"):
        parser.add_argument(name, type=Path, metavar="PLAN", help="folder or zip of a plan")


def _run(args: argparse.Namespace) -> Result:
    first, second = load_plan(args.first), load_plan(args.second)
    try:
        shared = overlap(first.kept, second.kept)
    except ValueError as error:
        raise ValueError(f"the plans are of different networks: {error}") from error
    both = described(first), described(second)
    return {
        "first": {"plan": str(args.first), **both[0]},
        "second": {"plan": str(args.second), **both[1]},
        "differs": {
            name: [both[0]["settings"][name], both[1]["settings"][name]]
            for name in both[0]["settings"]
            if both[0]["settings"][name] != both[1]["settings"][name]
        },
        "jaccard": pooled(shared.values()).jaccard,
        "jaccard_by_chance": pooled(shared.values()).by_chance,
        "layers": [_layer(name, first, second, one) for name, one in shared.items()],
    }


def _layer(name: str, first: Plan, second: Plan, shared: Overlap) -> dict[str, Any]:
    return {
        "name": name,
        "neurons": first.kept[name].numel(),
        "first": first.kept_counts[name],
        "second": second.kept_counts[name],
        "both": shared.both,
        "jaccard": shared.jaccard,
    }


def _text(result: Result) -> str:
    first, second = result["first"], result["second"]
    rows = [
        [layer_name(one["name"]), one["neurons"], one["first"], one["second"], one["both"]]
        for one in result["layers"]
        if not one["first"] == one["second"] == one["both"]
    ]
    same = len(result["layers"]) - len(rows)
    lines = [
        *(
            ", ".join([f"{number}: {plan['plan']}, for {network_name(plan)}", *weights_line(plan)])
            for number, plan in ((1, first), (2, second))
        ),
        *(f"{name}: {one} and {other}" for name, (one, other) in result["differs"].items()),
        "",
        costs_table(*_comparable(first, second), header=("1", "2")),
        *step_in_words(first["step_costs"]),
        "",
        f"neurons that both keep, of those that either keeps: {result['jaccard']:.1%} "
        f"({result['jaccard_by_chance']:.1%} by chance)",
        f"layers that keep the same neurons: {same} of {len(result['layers'])}",
    ]
    return "\n".join([*lines, *(["", table(["layer", "neurons", "1", "2", "both"], rows)] if rows else [])])


def _comparable(first: Result, second: Result) -> list[dict[str, Any]]:
    """The full network and what either plan leaves, without the costs of training steps that are not the same."""
    steps = [[{**cost, "pruned": None} for cost in one["step_costs"]] for one in (first, second)]
    left_out = [] if steps[0] == steps[1] else [budget.cost for budget in STEP_BUDGETS.values()]
    told = (first["full"], first["pruned"], second["pruned"])
    return [{name: cost for name, cost in one.items() if name not in left_out} for one in told]


DIFF = Command(
    "compare two saved plans of one network: settings, costs, and which neurons they share",
    "ranp diff plan plan.zip",
    _arguments,
    _run,
    _text,
)
