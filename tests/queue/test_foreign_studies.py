"""Results and jobs that another program wrote: a sentence, and the others are shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from ranp.__main__ import main
from ranp.checks import Entry, race, read_races
from ranp.queue import Database, enqueue, jobs
from ranp.queue.job import turns_of
from ranp.subject import Subject

CHECK = race(Subject("unet3d"), ("random",))
GOOD = {"check": CHECK.as_dict(), "runs": [{}], "entries": [Entry(0, "full", 0, score=0.5).as_dict()]}
ODD: dict[str, Any] = {
    "a list": [],
    "a number": 3,
    "a race that is a list": {"brain": []},
    "a check that is text": {"brain": {**GOOD, "check": "x"}},
    "a check without contestants": {"brain": {**GOOD, "check": {}}},
    "contestants that are numbers": {"brain": {**GOOD, "check": {**GOOD["check"], "contestants": [1]}}},
    "runs that are text": {"brain": {**GOOD, "runs": "x"}},
    "an entry that is text": {"brain": {**GOOD, "entries": ["x"]}},
    "a score that is text": {"brain": {**GOOD, "entries": [{**GOOD["entries"][0], "score": "high"}]}},
    "a curve that is a number": {"brain": {**GOOD, "entries": [{**GOOD["entries"][0], "curve": 3}]}},
    "no entries": {"brain": {"check": {}, "runs": []}},
}


@pytest.mark.parametrize("name", ODD)
def test_races_of_another_form_are_told(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "races.json"
    path.write_text(json.dumps(ODD[name]))
    assert main(["race", "--out", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "races.json" in said
    path.write_text(json.dumps({"brain": GOOD}), encoding="utf-8-sig")
    assert read_races(path)["brain"].check == CHECK


ATTRIBUTES: dict[str, Any] = {
    "job": [1],
    "owner": 3,
    "asked": "yesterday",
    "progress": {"label": "full"},
    "versions": "1",
    "attempt": "two",
    "check": "x",
    "entry.0": "x",
    "entry.x": {},
    "point.0": "x",
    "point.y": {},
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_job_of_another_form_is_told_and_the_others_are_shown(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(str(tmp_path / "q.db"))
    for title in ("odd", "good"):
        enqueue(database, CHECK, "ann", title)
    trials = database.checks().get_trials()
    database.storage.set_trial_user_attr(trials[0]._trial_id, name, ATTRIBUTES[name])
    found = jobs(database)
    assert found[-1].title == "good"
    assert found[-1].check == CHECK
    if name != "job" and not name.startswith("point") and name != "entry.x":
        assert found[0].check is None
        assert found[0].reason is not None
        assert found[0].reason.count("\n") == 0
    assert turns_of(database.checks().get_trials()) == {0: 0, 1: 1}
    assert main(["queue", "--database", str(tmp_path / "q.db")]) == 0
    assert found[-1].id[:8] in capsys.readouterr().out
