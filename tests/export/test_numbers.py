"""Every figure of the report and of what an upload is told to be, against the plan by the library."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from explorer import compute
from explorer.export import files, upload, wording
from explorer.page import results
from explorer.state import ExplorerState, default_state, to_query
from explorer.units import count
from ranp.files import encode_tensors
from ranp.plan import Plan
from tests.export.test_page_export import told, visit
from tests.export.test_page_export import upload as give

CHOICES = compute.choices()


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    """Scores are drawn, so that nothing is computed with data; channels are tied."""
    chosen = replace(default_state(CHOICES, "mobilenetv2"), method="random", sparsity=0.3)
    compute.tracing(chosen).result()
    return chosen


@pytest.fixture(scope="module")
def plan(state: ExplorerState) -> Plan:
    return compute.plan(state)


@pytest.fixture(scope="module")
def page(state: ExplorerState) -> str:
    outcome = compute.results(state)
    sentence = results.sentence(outcome.plan, outcome.curve, "Random")
    return files.html(state, sentence, to_query(state, CHOICES), date(2026, 1, 2)).decode()


def rows(page: str) -> list[list[str]]:
    """The cells of all tables, row by row."""
    found = re.findall(r"<tr>(.*?)</tr>", page.partition("<main>")[2].partition("</main>")[0])
    return [[unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in found]


def test_the_report_s_costs_are_the_plan_s(page: str, plan: Plan) -> None:
    found = {row[0]: row[1:] for row in rows(page)}
    costs = {"MACs": ("macs", 1, ""), "The paper's count": ("paper_macs", 1, ""), "Parameters": ("params", 1, ""),
             "FLOPs (2 × MACs)": ("macs", 2, ""), "Activation memory": ("activations", 4, "B")}  # fmt: skip
    for title, (name, factor, unit) in costs.items():
        before, after = getattr(plan.full, name), getattr(plan.pruned, name)
        said = [count(factor * before, unit), count(factor * after, unit), f"{100 * after / before:.1f} %"]
        assert found[title] == said


def test_the_report_opens_with_a_drawing_that_is_filled_as_the_plan_keeps(page: str, plan: Plan) -> None:
    drawing = page.partition('<svg class="network"')[2].partition("</svg>")[0]
    assert "<h2>" not in page.partition('<svg class="network"')[0], "it comes first"
    blocks = re.findall(
        r"<title>(.*?): .*?</title>.*?class=\"full\".*? width=\"(.*?)\".*?class=\"kept\".*? width=\"(.*?)\"", drawing
    )
    shares = {name: float(kept) / float(full) for name, full, kept in blocks}
    assert shares == {layer.name: pytest.approx(layer.kept / layer.neurons, abs=0.01) for layer in plan.layers}


def test_the_report_s_layers_are_the_plan_s(page: str, plan: Plan) -> None:
    table = [row for row in rows(page) if len(row) == 8][1:]
    assert table == [
        [
            layer.name, layer.kind, f"{layer.neurons:,}", f"{layer.kept:,}", count(layer.macs),
            count(layer.pruned_macs), count(layer.params), count(layer.pruned_params),
        ]
        for layer in plan.layers
    ]  # fmt: skip


def test_the_report_s_sparsities_are_the_plan_s(page: str, plan: Plan) -> None:
    pairs = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    for name in ("requested_sparsity", "achieved_sparsity", "max_feasible_sparsity"):
        assert pairs[name.replace("_", " ")] == f"{100 * getattr(plan, name):.2f} %"
    assert pairs["method"] == "random"


def test_masks_as_a_table_are_the_plan_s(state: ExplorerState, plan: Plan) -> None:
    lines = compute.masks_csv(state).decode().splitlines()[1:]
    assert lines == [
        f"{name},{neuron},{int(keeps)}"
        for name, mask in plan.kept.items()
        for neuron, keeps in enumerate(mask.tolist())
    ]


def test_an_upload_is_told_in_figures(state: ExplorerState, plan: Plan) -> None:
    """Of every layer the other half: tied layers then disagree, and are made to."""
    masks = {name: ~mask if name in compute.network(state).prunable else mask for name, mask in plan.kept.items()}
    first = next(name for name in masks if name in compute.network(state).prunable)
    masks[first] = plan.kept[first].clone()
    found = upload.read(encode_tensors(masks), "masks.safetensors", state, scored=True)
    assert found.plan is not None
    graph = compute.tracing(state).result().graph
    kept = graph.resolve(masks, "any")
    changed = sum(int((kept[name] != mask).sum()) for name, mask in masks.items())
    assert changed > 0
    assert wording.RESOLVED.format(count=f"{changed:,}") in found.remarks
    both = sum(int((kept[name] & plan.kept[name]).sum()) for name in kept)
    sizes = [sum(int(mask.sum()) for mask in each.values()) for each in (kept, plan.kept)]
    assert (
        f"It keeps {sizes[0]:,} neurons, the present plan {sizes[1]:,}; {both:,} of them are the same." in found.remarks
    )


def test_an_uploaded_plan_is_shown_with_its_figures(state: ExplorerState, plan: Plan) -> None:
    app = visit(architecture="mobilenetv2", method="random", sparsity="0.25")
    app = give(app, "plan.zip", compute.plan_zip(state))
    assert "The file says: `mobilenetv2` `classroom`, Random, sparsity 30.0 %." in told(app)
    costs = {row["Cost of one input"]: row for row in app.dataframe[0].value.to_dict("records")}
    assert costs["MACs"]["Full"] == count(plan.full.macs)
    assert costs["MACs"]["Pruned"] == count(plan.pruned.macs)
    assert costs["Parameters"]["Left"] == f"{100 * plan.pruned.params / plan.full.params:.1f} %"
    layers = app.dataframe[1].value
    assert dict(zip(layers["Layer"], layers["Kept"], strict=True)) == plan.kept_counts
