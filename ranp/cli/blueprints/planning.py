"""A blueprint's network, scored and planned as any other network is."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from ranp.blueprints import Blueprint
from ranp.cli.arguments import add_pruning, add_scoring
from ranp.cli.budgets import add_budget
from ranp.cli.command import Result
from ranp.cli.ingredients import Ingredients, gather
from ranp.cli.report import table
from ranp.cli.step import all_share_rows, costs, layer_rows, step_in_words
from ranp.cli.time_table import add_time_table, checked_table, pricers_by
from ranp.fitting import plan_within, step_cost
from ranp.inputs import InputSpec
from ranp.models import initialise
from ranp.plan import Plan, Provenance, prune
from ranp.resources import checked_batch
from ranp.selection import Pricers
from ranp.subject import Network, allow


def add_planning(parser: argparse.ArgumentParser) -> None:
    """What is decided, from which scores."""
    parser.add_argument("--seed", type=int, default=0, help="of initialisation, data and random order (default: 0)")
    parser.add_argument(
        "--score-on",
        type=_sizes,
        metavar="64x64x64",
        help="score on inputs of these sizes instead, where the whole ones take too long; costs are those of the whole",
    )
    add_scoring(parser)
    add_pruning(parser)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--sparsity", type=float, help="fraction of neurons to remove (default: 0.5)")
    add_budget(target)
    add_time_table(parser)


def network_of(blueprint: Blueprint, inputs: InputSpec, seed: int) -> Network:
    """The network with Xavier weights.

    The package's own initialisation would not do: nnU-Net's residual networks begin with scales of zero, behind which
    no neuron has any importance.
    """
    if seed < 0:
        raise ValueError(f"seed must be at least 0, not {seed}")
    return Network(
        provenance=Provenance(seed=seed, init="xavier"),
        spec=inputs,
        factory=lambda: initialise(blueprint.build("cpu"), seed, "xavier"),
        shapes_only=blueprint.build,
        preset=None,
    )


def planned(
    args: argparse.Namespace, blueprint: Blueprint, inputs: InputSpec, equal: bool, batch: int
) -> tuple[Plan, Network]:
    """The plan that the arguments of `add_planning` ask for, with the blueprint's widths ``equal`` or all free.

    It tells the peak of a training step of ``batch`` examples by ``args.optimizer``, before and after.
    """
    checked_batch(batch)
    table = checked_table(args.time_table, args.budget)
    if equal:
        if args.equal_widths:
            raise ValueError("--equal-widths has no use here: the file says which layers have one width")
        args.equal_widths = tuple(filter(None, blueprint.groups))
    allow([args.data, args.loss])
    network = network_of(blueprint, inputs, args.seed)
    scored = network if args.score_on is None else replace(network, spec=_resized(inputs, args.score_on))
    start = gather(args, scored, args.sparsity, args.budget)
    if scored is not network:
        start = replace(start, network=network, graph=network.trace())
    plan = _plan(start, args, batch, pricers_by(table, network, start.graph, batch, args.optimizer))
    plan.check_feasible()
    return plan, network


def _plan(start: Ingredients, args: argparse.Namespace, batch: int, others: Pricers) -> Plan:
    shapes = start.network.shapes()
    given = start.graph, start.scores, start.config
    if "peak" in dict(start.config.budgets):
        model = start.model or shapes
        return plan_within(*given, model, batch, args.optimizer, provenance=start.provenance, others=others)
    plan = prune(*given, start.model, start.provenance, others)
    plan.check_feasible()
    peak = step_cost(shapes, start.graph, plan.kept, batch, args.optimizer)
    return replace(plan, step_costs=(peak, *plan.step_costs))


def told(plan: Plan) -> Result:
    """What the plan does and costs, ready for JSON."""
    return {
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
        "layers": layer_rows(plan),
        "budget": dict(plan.config.budgets) or None,
        **costs(plan),
        "method": plan.config.method,
        "data": plan.provenance.data,
    }


def costs_text(result: Result) -> str:
    """The table of costs, before and after, and of which training step the memory is."""
    rows = table(["", "full", "pruned", ""], all_share_rows(result["full"], result["pruned"]))
    return "\n".join([rows, "", *step_in_words(result["step_costs"])])


def _resized(inputs: InputSpec, sizes: Sequence[int]) -> InputSpec:
    (shape,) = inputs.shapes
    if len(sizes) != len(shape) - 2:
        raise ValueError(f"--score-on needs {len(shape) - 2} sizes for inputs of {list(shape[2:])}, not {len(sizes)}")
    return InputSpec.of_shapes(((*shape[:2], *sizes),))


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(map(int, text.split("x")))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write for instance 64x64x64")
    return sizes
