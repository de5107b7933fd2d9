"""Lesson links and links to places on a page: any lesson and any state survive the trip, whatever place they are on."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.state import MAX_SPARSITY, Lesson, Scene, default_state, links, settle
from tests.state.test_state import CHOICES, STATES

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LESSONS = st.builds(
    Lesson,
    hide=st.lists(st.sampled_from(list(links.CONTROLS)), unique=True).map(tuple),
    fix=st.lists(st.sampled_from(list(links.CONTROLS)), unique=True).map(tuple),
)
SCENES = st.builds(
    Scene,
    query=st.just({"tour": "balance", "step": "2"}),
    settings=st.fixed_dictionaries(
        {},
        optional={
            "method": st.sampled_from(list(CHOICES.methods)),
            "sparsity": st.integers(0, 990).map(lambda n: n / 1000),
            "alpha": st.integers(0, 100).map(lambda n: n / 100),
            "lam": st.integers(0, 300).map(lambda n: n / 2),
            "target": st.sampled_from(["sparsity", "macs"]),
            "coupling": st.sampled_from(["any", "all"]),
        },
    ),
    network=st.sampled_from([None, ("unet3d", "shapenet"), ("i3d", "ucf101"), ("not here", "classroom")]),
)


@PATIENT
@given(STATES, LESSONS, SCENES)
def test_a_lesson_on_any_state_and_scene_survives_the_trip(state, lesson, scene) -> None:
    query = {**links.scene_query(scene), **links.to_query(state, CHOICES, scene), **links.lesson_query(lesson)}
    assert links.from_query(query, CHOICES, scene) == (state, [])
    assert links.read_lesson(query) == (lesson, [])


@PATIENT
@given(SCENES)
def test_a_link_to_a_scene_says_nothing_of_its_own_settings(scene) -> None:
    start, notices = links.from_query({}, CHOICES, scene)
    assert notices == []
    assert links.to_query(start, CHOICES, scene) == {}
    expected = replace(default_state(CHOICES, start.architecture, start.preset), **scene.settings)
    assert start == settle(expected)


def test_a_scene_starts_on_its_network_and_another_can_be_linked() -> None:
    scene = Scene({"tour": "ties"}, {"sparsity": 0.3}, ("i3d", "ucf101"))
    assert links.from_query({}, CHOICES, scene)[0].architecture == "i3d"
    there, notices = links.from_query({"architecture": ["unet3d"]}, CHOICES, scene)
    assert (there.architecture, there.preset, there.sparsity, notices) == ("unet3d", "classroom", 0.3, [])


@PATIENT
@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=40), max_size=4), max_size=8), SCENES)
def test_whatever_a_link_says_a_valid_state_comes_out(query, scene) -> None:
    names = ["hide", "fix", *links.CONTROLS]
    texts = [text for values in query.values() for text in values]
    for hostile in (query, dict.fromkeys(names, texts)):
        state, notices = links.from_query(hostile, CHOICES, scene)
        lesson, unknown = links.read_lesson(hostile)
        assert 0 <= state.sparsity <= MAX_SPARSITY
        assert state.method in CHOICES.methods
        assert set(lesson.hide) | set(lesson.fix) <= set(links.CONTROLS)
        assert all(len(notice) < 600 for notice in [*notices, *unknown])


@pytest.mark.parametrize(
    ("query", "found", "words"),
    [
        ({}, None, []),
        ({"step": ["2"]}, None, []),
        ({"tour": ["balance"]}, ("balance", 1), []),
        ({"tour": ["balance"], "step": ["3"]}, ("balance", 3), []),
        ({"tour": ["balance"], "step": ["4"]}, ("balance", 1), ["`4`", "from 1 to 3"]),
        ({"tour": ["balance"], "step": ["<b>"]}, ("balance", 1), ["`<b>`"]),
        ({"tour": ["sightseeing"]}, None, ["no tour `sightseeing`"]),
    ],
)
def test_a_link_to_a_step(query, found, words) -> None:
    step, notices = links.read_step(query, {"balance": 3})
    assert step == found
    assert all(word in " ".join(notices) for word in words)
    assert bool(notices) == bool(words)
