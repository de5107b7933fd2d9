"""A notebook's cell that grades an answer: green or amber, with a hint."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from ranp.exercises import Exercise, Verdict, find, grade, read_exercises
from ranp.subject import allow


class Answer:
    """A verdict as a notebook shows it, and as text anywhere else."""

    def __init__(self, exercise: Exercise, verdict: Verdict) -> None:
        self.exercise, self.verdict = exercise, verdict

    def __repr__(self) -> str:
        return f"{self.exercise.name}: {self.verdict}"

    def _repr_html_(self) -> str:
        colour, sign, head = _LOOKS[self.verdict.passed]
        said = " ".join(self.verdict.hints)
        options = "".join(
            f"<li><code>{escape(repr(key))}</code>: {escape(text)}</li>" for key, text in self.exercise.options.items()
        )
        listed = f"<ul>{options}</ul>" if options and self.verdict.passed is None else ""
        return (
            f'<div style="border-left:4px solid {colour};padding:0.4em 0.8em">'
            f"<b>{sign} {escape(self.exercise.name)}: {head}</b><br>{escape(said)}{listed}</div>"
        )


_LOOKS = {True: ("#009E73", "✔", "right"), False: ("#D55E00", "✎", "not yet"), None: ("#0072B2", "?", "your turn")}


def check(name: str, answer: Any = None, file: Path | str | None = None, code: Sequence[str] = ()) -> Answer:
    """Grade an answer to the exercise ``name``, a notebook's or one of a teacher's ``file``; no answer shows the task.

    ``code`` are the modules whose code such a file may run, where an exercise is about a network of one's own.

    >>> check("kernel-weights", 12)
    kernel-weights: Not yet. It is larger. Kernel volume times input channels, plus one bias for the neuron.
    """
    allow(code)
    exercise = find(name, None if file is None else read_exercises(Path(file)))
    return Answer(exercise, grade(exercise, answer))
