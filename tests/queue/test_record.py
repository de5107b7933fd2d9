"""What a trial holds of its job: as it was written since there is a queue, and back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from explorer.training.facts_of import check_facts
from ranp.checks import Entry, Progress
from ranp.checks.check import pair
from ranp.queue import Database, enqueue, find_job
from ranp.queue.record import growing_entries, point_attribute
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Point

CHECK = pair(Subject("unet3d"), PruningConfig("ranp-f"), seeds=(0, 1))

# What version 1.0 wrote while it trained the pruned network from seed 0: the full one is finished.
FIRST = {"contestant": 0, "seed": 0, "step": 5, "seconds": 0.5, "loss": 0.75, "figures": {"dice": 0.25}}
SECOND = {"contestant": 1, "seed": 0, "step": 5, "seconds": 0.25, "loss": 0.5, "figures": {"dice": 0.125}}
WRITTEN: dict[str, Any] = {
    "worker": "lab:7",
    "versions": {"ranp": "1.0"},
    "progress": {
        "contestant": 1, "label": "ranp-f", "seed": 0, "step": 7, "loss": 0.5, "done": 0.375, "remaining_seconds": 20.0,
    },
    "point.0": FIRST,
    "point.1": SECOND,
    "entry.0": {
        "contestant": 0, "label": "full", "seed": 0, "reason": None, "score": 0.25, "figures": {"dice": 0.25},
        "curve": [{"step": 5, "seconds": 0.5, "loss": 0.75, "figures": {"dice": 0.25}}],
        "steps": 5, "wall_seconds": 0.75, "cpu_seconds": 0.5, "sparsity": 0.0, "macs": 100, "params": 10,
        "activations": 20, "peak_training_bytes": 4096,
    },
}  # fmt: skip
FULL = Entry(
    0, "full", 0, score=0.25, figures={"dice": 0.25}, curve=(Point(5, 0.5, 0.75, {"dice": 0.25}),), steps=5,
    wall_seconds=0.75, cpu_seconds=0.5, sparsity=0.0, macs=100, params=10, activations=20, peak_training_bytes=4096,
)  # fmt: skip
PRUNED = Entry(1, "ranp-f", 0, curve=(Point(5, 0.25, 0.5, {"dice": 0.125}),))
NOW = Progress(1, "ranp-f", 0, 7, 0.5, 0.375, 20.0)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "studies.db"))


def test_a_database_of_before_is_read(database: Database) -> None:
    id = enqueue(database, CHECK)
    (trial,) = database.checks().get_trials()
    for key, value in WRITTEN.items():
        database.storage.set_trial_user_attr(trial._trial_id, key, value)
    job = find_job(database, id)
    assert (job.entries, job.growing, job.progress) == ((FULL,), (PRUNED,), NOW)
    facts = check_facts(replace(job, state="running"))
    assert facts.progress == NOW
    assert [(curve.label, curve.x, curve.mean) for curve in facts.curves] == [
        ("full", (5.0,), (0.25,)), ("ranp-f", (5.0,), (0.125,)),
    ]  # fmt: skip
    (full,) = facts.results
    assert (full.label, full.mean, full.spread, full.seeds, full.failures) == ("full", 0.25, None, 1, 0)
    assert (full.macs, full.params, full.activations, full.peak_training_bytes) == (100, 10, 20, 4096)
    assert (full.sparsity, full.steps, full.cpu_seconds, full.wall_seconds) == (0.0, 5, 0.5, 0.75)


def test_what_is_written_now_is_what_was_written_before() -> None:
    totals = dict.fromkeys(("total_macs", "total_seconds", "total_peak_bytes"))
    since = {"network": None, "used": {}, "bill": (), "sizes": (), **totals}
    assert FULL.as_dict() == WRITTEN["entry.0"] | {"curve": tuple(WRITTEN["entry.0"]["curve"])} | since
    assert point_attribute(replace(NOW, step=5, point=PRUNED.curve[0])) == SECOND
    assert NOW.as_dict() == WRITTEN["progress"]
    assert replace(NOW, point=PRUNED.curve[0]).as_dict() == WRITTEN["progress"]
    assert Entry.from_dict(WRITTEN["entry.0"]) == FULL


@pytest.mark.parametrize(
    "odd",
    [
        "x",
        {},
        {**SECOND, "contestant": 9},
        {**SECOND, "contestant": "1"},
        {**SECOND, "seed": -1},
        {**SECOND, "seconds": "1"},
        {**SECOND, "figures": {"dice": "high"}},
        {**SECOND, "figures": [1]},
    ],
)
def test_a_point_of_another_form_is_left_out(odd: Any) -> None:
    found = growing_entries({"point.0": odd, "point.1": SECOND, "point.x": SECOND}, CHECK, [FULL])
    assert found == (PRUNED,)


def test_points_grow_in_their_order_and_end_with_their_entry() -> None:
    later = {**SECOND, "step": 10, "seconds": 0.5}
    points = {"point.10": later, "point.9": SECOND}
    (grown,) = growing_entries(points, CHECK, [])
    assert [point.step for point in grown.curve] == [5, 10]
    assert growing_entries(points, CHECK, [replace(FULL, contestant=1)]) == ()


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"label": "full"}, "must hold contestant, label"),
        ({**NOW.as_dict(), "step": "seven"}, "'step' in the progress of a check must be a whole number"),
    ],
)
def test_progress_of_another_form_is_told(odd: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Progress.from_dict(odd)
