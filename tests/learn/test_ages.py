"""The tour on when to prune: what a training takes is what a run of the library takes, and the races answer."""

import pytest

from explorer.compute import choices, importance, network, tracing
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.ages import training_shares
from explorer.learn.questions.asking import Question
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import TOURS
from explorer.state import ExplorerState, default_state
from explorer.units import percent
from ranp.checks import AGES, Race, when_name, when_raced
from ranp.selection import PruningConfig
from tests.checks.made_races import by_name
from tests.schedules.ground import Asked, ground, run
from tests.schedules.ground import network as neurons
from tests.schedules.test_when import SLIM, WIDE, raced

STEPS = 40


@pytest.mark.parametrize("age", AGES[1:])
def test_shares_are_what_a_run_of_the_schedule_takes(age: str) -> None:
    """Forty steps of sixty-four neurons: a neuron, or a step, is a small part of it."""
    works = ground(neurons(64), PruningConfig("vanilla", budget=("macs", 0.25)), Asked())
    run(age, works, steps=STEPS)
    trained = sum(macs for macs, _ in works.meter.trained) / (3 * 4 * STEPS * works.meter.full)
    assert training_shares(0.25)[age] == pytest.approx(trained, abs=0.02)


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    found = default_state(choices(), "unet3d", "classroom")
    tracing(found).result()
    importance(found).result()
    return found


def asked(state: ExplorerState, name: str) -> tuple[Question, set[str]]:
    step = next(step for step in TOURS["ages"].steps if step.question == name)
    question = QUESTIONS[name](gather(state, network(state), step.settings))
    return question, {question.options[place] for place in question.right}


def test_the_answers_are_of_the_network_at_hand(state: ExplorerState) -> None:
    step = TOURS["ages"].steps[0]
    left = gather(state, network(state), step.settings).look().macs_left
    assert 0.2 < left <= 0.25
    question, right = asked(state, "bill_before")
    assert right == {"a tenth to a third"}
    assert question.text.startswith(f"{percent(left)} of the MACs are left")
    question, right = asked(state, "gradual_or_after")
    assert right == {"all at once"}
    assert f"after {percent((1 + left) / 2)}" in question.because
    _, right = asked(state, "dearest_age")
    assert right == {"soft"}


@pytest.mark.parametrize("equal", ["steps", "total"])
def test_the_last_answer_is_that_of_the_races(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch, equal: str
) -> None:
    races: list[Race] = [raced(WIDE, when_name("tissue", 0.25, equal)), raced(SLIM, when_name("tissue", 0.10))]
    monkeypatch.setattr("explorer.compute.raced_when", lambda: when_raced(by_name(*races)))
    question, right = asked(state, "after_beside_init")
    assert right == {"it is better"}
    assert f"at equal {'bills' if equal == 'total' else 'steps'}?" in question.text
    assert "+0.080 ± 0.000" in question.because
    monkeypatch.setattr("explorer.compute.raced_when", tuple)
    assert asked(state, "after_beside_init")[1] == {"nobody has run that yet"}
