"""The Compare page by what a visitor sees, its figures against the library, and its links against strangers."""

import csv
import io
import json
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer import charts, compute
from explorer.charts import METHOD_LOOKS, look
from explorer.compare import facts_of, stability_of
from explorer.compare.charts.bump import bump, neurons_shown
from explorer.compare.charts.flips import flips as flips_figure
from explorer.compare.charts.overlay import overlay
from explorer.compare.charts.plane import plane as plane_figure
from explorer.compare.charts.retention_map import retention_map
from explorer.compare.charts.stability import agreement, kept_spread
from explorer.compare.table import as_csv
from explorer.compute import heavy
from explorer.state import (
    MAX_PINS,
    ExplorerState,
    Pin,
    at_equal,
    clean_name,
    decisive,
    default_state,
    read_pins,
    write_pin,
)
from ranp.plan import Plan, prune
from ranp.selection import METHODS, PruningConfig
from ranp.subject import Scoring
from tests.cases import SMALL

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")
CHOICES = compute.choices()


def visit(**query: str | list[str]) -> AppTest:
    """Open the page by its address. `AppTest` knows pages that are files only, so its page is set by hand."""
    app = AppTest.from_file(APP, default_timeout=120)
    app._page_hash = calc_hash("compare")
    for name, value in (query or SMALL).items():
        app.query_params[name] = value
    return app.run()


def equal(app: AppTest) -> dict[str, Any]:
    """What the page hands to the live slider on equal terms."""
    told = [each.proto.json for each in app.get("bidi_component")]
    return next(data for data in map(json.loads, filter(None, told)) if data["view"] == "equal")


def rest(app: AppTest, **settings: Any) -> AppTest:
    """The live slider comes to rest, as the browser reports it."""
    data = equal(app)
    said = {**data["settings"], **settings, "revision": data["revision"], "stamp": 1}
    app.session_state["live-equal"] = {"settings": said}
    return app.run()


def tab(app: AppTest, name: str) -> AppTest:
    app.session_state["compare_tab"] = name
    return app.run()


def pinned(app: AppTest) -> list[Pin]:
    return list(app.session_state["_pins"]) if "_pins" in app.session_state else []


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    visit()  # traces and scores
    return default_state(CHOICES, "unet3d", "classroom")


def by_library(state: ExplorerState, config: PruningConfig) -> Plan:
    graph, scores = compute.tracing(state).result().graph, compute.importance(state).result().scores
    return prune(graph, scores, config)


@pytest.mark.parametrize(("name", "key"), [("Rank flips", "equal_terms"), ("Stability", "draws")])
def test_a_choice_that_the_browser_lost_is_made_again(name: str, key: str) -> None:
    """A run that gives way to the next may leave the browser without what it has set; it then reports no choice."""
    app = tab(visit(), name)
    chosen = app.session_state[key]
    assert chosen
    app.session_state[key] = None
    app.run()
    assert not app.error
    assert app.session_state[key] == chosen


def test_the_present_plan_stands_alone_until_it_is_pinned(state: ExplorerState) -> None:
    app = visit(sparsity="0.3")
    assert not app.exception
    assert not app.error
    (row,) = app.dataframe[0].value.to_dict("records")
    plan = by_library(state, PruningConfig(sparsity=0.3, lam=state.lam, alpha=1.0))
    assert row["Plan"] == "★ Present plan"
    assert row["Achieved"] == pytest.approx(100 * plan.achieved_sparsity)
    assert row["MACs left"] == pytest.approx(100 * plan.pruned.macs / plan.full.macs)
    assert row["Can be built"] == "yes"
    app.button(key="pin_present").click().run()
    assert [pin.name for pin in pinned(app)] == ["RANP-f, sparsity 30.0 %"]
    assert app.button(key="pin_present").disabled
    assert len(app.dataframe[0].value) == 1


def test_pins_are_renamed_opened_and_removed() -> None:
    app = visit(sparsity="0.3")
    app.button(key="pin_present").click().run()
    number = pinned(app)[0].number
    app.text_input(key=f"pin_name_{number}").set_value(" <b>mine</b>\n").run()
    assert pinned(app)[0].name == "<b>mine</b>"
    assert app.dataframe[0].value["Plan"][0] == "● <b>mine</b>"
    app.button(key=f"open_{number}").click().run()
    assert not app.exception
    pin = "name=%3Cb%3Emine%3C%2Fb%3E&sparsity=0.3"
    assert dict(app.query_params) == {"sparsity": "0.3", "pin": pin}
    assert not app.tabs  # this is Explore
    again = visit()
    again.button(key="pin_present").click().run()
    again.button(key=f"remove_{pinned(again)[0].number}").click().run()
    assert pinned(again) == []


def test_all_methods_are_pinned_at_the_present_plans_macs() -> None:
    app = visit()
    app.button(key="pin_all").click().run()
    rows = app.dataframe[0].value
    share = 100 * equal(app)["settings"]["budget"]
    assert [pin.state.method for pin in pinned(app)] == list(METHODS)
    met = rows[rows["Can be built"] == "yes"]
    assert len(met) > 4
    assert (met["MACs left"] <= share + 1e-9).all()
    assert (met["MACs left"] > share - 2).all()
    missed = rows[rows["Can be built"] == "yes, target missed"]
    assert {"Vanilla neuron pruning", "Magnitude"} >= set(missed["Method"])
    assert (missed["MACs left"] > share).all()
    assert "equal sparsity" in " ".join(caption.value for caption in app.caption)


def test_the_live_slider_says_what_all_methods_get() -> None:
    app = rest(visit(), target="macs", budget=0.3)
    app.button(key="pin_all").click().run()
    assert {pin.state.limits for pin in pinned(app)} == {(("macs", 0.3),)}
    app = rest(visit(), target="sparsity", sparsity=0.2)
    assert app.button(key="pin_all").label == "Pin all methods at equal sparsity"
    app.button(key="pin_all").click().run()
    assert {(pin.state.limits, pin.state.sparsity) for pin in pinned(app)} == {((), 0.2)}
    start = equal(visit())["settings"]
    app = rest(visit(), target="peak", budget=0.2)
    app.button(key="pin_all").click().run()
    assert {pin.state.limits for pin in pinned(app)} == {(("macs", start["budget"]),)}, "what is not on offer"
    app = rest(visit(), target="time", budget=0.6)
    app.button(key="pin_all").click().run()
    assert not app.exception
    assert {pin.state.limits for pin in pinned(app)} == {(("time", 0.6),)}
    met = [row for row in app.dataframe[0].value.to_dict("records") if row["Can be built"] == "yes"]
    assert len(met) > 3
    assert all(row["Step time left"] <= 60 + 1e-6 for row in met if "Present" not in row["Plan"])


def test_another_present_plan_moves_the_slider_and_its_terms_stay() -> None:
    app = rest(visit(sparsity="0.3"), target="memory", budget=0.9)
    first = equal(app)
    assert (first["settings"]["target"], first["revision"]) == ("macs", 1), "the browser is ahead of it"
    app.session_state["live-plan"] = {
        "settings": {**first["settings"], "target": "sparsity", "sparsity": 0.5, "revision": 1, "stamp": 1}
    }
    app.run()
    moved = equal(app)
    assert moved["revision"] == 2
    assert moved["settings"]["target"] == "memory"
    assert moved["settings"]["budget"] != first["settings"]["budget"]


def test_an_infeasible_plan_names_its_empty_layer() -> None:
    app = visit(method="vanilla", sparsity="0.9")
    (row,) = app.dataframe[0].value.to_dict("records")
    layer = compute.results(
        replace(default_state(CHOICES, "unet3d", "classroom"), method="vanilla", sparsity=0.9)
    ).plan.first_empty_layer
    assert row["Can be built"] == f"no: {layer} is empty"
    assert np.isnan(row["MACs left"])


def test_a_link_restores_pins_and_says_what_it_gets_wrong() -> None:
    good = urlencode({"name": "First", "method": "vanilla", "sparsity": "0.25"})
    bad = urlencode({"name": "`x`", "method": "magic"})
    strange = urlencode({"name": "Strange", "protect": "nowhere"})
    app = visit(pin=[good, bad, strange, "x" * 5000])
    assert not app.exception
    assert not app.error
    assert [(pin.name, pin.state.method) for pin in pinned(app)] == [
        ("First", "vanilla"), ("`x`", "ranp-f"), ("Strange", "ranp-f")
    ]  # fmt: skip
    told = " ".join(warning.value for warning in app.warning)
    assert "`magic`" in told
    assert "too long" in told
    assert len(app.dataframe[0].value) == 3  # the present plan is the second's


def test_a_pin_survives_its_link(state: ExplorerState) -> None:
    name = "A & B = 50 % + λ"
    there = replace(state, method="blend", alpha=0.3, protect=("encoder1.conv1",), caps=(("final", 0.5),), seed=3)
    ((name_again, again),), notices = read_pins([write_pin(Pin(1, 0, name, there), CHOICES)], CHOICES)
    assert (name_again, decisive(again), notices) == (name, decisive(there), [])


def test_a_link_cannot_fill_more_than_the_board() -> None:
    found, notices = read_pins([f"sparsity=0.{step}" for step in range(10, 60)], CHOICES)
    assert len(found) == MAX_PINS
    assert "50 plans" in notices[0]
    assert len(clean_name("a\u202eb\x00c" * 40)) <= 40
    assert "\u202e" not in clean_name("a\u202eb")


def test_the_file_has_a_row_a_plan_and_no_formula(state: ExplorerState) -> None:
    entries = [facts_of.entry(name, 0, state, CHOICES) for name in ("=1+1", "plain")]
    rows = list(csv.DictReader(io.StringIO(as_csv(entries).decode())))
    assert [row["plan"] for row in rows] == ["'=1+1", "plain"]
    assert int(rows[0]["pruned_macs"]) == entries[0].plan.pruned.macs


@pytest.mark.parametrize(("target", "level"), [("macs", 0.3), ("sparsity", 0.4)])
def test_flips_are_those_of_the_plans(state: ExplorerState, target: str, level: float) -> None:
    facts = facts_of.flips(state, target, level, CHOICES)
    states = at_equal(state, target, level, CHOICES)
    kept = {name: compute.plan(states[name]).kept for name in facts.methods}
    for first, second in combinations(kept, 2):
        sets = [{(layer, index) for layer, mask in kept[name].items() for index, stays in enumerate(mask) if stays}
                for name in (first, second)]  # fmt: skip
        one = facts.in_all[first, second]
        assert (one.rescued, one.lost, one.both) == (len(sets[1] - sets[0]), len(sets[0] - sets[1]),
                                                     len(sets[0] & sets[1]))  # fmt: skip
        assert one.rescued == sum(layer.rescued for layer in facts.by_layer[first, second].values())
    if target == "sparsity":
        assert {one.sparsity for one in facts.methods.values()} == {level}


def test_ranks_below_the_threshold_stay(state: ExplorerState) -> None:
    """3D-UNet ties no channels, so that outside the output layer rank alone decides."""
    facts = facts_of.flips(state, "sparsity", 0.4, CHOICES)
    for method in facts.methods.values():
        for layer in facts.layers[:-1]:
            np.testing.assert_array_equal(method.ranks[layer] < method.threshold, method.kept[layer])


def test_the_flips_tab_follows_a_neuron() -> None:
    app = tab(visit(), "Rank flips")
    assert not app.exception
    assert not app.error
    assert len(app.dataframe[0].value) == 6
    layer = app.selectbox(key="flip_layer").value
    app.selectbox(key=f"follow_{layer}").select_index(0).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2


def test_the_plane_holds_the_plans_of_its_points(state: ExplorerState) -> None:
    facts = facts_of.plane(state)
    assert len(facts.points) == len(facts_of.ALPHAS) * (len(facts_of.LAMBDAS) - 1) + 1
    for point in facts.points[::17]:
        config = PruningConfig(method="blend", sparsity=state.sparsity, alpha=point.alpha, lam=point.lam)
        plan = by_library(state, config)
        assert (point.macs, point.memory, point.feasible) == (
            plan.pruned.macs / plan.full.macs, plan.pruned.activations / plan.full.activations, plan.feasible
        )  # fmt: skip
    at = next(point for point in facts.points if (point.alpha, point.lam) == (1.0, state.lam))
    assert facts.present == (at.macs, at.memory)


def test_a_point_of_the_plane_opens_in_explore() -> None:
    app = tab(visit(), "MACs and memory")
    app.selectbox(key="plane_lam").set_value(5.0).run()
    app.selectbox(key="plane_alpha").set_value(0.3).run()
    app.button(key="pin_point").click().run()
    assert (pinned(app)[0].state.method, pinned(app)[0].state.alpha, pinned(app)[0].state.lam) == ("blend", 0.3, 5.0)
    app.button(key="open_point").click().run()
    assert not app.exception
    told = {name: value for name, value in dict(app.query_params).items() if name != "pin"}
    assert told == {"method": "blend", "alpha": "0.3", "lambda": "5"}


def test_stability_is_measured_on_demand_and_agrees_with_sets(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = partial(Scoring, count=2, batch_size=1)  # a fourth of the time
    monkeypatch.setattr(heavy, "settings_of", lambda state: quick(state.criterion, state.reduce, seed=state.seed))
    app = tab(visit(), "Stability")
    assert not app.metric
    app.session_state["draws"] = 3
    app.run()
    app.button(key="measure").click().run()
    assert not app.exception
    assert not app.error
    assert len(app.get("plotly_chart")) == 2
    facts = stability_of.measured(state, 3)
    plans = [stability_of._kept(state, one) for one in stability_of.variations(state, 3)]
    assert facts.batches.plans == facts.weights.plans == 3
    examples = [{(layer, index) for layer, mask in plan.items() for index, stays in enumerate(mask) if stays}
                for plan in plans[:3]]  # fmt: skip
    shared = [len(one & other) / len(one | other) for one, other in combinations(examples, 2)]
    assert facts.batches.in_all_mean == pytest.approx(np.mean(shared))
    assert facts.batches.in_all_std == pytest.approx(np.std(shared))
    assert facts.batches.in_all_mean > facts.batches.in_all_chance + 0.1  # the neurons are the same
    assert facts.weights.in_all_mean == pytest.approx(facts.weights.in_all_chance, abs=0.08)  # and here they are not


def test_stability_says_why_it_cannot_be_measured(state: ExplorerState, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stability_of.obstacle(replace(state, method="random")) == "method"
    monkeypatch.setattr(stability_of, "MOST_MACS", 1)
    app = tab(visit(), "Stability")
    assert "classroom" in app.info[0].value
    assert not app.button or "measure" not in [button.key for button in app.button]


def test_a_pin_that_takes_minutes_waits_for_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "is_long", lambda state: state.seed == 91)
    app = visit(pin=urlencode({"name": "Long", "seed": 91}))
    assert "open it in Explore" in app.info[0].value
    assert len(app.dataframe[0].value) == 1


@pytest.fixture(scope="module")
def figures(state: ExplorerState) -> dict[str, Any]:
    entries = [facts_of.entry("<b>one</b>", 0, state, CHOICES),
               facts_of.entry("two", 7, replace(state, method="vanilla", sparsity=0.9), CHOICES)]  # fmt: skip
    flips = facts_of.flips(state, "sparsity", 0.4, CHOICES)
    pair = ("vanilla", "ranp-f")
    spread = stability_of._spread([compute.plan(replace(state, sparsity=share)).kept for share in (0.3, 0.5)])
    steady = stability_of.StabilityFacts(flips.layers, 0.5, spread, spread)
    return {
        "overlay": lambda colours: overlay(entries, "macs", colours),
        "retention": lambda colours: retention_map(entries, colours),
        "flips": lambda colours: flips_figure(flips, *pair, colours),
        "bump": lambda colours: bump(flips, flips.layers[0], pair, 0, colours),
        "plane": lambda colours: plane_figure(facts_of.plane(state), colours),
        "agreement": lambda colours: agreement(steady, colours),
        "kept": lambda colours: kept_spread(steady, colours),
    }


@pytest.mark.parametrize("colours", [charts.LIGHT, charts.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["overlay", "retention", "flips", "bump", "plane", "agreement", "kept"])
def test_axes_are_fixed_and_names_are_no_markup(figures: dict[str, Any], name: str, colours: charts.Palette) -> None:
    figure = figures[name](colours)
    assert figure.layout.xaxis.range is not None
    assert figure.layout.yaxis.range is not None
    assert figure.layout.xaxis.title.text or figure.layout.xaxis.ticktext
    assert "<b>one</b>" not in json.dumps(figure.to_plotly_json(), default=str)


def test_no_two_plans_share_a_mark() -> None:
    for colours in (charts.LIGHT, charts.DARK):
        looks = [look(slot, "ranp-f", colours) for slot in range(-1, MAX_PINS)]
        assert len({one.symbol for one in looks}) == len({one.sign for one in looks}) == MAX_PINS + 1
        assert {one.colour for one in looks} == {METHOD_LOOKS["ranp-f"].colour(colours)}


def test_a_large_layer_shows_some_of_each_kind(state: ExplorerState) -> None:
    facts = facts_of.flips(state, "sparsity", 0.4, CHOICES)
    largest = max(facts.layers, key=lambda name: facts.methods["vanilla"].kept[name].size)
    shown = neurons_shown(facts, largest, ("vanilla", "ranp-f"))
    assert len(shown) == len(set(shown)) <= 64
