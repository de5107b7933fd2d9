"""The figures that answers on Learn give, against plans of the library under the step's settings."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from explorer import compute
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import TOURS
from explorer.state import ExplorerState, default_state, settle
from ranp.plan import Plan, prune
from ranp.selection import METHODS, PruningConfig
from ranp.subject import library_network
from ranp.timing import TimePrices, read_work, shipped_table
from ranp.units import duration


@pytest.fixture(scope="module", params=["unet3d", "mobilenetv2"])
def state(request: pytest.FixtureRequest) -> ExplorerState:
    start = default_state(compute.choices(), request.param)
    compute.tracing(start).result()
    compute.importance(start).result()
    return start


def because(state: ExplorerState, name: str) -> str:
    return QUESTIONS[name](gather(state, compute.network(state), settings_of(name))).because


def settings_of(name: str) -> dict[str, object]:
    return dict(next(step.settings for tour in TOURS.values() for step in tour.steps if step.question == name))


def planned(state: ExplorerState, name: str, **changes: object) -> Plan:
    """The library's plan under the settings of the question's step, with these changes."""
    settings = {"method": "ranp-f", "sparsity": state.sparsity, "lam": state.lam, **settings_of(name), **changes}
    alpha = {"ranp-f": 1.0, "ranp-m": 0.0}.get(str(settings["method"]), settings.get("alpha", 0.5))
    taken = ("method", "sparsity", "lam", "coupling", "min_neurons")
    config = {key: value for key, value in settings.items() if key in taken}
    graph, scores = compute.tracing(state).result().graph, compute.importance(state).result().scores
    return prune(graph, scores, PruningConfig(alpha=alpha, **config))  # type: ignore[arg-type]


def left(plan: Plan) -> str:
    return f"{100 * plan.pruned.macs / plan.full.macs:.1f} %"


def kept(plan: Plan) -> int:
    return sum(int(mask.sum()) for mask in plan.kept.values())


def test_what_lambda_saves(state: ExplorerState) -> None:
    without, with_it = (planned(state, "lambda_saves", lam=lam) for lam in (0.0, 11.0))
    said = f"{left(without)} of the MACs are left at λ = 0 and {left(with_it)} at λ = 11: "
    assert because(state, "lambda_saves").startswith(said)


def test_what_any_and_all_leave(state: ExplorerState) -> None:
    some, every = (planned(state, "any_or_all", coupling=coupling) for coupling in ("any", "all"))
    neurons = sum(mask.numel() for mask in some.kept.values())
    said = f"{kept(some):,} of {neurons:,} stay with *any*, {kept(every):,} with *all*."
    assert because(state, "any_or_all") == said


def test_how_unequal_equal_sparsity_is(state: ExplorerState) -> None:
    vanilla, ranp = (planned(state, "how_unequal", method=method) for method in ("vanilla", "ranp-f"))
    said = f" as many: {left(vanilla)} of the full network's against {left(ranp)}."
    assert because(state, "how_unequal").endswith(said)


def test_who_is_dearest_at_equal_sparsity(state: ExplorerState) -> None:
    plan = partial(planned, state, "dearest_at_equal_sparsity")
    said = ", ".join(
        f"{title} {left(plan(method=method))}"
        for method, title in ((name, METHODS[name].title) for name in ("vanilla", "weighted", "ranp-f"))
    )
    assert because(state, "dearest_at_equal_sparsity") == f"Left of the MACs: {said}."


def test_who_pays_keeps_the_smaller_share(state: ExplorerState) -> None:
    weighted, ranp = (planned(state, "who_pays", method=method) for method in ("weighted", "ranp-f"))
    sizes = {name: mask.numel() for name, mask in weighted.kept.items()}
    falls = {name: (weighted.kept_counts[name] - ranp.kept_counts[name]) / size for name, size in sizes.items()}
    costs = compute.layer_costs(state, "macs")
    most = [name for name, fall in falls.items() if fall >= max(falls.values()) - 1e-9]
    one = max(most, key=costs.__getitem__)
    said = because(state, "who_pays")
    counts = f"{weighted.kept_counts[one]} of {sizes[one]} neurons with Weighted, {ranp.kept_counts[one]} with RANP-f."
    assert said.startswith(f"`{one}`: {counts} It takes {100 * costs[one] / weighted.full.macs:.1f} % of the MACs, ")


def test_what_goes_and_what_stays_below_the_threshold(state: ExplorerState) -> None:
    plan = planned(state, "asked_and_achieved", coupling="any")
    facts = compute.results(gather_state(state, "asked_and_achieved")).neurons
    ranks = {(name, place): rank for name, own in facts.ranks.items() for place, rank in enumerate(own)}
    stay = int(len(ranks) * (1 - plan.requested_sparsity))
    rescued = sum(bool(plan.kept[name][place]) and rank >= stay for (name, place), rank in ranks.items())
    said = because(state, "asked_and_achieved")
    assert said.startswith(f"{100 * (1 - kept(plan) / len(ranks)):.1f} % go: {rescued:,} neurons stay although ")


@pytest.fixture(scope="module")
def prices(state: ExplorerState) -> TimePrices:
    """Of the library alone, from its own trace."""
    network = library_network(state.architecture, state.preset, {}, 0, "xavier")
    graph, table = network.trace(), shipped_table(state.architecture, state.preset)
    assert table is not None
    return TimePrices(graph, read_work(network.shapes(), graph, batch=table.batch), table)


def halved(state: ExplorerState, method: str) -> Plan:
    """The library's plan that leaves half of the MACs."""
    graph, scores = compute.tracing(state).result().graph, compute.importance(state).result().scores
    return prune(graph, scores, PruningConfig(method=method, lam=11.0, budget=("macs", 0.5)))


def test_what_is_left_of_the_seconds_at_half_of_the_macs(state: ExplorerState, prices: TimePrices) -> None:
    plan = halved(state, "ranp-f")
    after, before = prices.at(plan.kept), prices.at()
    said = f"{100 * after / before:.1f} %: {duration(after)} of {duration(before)}, predicted for **"
    assert because(state, "seconds_at_half_the_macs").startswith(said)


def test_who_is_fastest_at_equal_macs(state: ExplorerState, prices: TimePrices) -> None:
    named = {METHODS[name].title: name for name in ("weighted", "ranp-f", "ranp-m")}
    left = [
        f"{title} {100 * prices.at(halved(state, method).kept) / prices.at():.1f} %" for title, method in named.items()
    ]
    said = f"Left of the seconds: {', '.join(left)}. {METHODS['vanilla'].title} cannot"
    assert because(state, "fastest_at_equal_macs").startswith(said)


def test_what_has_no_macs_takes_its_time(state: ExplorerState, prices: TimePrices) -> None:
    layers = set(compute.tracing(state).result().graph.layers)
    inside = sum(seconds for name, seconds in prices.by_owner().items() if name in layers)
    said = because(state, "seconds_without_macs")
    assert said.startswith(f"{100 * (1 - inside / prices.at()):.1f} %, and next to no MACs. Most of it: `")


def test_half_of_a_layer_by_the_cells_of_the_table(state: ExplorerState, prices: TimePrices) -> None:
    graph, seconds = compute.tracing(state).result().graph, prices.by_owner()
    layer = max((name for name, known in graph.layers.items() if known.prunable), key=lambda name: seconds[name])
    neurons = graph.layers[layer].neurons
    kept = graph.resolve({layer: torch.arange(neurons) < neurons // 2})
    whole, half = seconds[layer], prices.by_owner(kept)[layer]
    said = (
        f"{100 * half / whole:.1f} %: {duration(whole)} with {neurons} neurons, {duration(half)} with {neurons // 2}. "
    )
    assert because(state, "seconds_of_half_a_layer").startswith(said)


def gather_state(state: ExplorerState, name: str) -> ExplorerState:
    return settle(replace(state, **settings_of(name)))  # type: ignore[arg-type]
