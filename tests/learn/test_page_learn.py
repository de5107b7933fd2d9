"""The Learn page by what a visitor sees, and every question's answer against figures from the library."""

from dataclasses import fields
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer import compute
from explorer.compute import plans
from explorer.facts import NetworkFacts
from explorer.learn.hints import HINTS
from explorer.learn.page import locks, scene
from explorer.learn.questions import QUESTIONS, seconds
from explorer.learn.questions.asking import Question, times
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import TOURS
from explorer.learn.wording import GUESS, GUESS_FIRST
from explorer.page.share import compose
from explorer.state import CONTROLS, ExplorerState, Lesson, default_state, from_query, settle, to_query
from ranp.data import batches, loss
from ranp.graph import ChannelGraph, trace
from ranp.importance import importance
from ranp.models import build, example_inputs, find_preset
from ranp.plan import Plan, prune
from ranp.selection import METHODS, PruningConfig, plan_curve
from ranp.timing import TimeTable, shipped_table
from ranp.types import Scores
from tests.cases import SMALL
from tests.explore.test_explorer import sent

APP = str(Path(__file__).parents[2] / "explorer" / "app.py")
STEPS = [(name, number) for name, tour in TOURS.items() for number in range(1, len(tour.steps) + 1)]
CHARTS = {"layers", "importance", "macs", "left", "methods"}
"""What `explorer/live/assets/views/lesson.js` draws, which `tests/live/twins.test.js` compares."""


def visit(**query: str | list[str]) -> AppTest:
    """Open the page by its address. `AppTest` knows pages that are files only, so its page is set by hand."""
    app = AppTest.from_file(APP, default_timeout=120)
    app._page_hash = calc_hash("learn")
    app.session_state["share"] = True  # the popover is open
    for name, value in (query or SMALL).items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> ExplorerState:
    state = app.session_state["_last_state"]
    assert isinstance(state, ExplorerState)
    return state


def told(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.success, *app.info, *app.error, *app.warning))


def doors(app: AppTest) -> list[str]:
    """The buttons that lead into tours, by their titles."""
    return [button.label for button in app.button if str(button.key).removeprefix("tour_") in TOURS]


def test_the_list_of_tours_leads_into_each() -> None:
    app = visit()
    assert not app.exception
    assert doors(app) == [tour.title for tour in TOURS.values()]
    app.button(key="tour_fair").click().run()
    assert dict(app.query_params) == {"tour": "fair", "step": "1"}
    assert shown(app).sparsity == TOURS["fair"].steps[0].settings["sparsity"]


def test_a_step_forward_sets_the_controls_and_the_link() -> None:
    app = visit(tour="empty", step="1", snap="add")
    assert shown(app).snap == "add"
    app.button(key="tour_next").click().run()
    assert dict(app.query_params) == {"tour": "empty", "step": "2"}
    assert shown(app).snap == "off"
    app.button(key="tour_next").click().run()
    assert shown(app).sparsity == TOURS["empty"].steps[2].settings["sparsity"]
    app.button(key="tour_back").click().run()
    assert shown(app).sparsity == TOURS["empty"].steps[1].settings["sparsity"]
    app.button(key="tour_all").click().run()
    assert "tour" not in app.query_params
    assert len(app.radio) == 0
    assert not app.exception


def test_a_link_to_a_step_restores_what_was_moved_on_it() -> None:
    app = visit(tour="empty", step="2", sparsity="0.4", seed="1")
    assert (shown(app).sparsity, shown(app).method, shown(app).seed) == (0.4, "vanilla", 1)
    assert dict(app.query_params) == {"tour": "empty", "step": "2", "sparsity": "0.4", "seed": "1"}
    app.button(key="tour_reset").click().run()
    assert (shown(app).sparsity, shown(app).seed) == (0.2, 1)


def test_a_tour_takes_its_network_at_its_door_and_leaves_the_choice_then() -> None:
    app = visit(tour="ties")
    assert app.selectbox(key="architecture").value == "mobilenetv2"
    app.selectbox(key="architecture").set_value("unet3d").run()
    assert shown(app).sparsity == TOURS["ties"].steps[0].settings["sparsity"]
    app.button(key="tour_next").click().run()
    assert shown(app).architecture == "unet3d"
    assert app.query_params["architecture"] == "unet3d"
    assert not app.exception


def test_a_wrong_link_says_so() -> None:
    assert "from 1 to 3" in told(visit(tour="fair", step="99"))
    app = visit(tour="<script>alert(1)</script>")
    assert "no tour `<script>" in told(app)
    assert len(doors(app)) == len(TOURS)


def test_the_right_answer_reveals_the_figures() -> None:
    app = visit(tour="neuron", step="1")
    options = app.radio[0].options
    assert "588" in options
    assert not app.success
    assert sent(app)["extra"]["veils"] == ["left"]
    app.radio[0].set_value(options.index("588")).run()
    assert "588" in app.success[0].value
    assert sent(app)["extra"]["veils"] == []


def test_a_wrong_answer_gets_a_hint_then_another_and_only_then_the_answer() -> None:
    app = visit(tour="empty", step="2")
    first, second = HINTS["first_to_empty"]
    right = "`encoder4.conv2`"
    wrong = [place for place, option in enumerate(app.radio[0].options) if option != right]
    assert len(wrong) > 2
    for place, hint in zip(wrong, (first, second), strict=False):
        app.radio[0].set_value(place).run()
        assert hint in told(app)
        assert right not in told(app)
        assert sent(app)["extra"]["veils"] == ["reach"]
    app.radio[0].set_value(wrong[0]).run()
    assert second in told(app), "a wrong answer that was tried before costs nothing"
    app.radio[0].set_value(wrong[2]).run()
    assert right in told(app)
    assert sent(app)["extra"]["veils"] == []
    assert not app.exception


def test_after_two_hints_the_answer_may_be_asked_for() -> None:
    app = visit(tour="neuron", step="1")
    options = app.radio[0].options
    for place in [place for place, option in enumerate(options) if option != "588"][:2]:
        assert "tour_tell" not in [button.key for button in app.button]
        app.radio[0].set_value(place).run()
    assert "588" not in told(app)
    app.button(key="tour_tell").click().run()
    assert "588" in told(app)
    assert not app.success


def test_every_question_has_its_two_hints_and_none_of_them_names_the_answer(known) -> None:
    assert list(HINTS) == list(QUESTIONS)
    for name, hints in HINTS.items():
        assert len(set(hints)) == 2
        question = asked(known, name)
        right = [question.options[place].strip("`") for place in question.right]
        assert not [(hint, option) for hint in hints for option in right if option in hint and len(option) > 1], name


def test_a_lesson_hides_the_chooser_and_its_live_controls() -> None:
    app = visit(tour="empty", step="2", hide=["architecture", "preset", "criterion", "reduce", "seed", "sparsity"])
    assert not app.exception
    assert len(app.selectbox) == 0
    step = TOURS["empty"].steps[1]
    assert "sparsity" not in locks(step, Lesson()).hide
    assert {"sparsity", "method"} <= set(locks(step, Lesson(hide=("sparsity",))).hide)


def test_the_link_of_a_lesson_is_composed_from_the_controls() -> None:
    app = visit(tour="fair", step="1")
    app.multiselect(key="share_hide").set_value(["seed"]).run()
    app.multiselect(key="share_fix").set_value(["method"]).run()
    assert app.code[0].value.endswith("?tour=fair&step=1&hide=seed&fix=method&fix=alpha")
    assert compose(["method"], [], "blend") == Lesson(("method",), ())


def test_seconds_show_once_the_question_about_them_is_answered() -> None:
    app = visit(tour="time", step="1")
    assert sent(app)["times"] == {
        "packet": None, "source": GUESS, "about": "", "pending": False, "why": GUESS_FIRST, "errors": {}
    }  # fmt: skip
    app.radio[0].set_value("nearly all").run()
    assert sent(app)["times"]["packet"] is not None
    assert "98.3 %: " in told(app)
    assert not app.exception


@pytest.fixture
def shapes_without_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """One preset has no table on this machine; the tour's own has."""
    known = shipped_table

    def without(architecture: str, preset: str) -> TimeTable | None:
        return None if preset == "classroom-shapes" else known(architecture, preset)

    monkeypatch.setattr("explorer.compute.time_tables.shipped_table", without)


@pytest.mark.usefixtures("shapes_without_table")
def test_a_network_without_a_time_table_is_not_asked_and_another_is_offered() -> None:
    app = visit(tour="time", step="4", preset="classroom-shapes")
    assert "`ranp time unet3d --preset classroom-shapes --out table.json`" in told(app)
    assert len(app.radio) == 0
    assert "no table of this network is at hand" in sent(app)["times"]["source"]
    app.button(key="tour_home").click().run()
    assert dict(app.query_params) == {"tour": "time", "step": "4"}
    assert len(app.radio) == 1
    assert not app.exception


@pytest.mark.usefixtures("shapes_without_table")
def test_a_lesson_that_fixes_the_network_offers_no_other() -> None:
    app = visit(tour="time", step="4", preset="classroom-shapes", fix="preset")
    assert "no time table" in told(app)
    assert "tour_home" not in [button.key for button in app.button]


def test_steps_whose_question_is_about_seconds_are_timed() -> None:
    for tour in TOURS.values():
        for step in tour.steps:
            assert step.timed == (QUESTIONS[step.question].__module__ == seconds.__name__), step.title
        assert not any(step.timed for step in tour.steps) or shipped_table(*(tour.network or ("", "")))


@pytest.mark.parametrize("place", STEPS)
def test_a_step_is_well_made(place: tuple[str, int]) -> None:
    """Its question exists, its settings are fields of the state that a link can carry, its controls are the app's."""
    tour, number = place
    step, choices = TOURS[tour].steps[number - 1], compute.choices()
    assert step.question in QUESTIONS
    assert set(step.settings) <= {field.name for field in fields(ExplorerState)} - {"protect", "caps", "layer"}
    assert set(step.controls) <= set(CONTROLS)
    assert set(step.charts) <= CHARTS
    assert set(step.veils) <= {"reach", "left"}
    start, notices = from_query({}, choices, scene(place))
    assert notices == []
    assert to_query(start, choices, scene(place)) == {}
    spelt = {"lam": "lambda"}
    texts = {spelt.get(name, name): [str(value)] for name, value in step.settings.items()}
    assert from_query(texts, choices)[1] == []


class Library:
    """The same network without the explorer: plans and curves, straight from `ranp`."""

    def __init__(self, architecture: str) -> None:
        preset = find_preset(architecture, "classroom")
        self.model = build(architecture, "classroom", seed=0)
        self.graph: ChannelGraph = trace(self.model, example_inputs(architecture, "classroom"))
        data = batches(preset.task, preset.input_shapes[0], preset.arguments["classes"], batch_size=2, count=4, seed=0)
        self.scores: Scores = importance(self.model, data, loss(preset.task), layers=list(self.graph.layers.values()))

    def plan(self, method: str, lam: float = 11.0, **rest: object) -> Plan:
        return prune(self.graph, self.scores, PruningConfig(method=method, lam=lam, **rest), self.model)  # type: ignore[arg-type]

    def first_empty(self, method: str) -> str | None:
        config = PruningConfig(method=method, sparsity=0.0)
        return plan_curve(self.graph, self.scores, config, plans.GRID, self.model).first_empty_layer


@pytest.fixture(scope="module", params=["unet3d", "mobilenetv2"])
def known(request: pytest.FixtureRequest) -> tuple[Library, ExplorerState, NetworkFacts]:
    state = default_state(compute.choices(), request.param, "classroom")
    compute.tracing(state).result()
    compute.importance(state).result()
    return Library(request.param), state, compute.network(state)


def asked(known: tuple[Library, ExplorerState, NetworkFacts], name: str) -> Question:
    step = next(step for tour in TOURS.values() for step in tour.steps if step.question == name)
    return QUESTIONS[name](gather(known[1], known[2], step.settings))


def right(question: Question) -> set[str]:
    return {question.options[place] for place in question.right}


def test_every_question_has_a_true_and_a_false_option_whatever_the_method(known) -> None:
    for name in QUESTIONS:
        question = asked(known, name)
        assert 0 < len(question.right) < len(question.options), name
        assert len(set(question.options)) == len(question.options), name
        assert question.text.endswith("?"), name
        assert question.because, name


def test_counts_are_the_librarys(known) -> None:
    library = known[0]
    neurons = sum(layer.neurons for layer in library.graph.layers.values())
    assert right(asked(known, "count_neurons")) == {f"{neurons:,}"}
    tied = sum(bool(layer.coupled) for layer in library.graph.layers.values())
    assert right(asked(known, "tied_layers")) == {str(tied)}


def test_what_empties_first_and_last_is_the_librarys(known) -> None:
    library = known[0]
    assert right(asked(known, "first_to_empty")) == {f"`{library.first_empty('vanilla')}`"}
    titles = {name: METHODS[name].title for name in ("vanilla", "weighted", "ranp-f", "ranp-m")}
    lam = known[1].lam
    reach = {title: library.plan(name, lam, sparsity=0.0).max_feasible_sparsity for name, title in titles.items()}
    assert right(asked(known, "goes_furthest")) == {title for title in reach if reach[title] == max(reach.values())}


def test_scores_and_costs_are_the_librarys(known) -> None:
    library = known[0]
    highest = max(library.scores, key=lambda name: float(library.scores[name].max()))
    assert right(asked(known, "most_sensitive_layer")) == {f"`{highest}`"}
    means = [float(values.mean()) for values in library.scores.values()]
    assert times(max(means) / min(means)) in asked(known, "spread_of_scores").because
    outputs = library.graph.layer_costs("activations")
    assert f"`{max(outputs, key=outputs.__getitem__)}`" in right(asked(known, "largest_output"))


def test_comparisons_are_the_librarys(known) -> None:
    library = known[0]
    without, with_it = (library.plan("ranp-f", lam, sparsity=0.5).pruned.macs for lam in (0.0, 11.0))
    assert right(asked(known, "lambda_saves")) == {"they fall" if with_it < without else "they rise"}
    some, every = (library.plan("ranp-f", known[1].lam, sparsity=0.3, coupling=c) for c in ("any", "all"))
    some_left, every_left = (sum(int(mask.sum()) for mask in plan.kept.values()) for plan in (some, every))
    expected = "fewer" if every_left < some_left else "as many" if every_left == some_left else "more"
    assert right(asked(known, "any_or_all")) == {expected}
    vanilla, ranp = (library.plan(name, sparsity=0.4).pruned.macs for name in ("vanilla", "ranp-f"))
    assert f"{vanilla / ranp:.1f} times" in asked(known, "how_unequal").because


def test_a_question_keeps_to_its_step_whatever_was_moved(known) -> None:
    _, state, network = known
    step = TOURS["balance"].steps[0]
    moved = settle(ExplorerState(**{**vars(state), "method": "random", "sparsity": 0.9, "protect": ("nowhere",)}))
    ask = QUESTIONS[step.question]
    assert ask(gather(moved, network, step.settings)) == ask(gather(state, network, step.settings))
