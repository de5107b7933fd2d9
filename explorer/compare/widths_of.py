"""The present plan beside the widths that keep most importance at equal cost."""

from collections.abc import Sequence

from explorer import compute
from explorer.compare.facts import WidthFacts
from explorer.compute import QUEUE, Job, Report, heavy
from explorer.state import ExplorerState
from ranp.fingerprint import fingerprint
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
    masks = {layer: mask.tolist() for layer, mask in plan.kept.items()}

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
            limits={kind: limit / shares[kind] / 100 for kind, limit in limits.items()},
            importance=importance_kept(graph, balanced, plan.kept),
            most=found.importance,
            bound=found.bound,
            proven=found.proven,
            buys={kind: price * shares[kind] for kind, price in found.prices.items()},
        )

    return QUEUE.ask(f"widths {heavy.scoring_key(state)} {fingerprint(equal=list(equal), kept=masks)}", find)
