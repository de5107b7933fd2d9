"""What a check has found so far: kept as it comes, for the same check alone, and never in anybody's way."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ranp.checks import Check, Contestant, Entry, KeptEntries, race
from ranp.models import Recipe
from ranp.selection import PruningConfig
from ranp.subject import Subject, allow

CHECK = race(Subject("unet3d"), ("ranp-f", "random"), seeds=(0, 1))
ENTRY = Entry(0, "full", 0, score=0.7, figures={"dice": 0.7}, steps=3, wall_seconds=1.5, macs=10)


def test_entries_are_there_for_the_same_check(tmp_path: Path) -> None:
    kept = KeptEntries(CHECK, tmp_path)
    assert kept.entries == ()
    kept.add(ENTRY)
    kept.add(replace(ENTRY, seed=1))
    assert KeptEntries(CHECK, tmp_path).entries == (ENTRY, replace(ENTRY, seed=1))
    assert KeptEntries(replace(CHECK, recipe=CHECK.used_recipe), tmp_path).entries == kept.entries, "written out or not"


@pytest.mark.parametrize(
    "other",
    [
        replace(CHECK, seeds=(0, 1, 2)),
        replace(CHECK, recipe=replace(CHECK.used_recipe, steps=7)),
        replace(CHECK, subject=Subject("unet3d", arguments={"base_channels": 4})),
        replace(CHECK, contestants=(Contestant(), Contestant(PruningConfig("ranp-f", 0.4)))),
        replace(CHECK, equal="time"),
    ],
)
def test_another_check_begins_anew(other: Check, tmp_path: Path) -> None:
    KeptEntries(CHECK, tmp_path).add(ENTRY)
    assert KeptEntries(other, tmp_path).entries == ()


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    KeptEntries(CHECK, tmp_path).add(replace(ENTRY, score=None, reason="out of memory"))
    assert KeptEntries(CHECK, tmp_path).entries == ()


def test_a_complete_check_is_forgotten(tmp_path: Path) -> None:
    kept = KeptEntries(CHECK, tmp_path)
    kept.add(ENTRY)
    kept.forget()
    kept.forget()
    assert list((tmp_path / "checks").iterdir()) == []
    assert KeptEntries(CHECK, tmp_path).entries == ()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": 3, "entries": []}', '{"key": "a", "entries": [{}]}'])
def test_a_damaged_file_is_as_good_as_none(content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = KeptEntries(CHECK, tmp_path)
    kept.add(ENTRY)
    kept.path.write_text(content)
    again = KeptEntries(CHECK, tmp_path)
    assert again.entries == ()
    assert "cannot be used, and all of it is trained again" in caplog.text
    again.add(ENTRY)
    assert KeptEntries(CHECK, tmp_path).entries == (ENTRY,)


def test_a_file_of_another_key_is_not_believed(tmp_path: Path) -> None:
    kept = KeptEntries(CHECK, tmp_path)
    kept.add(ENTRY)
    kept.path.write_text(json.dumps({**json.loads(kept.path.read_text()), "key": "another"}))
    assert KeptEntries(CHECK, tmp_path).entries == ()


def test_a_folder_that_cannot_be_written_costs_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    kept = KeptEntries(CHECK, tmp_path / "file")
    kept.add(ENTRY)
    kept.add(replace(ENTRY, seed=1))
    assert kept.entries == (ENTRY, replace(ENTRY, seed=1))
    assert not kept.written
    assert caplog.text.count("cannot be kept") == 1
    kept.forget()


def test_code_of_ones_own_that_changed_since_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = tmp_path / "kept_nets.py"
    module.write_text("def net(): ...\n")
    subject = Subject(model="kept_nets:net", inputs=("1x1x4x4x4",), data="kept_nets:data", loss="kept_nets:loss")
    allow(subject.code)
    mine = Check(subject, (Contestant(),), recipe=Recipe(steps=1))
    KeptEntries(mine, tmp_path).add(ENTRY)
    assert KeptEntries(mine, tmp_path).entries == (ENTRY,)
    module.write_text("def net(): pass\n")
    assert KeptEntries(mine, tmp_path).entries == ()
    assert "kept_nets" not in sys.modules, "nothing is imported for it"
