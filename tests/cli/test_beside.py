"""A computation in a second process: same answers, same errors, and no second process where there must be none."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from ranp.cli import beside
from ranp.cli.beside import Beside


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a command's process: the threads of the test runner do not count."""
    if sys.platform != "linux":
        pytest.skip("nothing is forked elsewhere")
    monkeypatch.setattr(beside, "_can_fork", lambda: True)


def test_the_answer_comes_from_another_process(alone: None) -> None:
    assert Beside(os.getpid).result() != os.getpid()


def test_nothing_is_forked_where_the_caller_says_so(alone: None) -> None:
    assert Beside(os.getpid, fork=False).result() == os.getpid()


def test_nothing_is_forked_beside_other_threads() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert Beside(os.getpid).result() == os.getpid()
    finally:
        done.set()
        thread.join()


def test_an_error_is_raised_here(alone: None) -> None:
    def fails() -> int:
        raise ValueError(f"in process {os.getpid()}")

    with pytest.raises(ValueError, match=f"in process {os.getpid()}"):
        Beside(fails).result()


def test_a_process_that_was_killed_costs_time_and_nothing_else(alone: None) -> None:
    here = os.getpid()

    def dies_elsewhere() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    assert Beside(dies_elsewhere).result() == here


def test_no_process_to_be_had(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(os, "fork", refused)
    assert Beside(os.getpid).result() == os.getpid()


def test_an_answer_that_nobody_waits_for_does_not_keep_the_command(alone: None) -> None:
    code = "import time; from ranp.cli.beside import Beside; Beside(lambda: time.sleep(600))"
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
