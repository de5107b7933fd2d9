"""The table of settings: what is made from it agrees with it, and nothing else tells a setting again."""

import argparse
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from explorer.page.component import LIVE, controls, from_settings, to_settings
from explorer.state import CONTROLS, Choices, ExplorerState, Lesson, default_state, from_query, to_query
from ranp.cli.arguments import add_pruning, add_scoring
from ranp.graph import COUPLINGS
from ranp.plan import PLANNED
from ranp.selection import ALLOCATIONS, METHODS, PLATEAUS, SETTINGS, Chosen, OneOf, PruningConfig
from tests.state.test_state import CHOICES

ROOT = Path(__file__).parents[2]
MOST_FILES = 8
"""Of `ranp/` and `explorer/` that may name one setting."""

VALUES: dict[str, Any] = {
    "method": "blend", "target": "memory", "sparsity": 0.123456789, "budget": 0.3, "alpha": 0.1, "lam": 80.5,
    "also": "inference", "also_budget": 0.4, "time_share": 0.2,
    "coupling": "all", "min_neurons": 3, "plateau": "keep", "snap": "drop", "protect": ("--a", "b=c"),
    "caps": (("b=c", 0.1), ("d", 1.0)), "card": 0.5, "batch": 4, "criterion": "mnmg", "reduce": "max", "seed": 7,
}  # fmt: skip
"""Of each setting one that is not its default."""


def test_every_setting_is_tried_here() -> None:
    assert {name for name, setting in SETTINGS.items() if setting.link} == set(VALUES)


@pytest.mark.parametrize("field", fields(Chosen), ids=lambda field: field.name)
def test_the_typed_fields_have_the_defaults_of_the_table(field: Any) -> None:
    assert field.default == SETTINGS[field.name].default
    SETTINGS[field.name].form.check(field.name, field.default)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_value_comes_back_from_texts_and_from_json(name: str) -> None:
    form, value = SETTINGS[name].form, VALUES.get(name, SETTINGS[name].default)
    assert form.from_json(form.to_json(value)) == value
    if SETTINGS[name].link:
        assert form.read(form.write(value)) == value
        assert form.read(form.texts_of_json(form.to_json(value))) == value


def test_a_state_of_other_settings_survives_link_and_component() -> None:
    methods = {name: method.title for name, method in METHODS.items()}
    choices = Choices(CHOICES.architectures, methods, CHOICES.criteria)
    start = default_state(choices)
    state = ExplorerState(start.architecture, start.preset, **VALUES)
    assert from_query(to_query(state, choices), choices) == (state, [])
    seen = from_settings(start, to_settings(state), choices)
    assert {name: getattr(seen, name) for name in LIVE} == {name: getattr(state, name) for name in LIVE}


def test_options_of_the_command_line_are_those_of_the_table() -> None:
    parser = argparse.ArgumentParser()
    add_scoring(parser)
    add_pruning(parser)
    args = parser.parse_args(
        [
            "--method=blend",
            "--alpha=0.1",
            "--time-share=0.2",
            "--lambda=80.5",
            "--coupling=all",
            "--min-neurons=3",
            "--plateau=keep",
            "--snap=drop",
            "--protect=--a",
            "--protect=b=c",
            "--cap=b=c=0.1",
            "--cap=d=1",
            "--criterion=mnmg",
            "--reduce=max",
        ]
    )
    optional = {name for name, setting in SETTINGS.items() if setting.help is not None and name in VALUES}
    given = {name: getattr(args, name) for name in optional}
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()} == {
        name: VALUES[name] for name in optional
    }


def test_a_plan_has_every_setting_of_the_library() -> None:
    assert set(PLANNED) >= {field.name for field in fields(PruningConfig)} - {"sparsity", "budget"}


def test_lessons_can_lock_what_the_component_shows() -> None:
    locked = controls(Lesson(hide=("lambda", "cap"), fix=("min_neurons",)))
    assert {name for name, control in locked.items() if control["hidden"]} == {"lam", "caps"}
    assert {name for name, control in locked.items() if control["fixed"]} == {"min_neurons"}
    assert set(CONTROLS) >= {"architecture", "preset", "lambda", "cap", "seed"}


def test_choices_are_those_of_who_uses_them() -> None:
    for name, names in (("coupling", COUPLINGS), ("plateau", PLATEAUS), ("method", METHODS)):
        form = SETTINGS[name].form
        assert isinstance(form, OneOf)
        assert list(form.titles) == list(names)
    assert {method.allocation for method in METHODS.values()} <= set(ALLOCATIONS)


@pytest.mark.parametrize("name", ["min_neurons", "MAX_MIN_NEURONS", "minNeurons"])
def test_a_setting_is_named_in_few_files(name: str) -> None:
    found = subprocess.run(
        ["git", "grep", "-lw", "--untracked", name, "--", "ranp/*.py", "explorer/*.py", "explorer/*.js"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    assert len(found) <= MOST_FILES, found
