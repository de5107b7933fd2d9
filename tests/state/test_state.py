"""A state survives the trip through a link; what a link gets wrong falls back and is said."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.state import ArchitectureChoice, Choices, ExplorerState, PresetChoice, links, state
from ranp.graph import COUPLINGS
from ranp.importance import REDUCTIONS
from ranp.selection import PRICED_LIVE, SETTINGS

CHOICES = Choices(
    architectures={
        "unet3d": ArchitectureChoice(
            "3D-UNet",
            "a paper",
            {
                "classroom": PresetChoice("classroom", "small", 0.5, 15.0),
                "shapenet": PresetChoice("shapenet", "large", 0.7824, 11.0),
            },
        ),
        "i3d": ArchitectureChoice("I3D", "a paper", {"ucf101": PresetChoice("ucf101", "large", 0.2532, 80.0)}),
    },
    methods={"ranp-f": "by MACs", "ranp-m": "by memory", "blend": "between", "random": "by chance"},
    criteria={"mpmg": "MPMG", "mnmg": "MNMG"},
)


def offered(name: str) -> tuple[float, float]:
    """The least and the most of a setting that pages offer."""
    return SETTINGS[name].form.offered


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Round numbers, as sliders give, and any others to the last digit, as dragging and searching give."""
    round_ones = st.integers(0, 1000).map(lambda n: low + (high - low) * n / 1000)
    return st.one_of(round_ones, st.floats(low, high), st.floats(low, high).map(np.float64))


STATES = st.builds(
    ExplorerState,
    architecture=st.just("unet3d"),
    preset=st.sampled_from(["classroom", "shapenet"]),
    method=st.sampled_from(list(CHOICES.methods)),
    target=st.sampled_from(["sparsity", *PRICED_LIVE]),
    also=st.sampled_from(["none", *PRICED_LIVE]),
    also_budget=numbers(offered("also_budget")[0], 1),
    sparsity=numbers(0, state.MAX_SPARSITY),
    budget=numbers(offered("budget")[0], 1),
    alpha=numbers(0, 1),
    lam=numbers(*offered("lam")),
    coupling=st.sampled_from(list(COUPLINGS)),
    min_neurons=st.integers(*offered("min_neurons")),
    protect=st.lists(st.sampled_from(["a.conv", "b.conv", "c"]), unique=True).map(tuple),
    caps=st.dictionaries(st.sampled_from(["a.conv", "b=c"]), numbers(0, 1)).map(lambda caps: tuple(caps.items())),
    layer=st.sampled_from(["", "a.conv"]),
    neuron=st.integers(-1, 99),
    criterion=st.sampled_from(list(CHOICES.criteria)),
    reduce=st.sampled_from(list(REDUCTIONS)),
    seed=st.integers(0, state.MAX_SEED),
).map(state.settle)


@given(STATES)
def test_a_state_survives_the_trip_through_a_link(value) -> None:
    assert links.from_query(links.to_query(value, CHOICES), CHOICES) == (value, [])


def test_the_start_needs_no_query() -> None:
    start = state.default_state(CHOICES)
    assert links.to_query(start, CHOICES) == {}
    assert links.from_query({}, CHOICES) == (start, [])
    assert (start.sparsity, start.lam) == (0.5, 15.0)


def test_sparsity_and_lambda_default_to_the_preset() -> None:
    value, notices = links.from_query({"preset": ["shapenet"]}, CHOICES)
    assert (value.sparsity, value.lam, notices) == (0.7824, 11.0, [])
    assert links.to_query(value, CHOICES) == {"preset": ["shapenet"]}


def test_the_first_preset_of_another_architecture_is_its_start() -> None:
    value, _ = links.from_query({"architecture": ["i3d"]}, CHOICES)
    assert (value.preset, value.lam) == ("ucf101", 80.0)
    assert links.to_query(value, CHOICES) == {"architecture": ["i3d"]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sparsity", "nan"),
        ("sparsity", "1"),
        ("sparsity", "-0.1"),
        ("sparsity", "inf"),
        ("sparsity", "half"),
        ("budget", "0"),
        ("alpha", "1.5"),
        ("lambda", "-1"),
        ("lambda", "1e9"),
        ("min_neurons", "2.5"),
        ("min_neurons", "-1"),
        ("seed", "99999999999"),
        ("cap", "conv"),
        ("cap", "conv=2"),
        ("cap", "=0.5"),
        ("cap", "conv=nan"),
        ("neuron", "-2"),
        ("method", "magic"),
        ("target", "speed"),
        ("coupling", "some"),
        ("criterion", "MPMG"),
        ("reduce", "median"),
        ("architecture", "unet4d"),
        ("preset", "huge"),
    ],
)
def test_a_bad_value_falls_back_and_is_said(name, text) -> None:
    value, notices = links.from_query({name: [text]}, CHOICES)
    assert value == state.default_state(CHOICES)
    assert len(notices) == 1
    assert f"`{text}`" in notices[0]
    assert "expected" in notices[0]


def test_other_values_hold_when_one_is_bad() -> None:
    value, notices = links.from_query({"sparsity": ["x"], "seed": ["3"]}, CHOICES)
    assert (value.seed, len(notices)) == (3, 1)


def test_a_strangers_text_is_short_and_has_no_markup() -> None:
    _, notices = links.from_query({"method": ["`[click](http://x)`\n# " + 200 * "a"]}, CHOICES)
    assert "\n" not in notices[0]
    assert notices[0].count("`") == 2
    assert len(notices[0]) < 200


@pytest.mark.parametrize(("method", "alpha"), [("ranp-f", 1.0), ("ranp-m", 0.0), ("blend", 0.3)])
def test_the_method_fixes_alpha_at_the_ends(method, alpha) -> None:
    value, _ = links.from_query({"method": [method], "alpha": ["0.3"]}, CHOICES)
    assert value.alpha == alpha


def test_a_second_budget_is_of_another_resource_than_the_first() -> None:
    two, _ = links.from_query(
        {"target": ["macs"], "budget": ["0.3"], "also": ["peak"], "also_budget": ["0.4"]}, CHOICES
    )
    assert two.limits == (("macs", 0.3), ("peak", 0.4))
    for query in ({"also": ["peak"]}, {"target": ["peak"], "also": ["peak"]}):
        assert links.from_query(query, CHOICES)[0].also == "none"


def test_the_batch_is_part_of_a_plan_where_the_peak_is_limited() -> None:
    start = replace(state.default_state(CHOICES), target="macs", also="peak")
    two, eight = (state.only_plan(replace(start, batch=batch)) for batch in (2, 8))
    assert two != eight
    assert state.only_plan(replace(two, also="none")) == state.only_plan(replace(eight, also="none"))


def test_a_state_without_its_budget_of_the_peak_keeps_the_other() -> None:
    start = state.default_state(CHOICES)
    both = replace(start, target="peak", budget=0.4, also="macs", also_budget=0.3)
    assert state.without_peak(both).limits == (("macs", 0.3),)
    assert state.without_peak(replace(both, also="none")).limits == ()


def test_a_repeated_layer_is_protected_once() -> None:
    value, _ = links.from_query({"protect": ["a", "a", "b"]}, CHOICES)
    assert value.protect == ("a", "b")


def test_unknown_layers_are_not_protected_and_are_said() -> None:
    start = replace(state.default_state(CHOICES), protect=("a", "nowhere"))
    value, notices = state.known_layers(replace(start, caps=(("c", 0.5),), layer="c"), {"a", "b"}, {"a", "b"})
    assert (value.protect, value.caps, value.layer) == (("a",), (), "")
    assert ["`nowhere`" in notices[0], "capped" in notices[1], "look at" in notices[2]] == [True] * 3


def test_a_lesson_link_hides_and_fixes_controls_and_says_which_there_are_not() -> None:
    lesson, notices = links.read_lesson({"hide": ["alpha", "lambda"], "fix": ["method", "everything"]})
    assert lesson == state.Lesson(hide=("alpha", "lambda"), fix=("method",))
    assert len(notices) == 1
    assert "`everything`" in notices[0]
    assert links.read_lesson(links.lesson_query(lesson)) == (lesson, [])


MOVED = replace(
    CHOICES,
    architectures={
        **CHOICES.architectures,
        "unet3d": replace(
            CHOICES.architectures["unet3d"],
            presets={"scan": PresetChoice("scan", "new", 0.4, 7.0), **CHOICES.architectures["unet3d"].presets},
            unnamed="classroom",
        ),
    },
)
"""The same server after another size was put before the first."""


@given(STATES)
def test_links_of_before_mean_what_they_meant(value) -> None:
    query = links.to_query(value, CHOICES)
    if query:
        assert links.from_query(query, MOVED) == (value, [])


@given(st.sampled_from(["scan", "classroom", "shapenet"]), STATES)
def test_a_state_survives_where_a_visit_starts_elsewhere(preset: str, value) -> None:
    value = replace(value, preset=preset)
    assert links.from_query(links.to_query(value, MOVED), MOVED) == (value, [])


def test_a_visit_starts_with_what_is_offered_first() -> None:
    assert links.from_query({}, MOVED) == (state.default_state(MOVED), [])
    assert state.default_state(MOVED).preset == "scan"
    assert links.from_query({"hide": ["seed"]}, MOVED)[0].preset == "classroom", (
        "a lesson of before is about its network"
    )
    for preset in ("scan", "classroom"):
        chosen = state.default_state(MOVED, "unet3d", preset)
        assert links.to_query(chosen, MOVED) == {"preset": [preset]}
