"""Counts of a sweep and the time that is left, against sums by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ranp.checks import Progress
from ranp.queue import Job, tally

START = datetime(2026, 1, 1, tzinfo=UTC)


def job(state: str, seconds: float | None = None, done: float | None = None, left: float | None = None) -> Job:
    progress = None if done is None else Progress(0, "full", 0, 3, 0.5, done, left)
    ended = None if seconds is None else START + timedelta(seconds=seconds)
    return replace(
        Job("a", "mine", 0, "waiting", None, "", ""), state=state, progress=progress, started=START, ended=ended
    )


def test_states_are_counted_and_shares_added() -> None:
    found = tally([job("done", 10), job("failed", 1), job("cancelled"), job("running", done=0.5), job("waiting")])
    assert (found.done, found.failed, found.cancelled, found.running, found.waiting) == (1, 1, 1, 1, 1)
    assert found.total == 5
    assert found.share == pytest.approx(3.5 / 5)
    assert found.words == "1 done, 1 failed, 1 cancelled, 1 running, 1 waiting"


def test_what_waits_takes_as_long_as_what_is_done_did() -> None:
    """Failures are over early and say nothing of it."""
    found = tally([job("done", 10), job("done", 30), job("failed", 1), job("waiting"), job("waiting"), job("waiting")])
    assert found.remaining_seconds == pytest.approx(3 * 20)


def test_workers_share_what_is_left() -> None:
    running = [job("running", done=0.5, left=10.0), job("running", done=0.1, left=18.0)]
    assert tally([job("done", 20), *running, job("waiting")]).remaining_seconds == pytest.approx((10 + 18 + 20) / 2)


def test_the_first_trial_is_judged_by_itself() -> None:
    found = tally([job("running", done=0.25, left=30.0), job("waiting")])
    assert found.remaining_seconds == pytest.approx(30 + 40)


def test_nothing_known_and_nothing_left() -> None:
    assert tally([job("running"), job("waiting")]).remaining_seconds is None
    assert tally([job("done", 5), job("failed", 1)]).remaining_seconds == 0
    assert tally([]).share == 1
    assert tally([]).words == "no trials"
