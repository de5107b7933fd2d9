"""The present plan beside the widths that keep most importance at equal cost."""

from collections.abc import Sequence

from explorer import compute
from explorer.compare.facts import WidthFacts
from explorer.compute import QUEUE, Job, Report, heavy
from explorer.state import ExplorerState
from ranp.fingerprint import fingerprint, tensors_sha256
from ranp.selection import BUDGETS, importance_kept, optimal_allocation, reweight

EQUAL: dict[str, tuple[str, ...]] = {"MACs": ("macs",), "MACs and memory": ("macs", "memory")}
"""What both keep within, by its name on the page."""


def best(state: ExplorerState, equal: Sequence[str]) -> Job[WidthFacts]:
    """The job that finds the best widths within what the plan takes. Needs the trace and the importance."""
    graph, plan, scores = (
        compute.tracing(state).result().graph,
        compute.plan(state),
        heavy.scoring(state).result().scores,
    )

    def find(report: Report) -> WidthFacts:
        balanced = reweight(scores, None)
        limits = {kind: float(getattr(plan.pruned, BUDGETS[kind].cost)) for kind in equal}
        found = optimal_allocation(graph, balanced, limits, [plan.kept])
        shares = {kind: getattr(plan.full, BUDGETS[kind].cost) / 100 for kind in equal}
        return WidthFacts(
            layers=tuple(graph.layers),
            neurons=tuple(layer.neurons for layer in graph.layers.values()),
            kept=tuple(int(plan.kept[name].sum()) for name in graph.layers),
            best=tuple(int(found.kept[name].sum()) for name in graph.layers),
            importance=importance_kept(graph, balanced, plan.kept),
            most=found.importance,
            bound=found.bound,
            proven=found.proven,
            buys={kind: price * shares[kind] for kind, price in found.prices.items()},
        )

    asked = fingerprint(equal=list(equal), kept=tensors_sha256(plan.kept))
    return QUEUE.ask(f"widths {heavy.scoring_key(state)} {asked}", find)
