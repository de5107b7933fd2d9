"""The history of a visit: what is a step, where back and forth lead, and what each step is called."""

from dataclasses import replace

import pytest

from explorer import compute
from explorer.state import ExplorerState, History, default_state, labels, record, settle, travel
from explorer.state.history import MOST_STEPS

CHOICES = compute.choices()
START = default_state(CHOICES)


def visited(*states: ExplorerState) -> History:
    history = History()
    for state in states:
        history = record(history, state)
    return history


def test_looking_is_no_step_and_a_change_is_one() -> None:
    history = visited(START, replace(START, layer="encoder1.conv1", neuron=3, xray=2), replace(START, sparsity=0.3))
    assert [step.state.sparsity for step in history.steps] == [START.sparsity, 0.3]
    assert (history.at, history.present and history.present.state.layer) == (1, "")


def test_back_forth_and_a_change_after_going_back() -> None:
    states = [replace(START, sparsity=share) for share in (0.1, 0.2, 0.3)]
    history = visited(*states)
    first, second, third = history.steps
    back = travel(history, second.number)
    assert (back.at, back.steps) == (1, history.steps), "what comes after stays, for the way forth"
    assert travel(back, third.number) == history
    assert travel(back, 99) == back
    other = record(back, replace(START, sparsity=0.9))
    assert [step.state.sparsity for step in other.steps] == [0.1, 0.2, 0.9]
    assert other.steps[-1].number > third.number, "the number of a step that is gone names nothing any more"
    assert first.number == other.steps[0].number


def test_the_browsers_own_history_moves_among_the_steps() -> None:
    history = visited(START, replace(START, sparsity=0.3))
    assert record(history, START, travelled=True).at == 0
    assert len(record(history, START).steps) == 3, "the same plan again by hand is a step"


def test_the_oldest_steps_are_forgotten() -> None:
    history = visited(*(replace(START, seed=seed) for seed in range(MOST_STEPS + 5)))
    assert len(history.steps) == MOST_STEPS
    assert history.steps[0].state.seed == 5
    assert history.at == MOST_STEPS - 1


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"sparsity": 0.3}, "sparsity 30.0 %"),
        ({"method": "ranp-m"}, "RANP-m"),
        ({"target": "macs", "budget": 0.125}, "MACs 12.5 %"),
        ({"coupling": "all"}, "tied layers: all keep it"),
        ({"protect": ("encoder1.conv1",)}, "protected layers: 1"),
        ({"seed": 4}, "Seed 4"),
        ({"method": "random", "sparsity": 0.3}, "sparsity 30.0 %, Random"),
        ({"method": "random", "sparsity": 0.3, "seed": 4}, "Random, sparsity 30.0 %"),
    ],
)
def test_a_step_says_what_it_changed(changes: dict[str, object], label: str) -> None:
    history = visited(START, settle(replace(START, **changes)))  # type: ignore[arg-type]
    assert labels(history, CHOICES)[1] == label


def test_another_network_is_named() -> None:
    other = default_state(CHOICES, "i3d")
    architecture = CHOICES.architectures["i3d"]
    title = f"{architecture.title}, {architecture.presets[other.preset].title}"
    assert labels(visited(START, other), CHOICES) == ["RANP-f, sparsity 50.0 %", title]
