"""Figures behind the figures: both networks counted anew, and compared with each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explorer import compute
from explorer.compute import Job, Report, available_memory, heavy
from explorer.counting import wording
from explorer.state import ExplorerState
from ranp.graph import Cost, compare_shrunk
from ranp.plan import LayerSummary, shrink
from ranp.resources import Counted, independent_counts

TOLERANCE = 1e-9
"""Of the comparison in double precision, relative to the largest output."""

VERIFY_BYTES_PER_PARAMETER = 48


@dataclass(frozen=True)
class Costs:
    """What the full network costs, and the pruned one where there is one."""

    full: Cost
    pruned: Cost | None
    layers: tuple[LayerSummary, ...]


@dataclass(frozen=True)
class Finding:
    """One figure of one network by our count and by another counter's; `found` is None where that one gave up."""

    network: str
    figure: str
    counter: str
    ours: int
    found: int | None
    why: str = ""

    @property
    def agrees(self) -> bool | None:
        return None if self.found is None else self.found == self.ours


def costs(state: ExplorerState) -> Costs:
    """The plan's figures. Needs the trace, and the importance where it is used."""
    plan = compute.plan(state)
    return Costs(plan.full, plan.pruned if plan.feasible else None, plan.layers)


def checking(state: ExplorerState) -> Job[list[Finding]]:
    """The job that builds the smaller network from shapes and counts both anew."""
    plan, network, graph = compute.plan(state), heavy.network_of(state), heavy.tracing(state).result().graph

    def compute_all(report: Report) -> list[Finding]:
        full = independent_counts(network.shapes(), network.inputs())
        report(1, 2)
        small = independent_counts(shrink(network.shapes(), graph, plan.kept, verify=False), network.inputs())
        return [*_findings("full", plan.full, full), *_findings("pruned", plan.pruned, small)]

    return heavy.QUEUE.ask(_key("count", state), compute_all)


def verifying(state: ExplorerState) -> Job[tuple[float, float]]:
    """The job that compares the smaller network with the masked full one: how much they differ, and may by rounding."""
    plan, network, graph = compute.plan(state), heavy.network_of(state), heavy.tracing(state).result().graph

    def compare(report: Report) -> tuple[float, float]:
        with heavy.stoppable(graph, report):
            found = compare_shrunk(network.model, graph, plan.kept, tolerance=TOLERANCE)
        return found.difference, found.tolerance

    return heavy.QUEUE.ask(_key("verify", state), compare)


def known(task: str, state: ExplorerState) -> Job[Any] | None:
    """The job of `checking` or `verifying` ("count", "verify"), where somebody has asked for it."""
    jobs: dict[str, Callable[[ExplorerState], Job[Any]]] = {"count": checking, "verify": verifying}
    return jobs[task](state) if heavy.QUEUE.knows(_key(task, state)) else None


def too_much_to_verify(state: ExplorerState) -> str | None:
    """Why this machine cannot hold the networks in double precision, if it cannot."""
    needed, spare = VERIFY_BYTES_PER_PARAMETER * compute.network(state).full.params, available_memory()
    return None if spare is None or needed <= spare else wording.too_large(needed, spare)


def _findings(name: str, ours: Cost, found: Counted) -> list[Finding]:
    with_bias = found.ptflops_macs
    explained = with_bias is not None and with_bias != ours.macs and with_bias - ours.macs == found.bias
    bias = wording.biases(found.bias) if explained else ""
    return [
        Finding(name, "MACs", "ptflops, biases left out", ours.macs, found.ptflops_macs_without_bias),
        Finding(name, "MACs", "ptflops as it is", ours.macs, with_bias, bias),
        Finding(name, "FLOPs", "torch.utils.flop_counter", ours.flops, found.torch_flops),
        Finding(name, "The paper's count", "ptflops and module hooks", ours.paper_macs, found.paper_macs),
        Finding(name, "Parameters", "numel() of each", ours.params, found.params),
        Finding(name, "Activations", "module hooks", ours.activations, found.activations),
    ]


def _key(task: str, state: ExplorerState) -> str:
    return f"{task} {heavy.peak_key(state, compute.plan(state).kept)}"
