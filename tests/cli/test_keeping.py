"""``ranp train`` stopped by Ctrl-C, by SIGTERM and by kill -9, and gone on with by the same command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.checks import Check, Entry, Progress, Saver
from ranp.progress import ProgressBar

ROOT = Path(__file__).parents[2]
TRAIN = ["train", "unet3d", "--set", "base_channels=2", "--steps", "2", "--seeds", "2", "--sparsity", "0.3"]


class Training:
    """In place of `run_check`: entries at once, and a signal before the one of that number."""

    def __init__(self, stop_before: int | None, sent: signal.Signals = signal.SIGINT, fail: int | None = None) -> None:
        self.stop_before, self.sent, self.fail = stop_before, sent, fail
        self.trained: list[tuple[int, int]] = []

    def __call__(
        self,
        check: Check,
        report: Callable[[Progress], None],
        finished: Callable[[Entry], None],
        processes: Any,
        finished_before: Sequence[Entry],
        keep: Callable[..., None] | None,
    ) -> list[Entry]:
        entries = []
        for seed in check.seeds:
            for index, contestant in enumerate(check.contestants):
                known = next((e for e in finished_before if (e.contestant, e.seed) == (index, seed)), None)
                if known is None:
                    if len(entries) == self.stop_before:
                        os.kill(os.getpid(), self.sent)
                        time.sleep(5)  # which the signal ends
                    self.trained.append((index, seed))
                    reason = "out of memory" if len(entries) == self.fail else None
                    score = None if reason else 0.5 + seed / 10
                    known = Entry(index, contestant.label, seed, reason, score, steps=2)
                    if keep is not None and known.score is not None:
                        keep(known, None, torch.nn.Linear(1, 1))
                    report(Progress(index, contestant.label, seed, 2, 0.1, len(entries) / 4, 30.0))
                    finished(known)
                entries.append(known)
        return entries


def use(monkeypatch: pytest.MonkeyPatch, training: Training) -> Training:
    monkeypatch.setattr("ranp.cli.keeping.run_check", training)
    return training


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "checks"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_what_is_finished_is_printed_and_the_same_command_goes_on(
    sent: signal.Signals, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = use(monkeypatch, Training(3, sent))
    out = cache.parent.parent / "result.json"
    assert main([*TRAIN, "--json", "--out", str(out)]) == 130
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["stopped"] is True
    assert (
        [(entry["contestant"], entry["seed"]) for entry in result["entries"]]
        == first.trained
        == [(0, 0), (1, 0), (0, 1)]
    )
    (kept,) = cache.iterdir()
    assert (
        f"stopped with 3 of 4 networks trained; the same command goes on from there (they are kept in {kept})"
        in captured.err
    )
    assert not out.exists()
    second = use(monkeypatch, Training(None))
    assert main([*TRAIN, "--json", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert second.trained == [(1, 1)]
    assert "3 of 4 networks are trained already, by the same command; going on from there" in captured.err
    result = json.loads(captured.out)
    assert result["stopped"] is False
    assert len(result["entries"]) == 4
    assert json.loads(out.read_text())["entries"] == result["entries"]
    assert list(cache.iterdir()) == []
    assert main(TRAIN) == 0
    assert second.trained == [(1, 1), (0, 0), (1, 0), (0, 1), (1, 1)], "what is complete is trained anew"


def test_the_table_of_what_is_finished(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, Training(2, fail=1))
    assert main(TRAIN) == 130
    captured = capsys.readouterr()
    assert "0.500" in captured.out
    assert "ranp-f: out of memory" in captured.out
    assert "stopped with 1 of 4 networks trained" in captured.err
    assert use(monkeypatch, training := Training(None)) is training
    assert main(TRAIN) == 0
    assert training.trained == [(1, 0), (0, 1), (1, 1)], "what failed is tried again"


def test_nothing_finished(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    use(monkeypatch, Training(0))
    assert main(TRAIN) == 130
    assert "stopped before the first network was trained; the same command begins anew" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "file"))
    use(monkeypatch, Training(2))
    assert main(TRAIN) == 130
    assert "2 of 4 networks trained, which could not be kept; the same command begins anew" in capsys.readouterr().err


def test_a_network_that_was_not_saved_is_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier run without a folder finished is no help, nor is what was deleted from it."""
    saving = [*TRAIN, "--no-full", "--method", "random", "--save-weights", str(tmp_path / "trained")]
    monkeypatch.setattr(
        Saver,
        "__call__",
        lambda saver, entry, *_: (saver.folder.mkdir(exist_ok=True), saver.place(entry.contestant, entry.seed).touch()),
    )
    use(monkeypatch, first := Training(1))
    assert main(saving[:-2]) == 130
    use(monkeypatch, second := Training(1))
    assert main(saving) == 130
    assert first.trained == second.trained == [(0, 0)]
    use(monkeypatch, third := Training(1))
    (tmp_path / "trained" / "random-seed0.zip").unlink()
    assert main(saving) == 130
    assert third.trained == [(0, 0)]
    use(monkeypatch, last := Training(None))
    assert main(saving) == 0
    assert last.trained == [(0, 1)]


def test_lines_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(ProgressBar, "due", lambda *_: True)
    monkeypatch.setattr("ranp.progress._on_stderr", lines.append)
    use(monkeypatch, Training(None))
    assert main(TRAIN) == 0
    assert lines[2].startswith("train: 50% done, full, seed 1, step 2, ")
    assert lines[2].endswith("about 30 s left")


@pytest.mark.slow
def test_a_killed_process_loses_the_network_in_hand_and_nothing_else(cache: Path) -> None:
    """By kill -9 once the first entry is there, then by Ctrl-C, and at last to the end: as if never stopped."""

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "ranp", *TRAIN, "--json"]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def kept() -> list[dict[str, Any]]:
        files = list(cache.glob("*.json"))
        found: list[dict[str, Any]] = json.loads(files[0].read_text())["entries"] if files else []
        return found

    def wait_for(count: int) -> None:
        end = time.monotonic() + 300
        while len(kept()) < count:
            assert time.monotonic() < end
            time.sleep(0.02)

    killed = start()
    wait_for(1)
    killed.kill()
    killed.communicate()
    after_kill = kept()
    stopped = start()
    wait_for(len(after_kill) + 1)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate()
    after_stop = kept()
    if stopped.returncode == 0:
        pytest.skip("it was done before the signal came")
    assert stopped.returncode == 130
    assert json.loads(out)["entries"] == after_stop, err
    assert after_stop[: len(after_kill)] == after_kill
    last = start()
    out, _ = last.communicate()
    assert last.returncode == 0
    entries = json.loads(out)["entries"]
    assert entries[: len(after_stop)] == after_stop
    whole = json.loads(start().communicate()[0])["entries"]
    assert [entry["score"] for entry in whole] == [entry["score"] for entry in entries]


def test_scoring_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    monkeypatch.setattr(ProgressBar, "due", lambda *_: True)
    monkeypatch.setattr("ranp.progress._on_stderr", lines.append)
    assert main(["score", "unet3d", "--set", "base_channels=2", "--batches", "2", "--batch-size", "1", "--json"]) == 0
    assert [line.split(", ")[:2] for line in lines] == [
        ["scoring: 50% done", "batch 1 of 2"],
        ["scoring: 100% done", "batch 2 of 2"],
    ]
