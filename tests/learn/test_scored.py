"""The tour on accuracy: the answer is that of the races at hand, and the scores show once it is given."""

import json

import pytest

from explorer.compute import choices, importance, network, tracing
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import TOURS
from explorer.state import ExplorerState, default_state
from ranp.checks import against_cost
from tests.checks.made_races import by_name, made
from tests.learn.test_page_learn import told, visit

BRAIN = {"full": (0.9, 0.92, 0.91), "ranp-f": (0.89, 0.91, 0.89), "thin": (0.5, 0.52, 0.51), "random": (0.8, 0.7, 0.8)}
STEREO = {"full": (3.0, 3.1, 3.0), "ranp-f": (3.4, 3.6, 3.5), "thin": (3.3, 3.2, 3.4)}


@pytest.fixture
def races(monkeypatch: pytest.MonkeyPatch) -> None:
    found = against_cost(by_name(made(BRAIN), made(STEREO, "stereo")))
    monkeypatch.setattr("explorer.compute.raced", lambda: found)
    monkeypatch.setattr("explorer.compute.not_raced", lambda: ("brain at 5%",))


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    found = default_state(choices(), "unet3d", "classroom")
    tracing(found).result()
    importance(found).result()
    return found


@pytest.mark.usefixtures("races")
def test_the_network_at_hand_comes_first_and_the_answer_is_of_its_races(state: ExplorerState) -> None:
    def asked(name: str) -> tuple[str, set[str], str]:
        question = QUESTIONS[name](gather(state, network(state), {}))
        return question.text, {question.options[place] for place in question.right}, question.because

    text, right, because = asked("beside_thin")
    assert text.startswith("brain: RANP-f leaves 25% of the MACs")
    assert right == {"it is better"}
    # 0.39, 0.39, 0.38: mean 0.3867, deviation 0.00577, ± 4.303 · 0.00577 / √3 = 0.0143
    assert "better by 0.372 to 0.401" in because
    assert asked("beside_full_at_the_least")[1] == {"nobody has run that yet"}


@pytest.mark.usefixtures("races")
def test_scores_show_once_the_visitor_has_guessed() -> None:
    app = visit(tour="accuracy", step="2")
    assert not app.exception
    assert not app.get("plotly_chart")
    assert "better by" not in told(app)
    app.radio[0].set_value("it is worse").run()
    assert "it is better" not in told(app)
    assert not app.get("plotly_chart")
    app.radio[0].set_value("it is better").run()
    assert "better by" in told(app)
    [figure] = app.get("plotly_chart")
    drawn = {trace.get("name") for trace in json.loads(figure.proto.spec)["data"]}
    assert drawn == {None, "full", "ranp-f", "thin", "random", "runs failed"}
    captions = " ".join(each.value for each in app.caption)
    assert "The races of brain." in captions
    assert "Not run yet: brain at 5%." in captions


def test_without_races_nothing_is_guessed_or_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("another version")

    monkeypatch.setattr("explorer.compute.raced", broken)
    app = visit(tour="accuracy", step="1")
    app.radio[0].set_value("nobody has run that yet").run()
    assert "**Yes.**" in told(app)
    assert not app.get("plotly_chart")
    assert not app.exception
    assert len(TOURS["accuracy"].steps) == 3
