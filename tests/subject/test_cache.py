"""Scores on disk: computed once, also by two processes; cut files are recomputed; a broken folder costs a warning."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ranp.subject.cache import cache_root, cached_scores, is_cached
from ranp.types import Scores

KEY = "a" * 64
SCORES = {"second": torch.tensor([0.5, 2.0]), "first": torch.rand(3)}


def unexpected() -> Scores:
    raise AssertionError("computed although the scores are stored")


def stored(root: Path) -> Path:
    (path,) = (root / "scores").glob("*.safetensors")
    return path


def assert_same(scores: Scores, expected: Scores) -> None:
    assert list(scores) == list(expected)
    assert all(torch.equal(scores[name], expected[name]) for name in expected)


def test_computed_once_and_in_network_order(tmp_path: Path) -> None:
    assert not is_cached(KEY, tmp_path)
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)
    assert is_cached(KEY, tmp_path)
    assert_same(cached_scores(KEY, unexpected, tmp_path), SCORES)


def test_another_key_is_another_file(tmp_path: Path) -> None:
    cached_scores(KEY, lambda: SCORES, tmp_path)
    other = {"first": torch.zeros(1)}
    assert_same(cached_scores("b" * 64, lambda: other, tmp_path), other)
    assert_same(cached_scores(KEY, unexpected, tmp_path), SCORES)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_cut_file_is_computed_again(tmp_path: Path, keep: int) -> None:
    cached_scores(KEY, lambda: SCORES, tmp_path)
    path = stored(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)
    assert_same(cached_scores(KEY, unexpected, tmp_path), SCORES)


def test_altered_file_is_computed_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cached_scores(KEY, lambda: SCORES, tmp_path)
    path = stored(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)
    assert "altered" in caplog.text


def test_file_under_another_keys_name_is_not_believed(tmp_path: Path) -> None:
    cached_scores(KEY, lambda: SCORES, tmp_path)
    path = stored(tmp_path)
    path.rename(path.with_name("b" * 64 + ".safetensors"))
    other = {"first": torch.zeros(1)}
    assert_same(cached_scores("b" * 64, lambda: other, tmp_path), other)


def test_failing_computation_stores_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        cached_scores(KEY, lambda: {"first": torch.tensor(1 / 0)}, tmp_path)
    assert not is_cached(KEY, tmp_path)
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() == 0:
        # Root writes through permissions; a folder below a file can be made by nobody.
        (tmp_path / "file").write_text("in the way")
        yield tmp_path / "file" / "cache"
    else:
        tmp_path.chmod(0o500)
        yield tmp_path / "cache"
        tmp_path.chmod(0o700)


def test_folder_that_cannot_be_written_costs_a_warning(read_only: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_same(cached_scores(KEY, lambda: SCORES, read_only), SCORES)
    assert "cannot be used" in caplog.text


def test_full_disk_costs_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)
    assert "no space left" in caplog.text
    assert not is_cached(KEY, tmp_path)


def test_root_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.delenv("RANP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "ranp"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "ranp"


SLOW_PROCESS = """
import sys, time, torch
from pathlib import Path
from ranp.subject.cache import cached_scores

folder = Path(sys.argv[1])

def compute():
    (folder / f"computed-by-{sys.argv[2]}").touch()
    time.sleep(1)
    return {"conv": torch.arange(4.0)}

print(cached_scores("a" * 64, compute, folder)["conv"].sum().item())
"""


def test_two_processes_compute_once(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", SLOW_PROCESS, tmp_path, name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert answers == ["6.0", "6.0"]
    assert len(list(tmp_path.glob("computed-by-*"))) == 1


KILLED_PROCESS = """
import os, sys, time, torch
from pathlib import Path
from ranp.subject.cache import cached_scores

def hang(descriptor):
    Path(sys.argv[1], "writing").touch()
    time.sleep(60)

os.fsync = hang
cached_scores("a" * 64, lambda: {"conv": torch.zeros(4)}, Path(sys.argv[1]))
"""


def test_process_killed_while_writing_leaves_nothing_to_load(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED_PROCESS, tmp_path])
    deadline = time.monotonic() + 60
    while not (tmp_path / "writing").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    leftovers = list((tmp_path / "scores").glob(".*.tmp"))
    assert len(leftovers) == 1
    assert not is_cached(KEY, tmp_path)
    # The lock went with the process, the next one computes, and clears what was left.
    assert_same(cached_scores(KEY, lambda: SCORES, tmp_path), SCORES)
    assert not leftovers[0].exists()
