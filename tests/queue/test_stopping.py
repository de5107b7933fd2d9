"""A stop comes where it does no harm, at once where it may, and a second one anywhere."""

import os
import signal
import time

import pytest

from ranp.queue import Stop


def test_a_request_waits_for_a_place_that_allows_it() -> None:
    stop = Stop()
    stop.check()
    stop.ask()
    with pytest.raises(KeyboardInterrupt):
        stop.check()
    with pytest.raises(KeyboardInterrupt), stop.at_once():
        pytest.fail("it was asked before")


def test_at_once_but_for_what_must_be_done_wholly() -> None:
    stop, done = Stop(), []

    def work() -> None:
        with stop.later():
            stop.ask()
            done.append("written")
        done.append("too late")

    with pytest.raises(KeyboardInterrupt), stop.at_once():
        work()
    assert done == ["written"]


def test_what_must_be_done_wholly_is_done_outside_too() -> None:
    stop = Stop()
    with stop.later():
        stop.ask()
    with pytest.raises(KeyboardInterrupt):
        stop.check()


def test_a_second_request_does_not_wait() -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(KeyboardInterrupt), stop.later():
        stop.ask()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_are_heard_and_left_as_they_were(number: signal.Signals) -> None:
    stop, before = Stop(), signal.getsignal(number)
    with stop.listening():
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        with pytest.raises(KeyboardInterrupt):
            stop.check()
    assert signal.getsignal(number) is before
