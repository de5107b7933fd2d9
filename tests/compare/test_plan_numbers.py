"""What Compare writes of the plans side by side, worked out anew by pruning again."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from explorer import compute
from explorer.compare import facts_of
from explorer.compare.charts.overlay import overlay, overlay_in_words
from explorer.compare.charts.retention_map import retention_map, retention_map_in_words
from explorer.compare.table import as_csv
from explorer.state import ExplorerState
from explorer.units import count
from ranp.selection import METHODS
from tests.compare.by_library import CHOICES, in_words, kept_by, left, pruned
from tests.compare.test_page_compare import equal, rest, tab, visit


@pytest.mark.parametrize(
    ("method", "settings"),
    [("ranp-f", {"sparsity": 0.37}), ("blend", {"sparsity": 0.42}), ("vanilla", {"budget": ("macs", 0.65)})],
)
def test_a_row_of_the_table_is_its_plan(state: ExplorerState, method: str, settings: dict[str, object]) -> None:
    query = {"sparsity": str(settings.get("sparsity", "")), "target": "macs", "budget": "0.65"}
    wanted = ("sparsity",) if "sparsity" in settings else ("target", "budget")
    alpha = {"alpha": "0.3"} if method == "blend" else {}
    app = visit(method=method, **{name: query[name] for name in wanted}, **alpha)
    (row,) = app.dataframe[0].value.to_dict("records")
    plan = pruned(method, **settings, **{name: float(text) for name, text in alpha.items()})
    weighed = {"ranp-f": ("1", f"{state.lam:g}"), "blend": ("0.3", f"{state.lam:g}"), "vanilla": ("–", "–")}[method]
    neurons = sum(mask.numel() for mask in plan.kept.values())
    assert row.pop("Requested") == pytest.approx(100 * plan.requested_sparsity)
    assert row.pop("Achieved") == pytest.approx(100 * (1 - len(kept_by(plan.kept)) / neurons))
    for title, cost in {"MACs left": "macs", "Memory left": "activations", "Params left": "params"}.items():
        assert row.pop(title) == pytest.approx(left(plan, cost))
    seconds = {"Step time", "Step time left", "Inference time", "Inference time left"}
    assert seconds <= row.keys(), "what they hold: tests/explore/test_times.py"
    row = {title: value for title, value in row.items() if title not in seconds}
    assert row == {
        "Plan": "★ Present plan",
        "Method": METHODS[method].title,
        "α": weighed[0],
        "λ": weighed[1],
        "MACs": count(plan.pruned.macs),
        "Memory": count(4 * plan.pruned.activations, "B"),
        "Parameters": count(plan.pruned.params),
        "Can be built": "yes",
        "Network": "3D-UNet, classroom",
    }


def test_a_row_of_the_file_is_its_plan(state: ExplorerState) -> None:
    there = replace(state, method="ranp-m", alpha=0.0, sparsity=0.37)
    beyond = replace(state, method="vanilla", sparsity=0.9)
    missed = replace(state, method="vanilla", target="macs", budget=0.01)
    entries = [facts_of.entry("name", 0, one, CHOICES) for one in (there, beyond, missed)]
    rows = list(csv.DictReader(io.StringIO(as_csv(entries).decode())))
    plan = pruned("ranp-m", sparsity=0.37)
    costs = {
        f"{moment}_{name}": getattr(cost, name)
        for moment, cost in (("full", plan.full), ("pruned", plan.pruned))
        for name in ("macs", "activations", "params")
    }
    neurons = sum(mask.numel() for mask in plan.kept.values())
    expected = {
        "alpha": 0.0, "lambda": state.lam, "requested_sparsity": 0.37, "full_neurons": neurons,
        "achieved_sparsity": plan.achieved_sparsity, "pruned_neurons": len(kept_by(plan.kept)), "feasible": 1,
        "target_met": 1, **costs,
    }  # fmt: skip
    assert {name: float(rows[0][name]) for name in expected} == pytest.approx(expected)
    words = ("plan", "network", "size", "method", "first_empty_layer")
    assert [rows[0][name] for name in words] == ["name", "3D-UNet", "classroom", "RANP-m", ""]
    assert [(row["feasible"], row["target_met"]) for row in rows[1:]] == [("0", "1"), ("1", "0")]
    assert rows[1]["first_empty_layer"] == pruned("vanilla", sparsity=0.9).first_empty_layer
    assert rows[1]["alpha"] == rows[1]["lambda"] == ""


@pytest.mark.parametrize("sparsity", [0.25, 0.2537])
def test_the_sentence_on_equal_sparsity_has_both_plans_figures(sparsity: float) -> None:
    app = visit(sparsity=str(sparsity))
    vanilla, own = (left(pruned(method, sparsity=sparsity), "macs") for method in ("vanilla", "ranp-f"))
    said = f"At a sparsity of {100 * sparsity:.1f} %, Vanilla neuron pruning leaves **{vanilla:.1f} %** of the MACs"
    assert any(f"{said} and RANP-f **{own:.1f} %**" in caption.value for caption in app.caption)


def test_between_two_points_of_the_curve_the_figures_are_the_plans_own(state: ExplorerState) -> None:
    between = replace(state, method="ranp-f", sparsity=0.2537)
    _, vanilla, own = facts_of.at_equal_sparsity(between, "vanilla", "ranp-f", CHOICES)
    expected = [left(pruned(method, sparsity=0.2537), "macs") for method in ("vanilla", "ranp-f")]
    assert [100 * vanilla, 100 * own] == pytest.approx(expected, abs=1e-9)
    curve = compute.results(between).curve
    interpolated = np.interp(0.2537, curve.sparsities, curve.macs)
    assert abs(own - interpolated) > 1e-6, "a staircase's steps lie between these points"
    entry = facts_of.entry("one", 0, between, CHOICES)
    [_, mark] = overlay([entry], "macs").data
    assert mark.y[0] == pytest.approx(own)


@pytest.mark.parametrize(("terms", "cost"), [("macs", "macs"), ("memory", "activations")])
def test_equal_terms_start_where_the_present_plan_stands(terms: str, cost: str) -> None:
    app = visit(sparsity="0.37")
    plan = pruned("ranp-f", sparsity=0.37)
    there = tab(visit(sparsity="0.37"), "Rank flips")
    there.session_state["equal_terms"] = terms
    there.run()
    assert there.slider(key=f"equal_{terms}").value == float(f"{left(plan, cost):.1f}"), "as other figures have it"
    assert equal(app)["settings"]["budget"] == pytest.approx(left(plan, "macs") / 100)
    rest(app, target=terms, budget=left(plan, cost) / 100)
    app.button(key="pin_all").click().run()
    rows = {row["Method"]: row for row in app.dataframe[0].value.to_dict("records")}
    title = {"macs": "MACs left", "memory": "Memory left"}[terms]
    assert rows["RANP-f"][title] == pytest.approx(left(plan, cost)), "the method finds its own plan"
    assert all(row[title] <= left(plan, cost) + 1e-9 for row in rows.values() if row["Can be built"] == "yes")


def test_what_the_charts_of_plans_say_is_in_the_plans(state: ExplorerState) -> None:
    beyond = replace(state, method="vanilla", sparsity=0.9)
    entries = [facts_of.entry(name, 0, one, CHOICES) for name, one in (("a", state), ("b", beyond))]
    plan, empty = pruned("ranp-f", sparsity=state.sparsity), pruned("vanilla", sparsity=0.9)
    for resource in ("macs", "activations", "params"):
        assert f"Left: a {left(plan, resource):.1f} %, b cannot be built." in overlay_in_words(entries, resource)
        figure = overlay(entries, resource)
        for line, mark, method in zip(figure.data[::2], figure.data[1::2], ("ranp-f", "vanilla"), strict=True):
            for place in (0, len(line.x) // 2, -1):
                again = pruned(method, sparsity=float(line.x[place]) / 100)
                assert line.y[place] == pytest.approx(left(again, resource) / 100)
            (at,) = mark.x
            # the browser's points are half a per cent apart
            assert mark.y[0] == pytest.approx(left(pruned(method, sparsity=at / 100), resource) / 100, abs=0.01)
        assert figure.data[1].x == (100 * state.sparsity,)
        assert figure.data[3].x == (100 * empty.max_feasible_sparsity,)
    words = in_words(retention_map(entries))
    for name, one in (("a", plan), ("b", empty)):
        for layer in one.layers:
            share = f"({100 * layer.kept / layer.neurons:.0f} %)"
            assert f"{name}<br><b>{layer.name}</b>: {layer.kept} of {layer.neurons} kept {share}" in words
    least = min(plan.layers, key=lambda layer: layer.kept / layer.neurons)
    assert f"a keeps least in {least.name}, {least.kept} of {least.neurons}; b" in retention_map_in_words(entries)
