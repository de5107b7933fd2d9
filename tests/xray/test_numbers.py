"""Every figure that the X-ray has in numbers, worked out anew from the formulas of the method, in float64."""

from dataclasses import replace
from math import exp

import pytest
from streamlit.testing.v1 import AppTest

from explorer import compute
from explorer.charts import channel_graph
from explorer.state import ExplorerState, default_state
from explorer.xray.drawing import SPARSITIES
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig
from tests.cases import SMALL

CHOICES = compute.choices()


def visit(**query: str) -> AppTest:
    page = AppTest.from_string("from explorer import xray\nxray.page()", default_timeout=120)
    page.session_state["xray_numbers"] = page.session_state["drawing"] = True  # the drawers are open
    for name, value in (query or SMALL).items():
        page.query_params[name] = value
    return page.run()


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    start = default_state(CHOICES, "unet3d", "classroom")
    compute.tracing(start).result()
    compute.importance(start).result()
    return start


def costs(state: ExplorerState, method: str, alpha: float) -> dict[str, float] | None:
    """R of each layer: its costs, 1 for the costliest, mixed by alpha."""
    shares = {}
    for resource in ("macs", "activations"):
        each = compute.layer_costs(state, resource)
        shares[resource] = {name: cost / max(each.values()) for name, cost in each.items()}
    weight = {"ranp-f": 1.0, "ranp-m": 0.0, "blend": alpha}.get(method)
    if weight is None:
        return None
    return {name: weight * share + (1 - weight) * shares["activations"][name] for name, share in shares["macs"].items()}


@pytest.mark.parametrize(
    ("architecture", "method"),
    [
        *(("unet3d", method) for method in ("ranp-f", "ranp-m", "weighted", "vanilla", "layerwise")),
        ("mobilenetv2", "blend"),
    ],
)
def test_every_step_is_the_formulas(architecture: str, method: str) -> None:
    state = default_state(CHOICES, architecture, "classroom")
    compute.tracing(state).result()
    compute.importance(state).result()
    layers = list(compute.tracing(state).result().graph.layers)
    chosen, alpha = layers[len(layers) // 2], {"ranp-f": 1.0, "ranp-m": 0.0}.get(method, 0.3)
    query = {"alpha": "0.3"} if method == "blend" else {}
    app = visit(architecture=architecture, method=method, layer=chosen, neuron="5", sparsity="0.43", **query)
    scores = {name: values.double() for name, values in compute.importance(state).result().scores.items()}
    means = {name: float(values.mean()) for name, values in scores.items()}
    balanced = method in ("ranp-f", "ranp-m", "blend", "weighted")
    lifted = {name: max(means.values()) / mean if balanced else 1.0 for name, mean in means.items()}
    relative = costs(state, method, alpha)
    weighed = dict.fromkeys(scores, 1.0)
    if relative is not None:
        total = sum(exp(-cost) for cost in relative.values())
        weighed = {name: 1 + state.lam * exp(-cost) / total for name, cost in relative.items()}
    graph, given = compute.tracing(state).result().graph, compute.importance(state).result().scores
    plan = prune(graph, given, PruningConfig(method, sparsity=0.43, alpha=alpha, lam=state.lam))
    table = {row["Layer"]: row for row in app.dataframe[0].value.to_dict("records")}
    assert list(table) == list(scores)
    for name, row in table.items():
        numbers = {title: float(row[title].removeprefix("× ")) for title in list(row)[1:-1] if row[title] != "–"}
        assert numbers.pop("Mean score") == pytest.approx(means[name], rel=1e-3)
        assert numbers.pop("Balanced by") == pytest.approx(lifted[name], rel=1e-3)
        assert numbers.pop("Reweighted by") == pytest.approx(weighed[name], rel=1e-3)
        assert numbers.pop("Mean final score") == pytest.approx(means[name] * lifted[name] * weighed[name], rel=1e-3)
        assert numbers == ({} if relative is None else {"R": pytest.approx(relative[name], abs=6e-4)})
        assert row["Kept"] == f"{int(plan.kept[name].sum())} of {len(scores[name])}"
    final = {name: values * lifted[name] * weighed[name] for name, values in scores.items()}
    own = float(final[chosen][5])
    pool = [float(one) for name, values in final.items() if method != "layerwise" or name == chosen for one in values]
    rank, stay = 1 + sum(one > own * (1 + 1e-6) for one in pool), int(len(pool) * (1 - 0.43))
    raw = float(scores[chosen][5])
    fate = "kept: its score reaches" if rank <= stay else "removed: its score is below"
    said = (
        f"Neuron 5 of `{chosen}`: score {raw:.4g}, balanced {raw * lifted[chosen]:.4g}, reweighted {own:.4g}; "
        f"rank {rank} of {len(pool)}, and {stay} stay. It is {fate} the threshold."
    )
    assert any(text.value == said for text in app.markdown)


def test_the_neurons_before_and_after_the_threshold_are_told_apart(state: ExplorerState) -> None:
    facts = compute.results(state).neurons
    pool = {(layer, neuron): rank for layer, ranks in facts.ranks.items() for neuron, rank in enumerate(ranks)}
    stay = int(len(pool) * (1 - state.sparsity))
    for place, fate in ((stay - 1, "kept"), (stay, "removed")):
        layer, neuron = next(name for name, rank in pool.items() if rank == place)
        app = visit(layer=layer, neuron=str(neuron))
        assert any(
            f"rank {place + 1} of {len(pool)}, and {stay} stay. It is {fate}:" in one.value for one in app.markdown
        )


def test_the_network_thins_out_as_its_plans_do(state: ExplorerState) -> None:
    points = [*SPARSITIES, 0.335]
    expected = [list(pruned(state, sparsity).kept_counts.values()) for sparsity in points]
    assert compute.thinning(state, points[:-1]) == expected[:-1]
    assert compute.thinning(replace(state, sparsity=0.1), points[-1:]) == expected[-1:]


def pruned(state: ExplorerState, sparsity: float) -> Plan:
    graph, scores = compute.tracing(state).result().graph, compute.importance(state).result().scores
    return prune(graph, scores, PruningConfig("ranp-f", sparsity=sparsity, alpha=1.0, lam=state.lam))


def test_what_the_drawings_say_is_in_the_plan(state: ExplorerState) -> None:
    app = visit(layer="encoder2.conv2")
    scores = compute.importance(state).result().scores
    plan, last = pruned(state, state.sparsity), pruned(state, SPARSITIES[-1])
    neurons, kept = (sum(map(int, found)) for found in (map(len, scores.values()), last.kept_counts.values()))
    words = " ".join(str(chart.proto) for chart in app.get("plotly_chart"))
    assert f"{len(scores)} layers: {neurons} neurons in all, of which {kept} are left at sparsity 95 %." in words
    drawn = compute.drawing(state)
    (under_pointer,) = (trace.hovertext for trace in channel_graph(drawn).data if trace.name == "full layer")
    for name, text in zip(scores, under_pointer, strict=True):
        assert f"{plan.kept_counts[name]} of {len(scores[name])} neurons kept" in text
