"""Quick and converging recipes: which a check trains by, and how it is asked for."""

import argparse
from dataclasses import replace

import pytest

from explorer.state import default_state
from explorer.training import requests
from explorer.training.facts_of import check_facts
from ranp.__main__ import main
from ranp.checks import COURSES, Check, Contestant
from ranp.cli.commands.train import add_check, chosen_check
from ranp.models import RECIPES, Recipe
from ranp.queue import Job
from ranp.subject import Subject

UNET = Subject("unet3d", "classroom-shapes")


def asked(*arguments: str) -> Check:
    parser = argparse.ArgumentParser()
    add_check(parser)
    return chosen_check(parser.parse_args(["unet3d", "--preset", "classroom-shapes", *arguments]))


@pytest.mark.parametrize("name", COURSES)
def test_every_race_is_by_a_converging_recipe_several_times_as_long(name: str) -> None:
    course = COURSES[name]
    quick, long = (course.subject.recipes[each] for each in RECIPES)
    assert course.recipe_name == "converging"
    assert course.used_recipe == long
    assert 3 <= long.steps / quick.steps <= 5
    assert replace(long, steps=quick.steps) == quick


def test_a_check_says_by_which_recipe_it_is() -> None:
    check = Check(UNET, (Contestant(),))
    assert check.recipe_name == "quick"
    assert replace(check, recipe=UNET.recipe_called("converging")).recipe_name == "converging"
    assert replace(check, recipe=Recipe(steps=7)).recipe_name == "own"
    own = Subject(model="nets:tiny", inputs=("1x1x8x8x8",), data="nets:data", loss="nets:loss")
    assert Check(own, (Contestant(),)).recipe_name == "quick"


def test_checks_of_before_there_was_a_choice_are_quick_and_not_nudged() -> None:
    document = Check(UNET, (Contestant(),)).as_dict()
    del document["nudge"]
    assert document["recipe"] is None
    found = Check.from_dict(document)
    assert (found.recipe_name, found.nudge) == ("quick", 0.0)


def test_the_command_takes_a_recipe_by_name_and_changes_it() -> None:
    assert asked().used_recipe == UNET.recipe
    assert asked("--recipe", "converging").used_recipe == UNET.recipes["converging"]
    assert asked("--recipe", "converging", "--steps", "9").used_recipe == replace(UNET.recipes["converging"], steps=9)
    assert asked("--nudge", "1e-6").nudge == 1e-6


def test_a_recipe_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "i3d", "--recipe", "converging"]) == 2
    assert "i3d, classroom has no converging recipe; give its quick one more --steps" in capsys.readouterr().err
    with pytest.raises(ValueError, match="quick, converging"):
        UNET.recipe_called("slow")
    assert main(["train", "unet3d", "--precision", "0"]) == 2  # before anything is trained
    assert "a precision must be above 0" in capsys.readouterr().err
    assert main(["race", "brain", "--recipe", "quick", "--seeds", "1"]) == 2
    assert "need --out FILE" in capsys.readouterr().err


def test_the_page_asks_for_the_recipe_that_was_chosen_and_tells_it() -> None:
    state = replace(
        default_state(requests.compute.choices(), "unet3d", "classroom"),
        architecture="unet3d",
        preset="classroom-shapes",
    )
    assert requests.recipe_steps(state) == {"quick": 100, "converging": 400}
    length = requests.Length(400, recipe="converging")
    check = requests.race_check(state, length, ("random",), "macs", 0.25)
    assert check.used_recipe == UNET.recipes["converging"]
    assert requests.race_check(state, requests.Length(100), ("random",), "macs", 0.25).recipe_name == "quick"
    facts = check_facts(Job("id", "checks", 0, "waiting", check, "", ""))
    assert (facts.recipe, facts.steps) == ("converging", 400)
    assert facts.nudge
