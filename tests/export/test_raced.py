"""What the report says of races: those of the network at hand, by which recipe, and how surely."""

from datetime import date
from html import unescape

import pytest

from explorer import compute
from explorer.export import files
from explorer.export.raced import raced
from explorer.state import default_state, to_query
from ranp.checks import CAUTION, against_cost
from tests.checks.made_races import by_name, made

CHOICES = compute.choices()
BRAIN = {"full": (0.9, 0.92, 0.91), "ranp-f": (0.89, 0.91, 0.89), "thin": (0.5, 0.52, 0.51)}
SMALL = {"full": (0.9,), "ranp-f": (0.7,)}


@pytest.fixture(autouse=True)
def races(monkeypatch: pytest.MonkeyPatch) -> None:
    found = against_cost(by_name(made(BRAIN), made(SMALL, share=0.05)))
    monkeypatch.setattr("explorer.compute.raced", lambda: found)


def test_races_of_the_network_are_told_with_their_recipe_and_nudge() -> None:
    most, least, nudge, caution = raced(default_state(CHOICES, "unet3d", "classroom"))
    assert most == (
        "brain at 25% of the MACs, 400 steps (converging recipe), 3 seeds: ranp-f beside full: no difference is shown; "
        "one larger than 0.028 can be excluded; ranp-f beside thin: better by 0.372 to 0.401."
    )
    assert least.startswith("brain at 5% of the MACs, 400 steps (converging recipe), 1 seed: ranp-f beside full: one ")
    assert "by a millionth" in nudge
    assert caution == CAUTION
    assert raced(default_state(CHOICES, "mobilenetv2")) == []


def test_the_report_has_them() -> None:
    state = default_state(CHOICES, "unet3d", "classroom")
    compute.tracing(state).result()
    compute.importance(state).result()
    page = unescape(files.html(state, "A plan.", to_query(state, CHOICES), date(2026, 1, 2)).decode())
    assert "Trained, in races that were run before" in page
    for line in raced(state):
        assert line in page


def test_a_file_of_another_version_leaves_the_report_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("another version")

    monkeypatch.setattr("explorer.compute.raced", broken)
    assert raced(default_state(CHOICES, "unet3d", "classroom")) == []
