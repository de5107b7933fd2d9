"""The history of a visit: the plans that were at hand, one after the other, with a place among them.

A step back or forward changes nothing but the place. What is only looked at is no step of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from explorer.state.pins import default_name
from explorer.state.state import Choices, ExplorerState
from explorer.units import percent
from ranp.selection import PRICED_LIVE, SETTINGS, OneOf

MOST_STEPS = 60
"""So many are kept, the latest."""

_LOOKED_AT: dict[str, Any] = {"layer": "", "neuron": -1, "xray": 1, "table": ""}
_FOLLOWS = ("alpha", "time_share")
"""What goes along with a method that is chosen."""
_SHARES = {"sparsity", "budget", "also_budget"}


@dataclass(frozen=True)
class Step:
    """One state of the visit. ``number`` is its own for the whole visit."""

    number: int
    state: ExplorerState


@dataclass(frozen=True)
class History:
    """Steps in their order, the place among them, and the number of the latest step ever made."""

    steps: tuple[Step, ...] = ()
    at: int = -1
    made: int = 0

    @property
    def present(self) -> Step | None:
        """The step that is shown; none before the first."""
        return self.steps[self.at] if self.steps else None


def record(history: History, state: ExplorerState, travelled: bool = False) -> History:
    """The history once this state is at hand: a new step, unless nothing but what is looked at has changed.

    ``travelled`` says that the browser's own history led here: its neighbours are then places, not new steps.
    """
    here = without_look(state)
    near = (0, -1, 1) if travelled else (0,)
    for place in (history.at + way for way in near):
        if 0 <= place < len(history.steps) and history.steps[place].state == here:
            return replace(history, at=place)
    steps = (*history.steps[: history.at + 1], Step(history.made + 1, here))[-MOST_STEPS:]
    return History(steps, len(steps) - 1, history.made + 1)


def travel(history: History, number: int) -> History:
    """The history at the step of that number; unchanged where there is none."""
    place = next((place for place, step in enumerate(history.steps) if step.number == number), history.at)
    return replace(history, at=place)


def without_look(state: ExplorerState) -> ExplorerState:
    """The state without what is only looked at."""
    return replace(state, **_LOOKED_AT)


def labels(history: History, choices: Choices) -> list[str]:
    """What each step changed, in a few words; of the first, the plan."""
    if not history.steps:
        return []
    first = default_name(history.steps[0].state, choices)
    return [first, *(describe(one.state, other.state, choices) for one, other in pairwise(history.steps))]


def describe(before: ExplorerState, after: ExplorerState, choices: Choices) -> str:
    """What is other than before, in a few words; where it is much, the plan."""
    if (before.architecture, before.preset) != (after.architecture, after.preset):
        architecture = choices.architectures[after.architecture]
        return f"{architecture.title}, {architecture.presets[after.preset].title}"
    told = list(_changes(before, after, choices))
    return ", ".join(told) if 0 < len(told) <= 2 else default_name(after, choices)


def _changes(before: ExplorerState, after: ExplorerState, choices: Choices) -> Iterator[str]:
    names = [name for name in SETTINGS if hasattr(after, name) and getattr(before, name) != getattr(after, name)]
    if {"target", "sparsity", "budget", "also", "also_budget"} & set(names):
        yield _prescribed(after)
    for name in names:
        if name in ("target", "also", *_SHARES) or ("method" in names and name in _FOLLOWS):
            continue
        yield _told(name, after, choices)


def _prescribed(state: ExplorerState) -> str:
    if not state.limits:
        return f"sparsity {percent(state.sparsity)}"
    return " and ".join(f"{PRICED_LIVE[name].short} {percent(share)}" for name, share in state.limits)


def _told(name: str, state: ExplorerState, choices: Choices) -> str:
    setting, value = SETTINGS[name], getattr(state, name)
    if name == "method":
        return choices.methods[value]
    if isinstance(setting.form, OneOf):
        return f"{setting.label.lower()}: {setting.form.titles.get(value, value)}"
    if name in ("protect", "caps"):
        return f"{setting.label.lower()}: {len(value)}"
    return f"{setting.label.split(':')[0]} {value:.4g}" if isinstance(value, (int, float)) else setting.label.lower()
