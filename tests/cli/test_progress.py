"""Lines of progress where there is no terminal: when one comes, and what it says."""

import io

import pytest

from ranp.progress import ProgressBar, duration


class Clock:
    """Seconds that only a test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def said(steps: list[tuple[float, float | None]], shown: bool = True) -> list[str]:
    """The lines after showing each share at each time."""
    lines: list[str] = []
    clock = Clock()
    with ProgressBar("train", shown, terminal=False, write=lines.append, clock=clock) as bar:
        for clock.now, done in steps:
            bar.show(done, "full")
    return lines


def test_a_line_comes_after_ten_seconds_and_a_tenth_whichever_is_later() -> None:
    assert said([(1, 0.5), (9.9, 0.6)]) == []
    assert said([(11, 0.05), (20, 0.09)]) == []
    assert said([(11, 0.05), (20, 0.1)]) == ["train: 10% done, full, 20 s so far, about 3 min left"]
    assert [line.split(",")[0] for line in said([(10, 0.2), (15, 0.4), (20, 0.5), (29, 0.9), (31, 0.95)])] == [
        "train: 20% done", "train: 50% done", "train: 95% done",
    ]  # fmt: skip


def test_a_long_run_says_something_each_minute() -> None:
    assert len(said([(second, second / 36_000) for second in range(0, 601, 5)])) == 10


def test_the_end_is_said_where_something_was_said_before() -> None:
    assert said([(1, 1.0)]) == []
    assert said([(12, 0.5), (13, 1.0), (14, 1.0)])[1:] == ["train: 100% done, full, after 13 s"]


def test_where_nobody_knows_how_much_there_is() -> None:
    assert said([(5, None), (12, None), (15, None), (23, None)]) == [
        "train: full, 12 s so far", "train: full, 23 s so far",
    ]  # fmt: skip


def test_others_say_nothing() -> None:
    assert said([(100, 0.5)], shown=False) == []


def test_lines_go_to_stderr_and_a_bar_to_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    with ProgressBar("score", clock=clock) as bar:
        clock.now = 11
        bar.show(0.5)
    assert capsys.readouterr() == ("", "score: 50% done, 11 s so far, about 11 s left\n")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    import sys

    with ProgressBar("score") as bar:
        bar.show(0.25, "batch 1")
        bar.show(0.5, "batch 2")
    assert "score:  50% |" in sys.stderr.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "0 s"), (89, "89 s"), (91, "2 min"), (5400, "1 h 30 min")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
