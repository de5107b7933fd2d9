"""What an exercise is, and how it is read from YAML: plain data, of which nothing is ever executed.

An answer is a ``plan``, a ``number``, a ``choice``, or ``code``: a function of the reader's, compared with one of ours
(`ranp.exercises.coding`). Every exercise has a solution and says what goes wrong and why: rules for plans, traps (known
wrong answers, each with its hint) for the others.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from ranp.exercises.coding import PUZZLES
from ranp.files import check_regular, parse_yaml, read_text
from ranp.subject import Subject

LESSONS = Path(__file__).with_name("lessons")
ANSWERS = ("plan", "number", "choice", "code")
MEASURES: dict[str, str] = {
    "macs": "of the MACs are left",
    "memory": "of the activation memory is left",
    "params": "of the parameters are left",
    "time": "of a training step's seconds are left, by the time table that comes with the library",
    "sparsity": "of the neurons are removed",
    "thinnest_layer": "of its neurons are left in the thinnest layer",
    "layer": "of the neurons of this layer are left",
}
"""What a rule may measure of a plan, each a share from 0 to 1."""

MOST_BYTES = 2**16
"""Of a file of exercises; ours have 2,400. YAML is slow to read."""


@dataclass(frozen=True)
class Rule:
    """A bound on a measure of the plan; ``layer`` where the measure is one layer's."""

    measure: str
    at_least: float = 0.0
    at_most: float = 1.0
    layer: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Trap:
    """A known wrong answer: a number, an option, or the settings of a plan; and what to say to it."""

    answer: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. ``tolerance`` is relative; ``solution`` is an answer, the settings of a plan, or one of `PUZZLES`.

    A plan is of a network of the library (``architecture``, ``preset``), or of one's own: the import path ``model`` of
    its factory, ``inputs`` as ``--input`` takes them, and ``data`` and ``loss`` on which a solution is scored. They are
    names, whose code only a process runs that was told to (`ranp.subject.allow`).
    """

    name: str
    task: str
    answer: str
    solution: Any
    wrong: tuple[Trap, ...]
    hint: str = ""
    tolerance: float = 0.01
    options: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    preset: str = "classroom"
    rules: tuple[Rule, ...] = ()
    model: str = ""
    inputs: tuple[str, ...] = ()
    data: str = ""
    loss: str = ""

    @property
    def subject(self) -> Subject:
        """The network that a plan is of; ``ValueError`` where that makes no sense."""
        if not self.model:
            return Subject(self.architecture, self.preset)
        return Subject(model=self.model, inputs=self.inputs, data=self.data or None, loss=self.loss or None)


@cache
def lesson_exercises() -> dict[str, Exercise]:
    """The exercises of all notebooks by name, in the notebooks' order."""
    return _named(exercise for path in sorted(LESSONS.glob("*.yaml")) for exercise in read_exercises(path).values())


def find(name: str, exercises: Mapping[str, Exercise] | None = None) -> Exercise:
    """The exercise of that name; ``ValueError`` where there is none."""
    known = lesson_exercises() if exercises is None else exercises
    if name not in known:
        near = get_close_matches(name, known, n=1)
        meant = f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(known)}"
        raise ValueError(f"there is no exercise '{name}'{meant}")
    return known[name]


def read_exercises(path: Path) -> dict[str, Exercise]:
    """The exercises of a YAML file by name; ``ValueError`` names the file, the exercise and what is wrong with it."""
    check_regular(path)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes, so it is no file of exercises")
    text = read_text(path, MOST_BYTES)
    document = parse_yaml(text, path.name)
    if not isinstance(document, list) or not document:
        raise ValueError(f"{path.name} must be a list of exercises, each beginning with '- name:'")
    return _named(_exercise(entry, path.name) for entry in document)


def _named(exercises: Iterable[Exercise]) -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for exercise in exercises:
        if exercise.name in found:
            raise ValueError(f"two exercises are called '{exercise.name}'; give each a name of its own")
        found[exercise.name] = exercise
    return found


def _exercise(entry: Any, source: str) -> Exercise:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.replace("-", "").isalnum():
        raise ValueError(f"an exercise in {source} needs a name of letters, digits and hyphens, not {name!r}")
    try:
        values = dict(entry)
        values["wrong"] = tuple(Trap(**trap) for trap in values.pop("wrong", ()))
        values["rules"] = tuple(Rule(**rule) for rule in values.pop("rules", ()))
        values["inputs"] = tuple(_listed(values.pop("inputs", [])))
        exercise = Exercise(**values)
    except TypeError as error:
        raise ValueError(f"exercise '{name}' in {source} cannot be read: {error}") from error
    for problem in _problems(exercise):
        raise ValueError(f"exercise '{name}' in {source} {problem}")
    return exercise


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"inputs is no list of texts, but {str(value)[:40]!r}")
    return value


def _problems(exercise: Exercise) -> Iterable[str]:
    if exercise.answer not in ANSWERS:
        yield f"has answer {exercise.answer!r}; expected one of {', '.join(ANSWERS)}"
    if not isinstance(exercise.task, str) or not exercise.task.strip():
        yield "has no task"
    if not _are_texts(exercise.hint, exercise.architecture, exercise.preset, *(trap.hint for trap in exercise.wrong)):
        yield "has a hint, an architecture or a preset that is no text"
    yield from _problems_of_network(exercise)
    if not isinstance(exercise.options, dict) or not _are_texts(*exercise.options, *exercise.options.values()):
        yield "has options that are no mapping of texts to texts"
    if not _is_number(exercise.tolerance) or exercise.tolerance < 0:
        yield f"has the tolerance {exercise.tolerance!r}, which is no number of at least 0"
    if exercise.answer == "number" and not all(_is_number(trap.answer) for trap in exercise.wrong):
        yield "has a wrong answer that is no number"
    if exercise.answer == "plan" and not all(isinstance(trap.answer, dict) for trap in exercise.wrong):
        yield "has a wrong answer that is no plan's settings"
    if exercise.answer == "choice" and exercise.solution not in [*exercise.options]:
        yield f"has the solution {exercise.solution!r}, which is not among its options"
    if exercise.answer == "number" and not _is_number(exercise.solution):
        yield f"has the solution {exercise.solution!r}, which is no number"
    if exercise.answer == "code":
        puzzle = PUZZLES.get(exercise.solution) if isinstance(exercise.solution, str) else None
        if puzzle is None:
            yield f"asks for the code of {exercise.solution!r}; expected one of {', '.join(PUZZLES)}"
        elif any(trap.answer not in [*puzzle.mistakes] for trap in exercise.wrong):
            yield f"has a wrong answer that is none of the mistakes {', '.join(puzzle.mistakes)}"
    if exercise.answer == "plan":
        named = exercise.architecture or exercise.model
        if not named or not exercise.rules or not isinstance(exercise.solution, dict):
            yield "asks for a plan, so it needs an architecture or a model, rules, and the settings of a solution"
        for rule in exercise.rules:
            if not _are_texts(rule.layer, rule.hint):
                yield "has a rule whose layer or hint is no text"
            if rule.measure not in [*MEASURES] or not (_is_number(rule.at_least) and _is_number(rule.at_most)):
                yield f"has a rule on {rule.measure!r}; expected one of {', '.join(MEASURES)}, with numbers as bounds"


def _problems_of_network(exercise: Exercise) -> Iterable[str]:
    """What is wrong with a network of one's own; nothing of it is imported."""
    texts = (exercise.model, exercise.data, exercise.loss, *exercise.inputs)
    if not _are_texts(*texts):
        yield "has a model, inputs, data or a loss that is no text"
    elif exercise.model and exercise.architecture:
        yield "has an architecture of the library and a model of one's own; leave one of them out"
    elif exercise.model:
        try:
            exercise.subject  # noqa: B018 it is checked when it is made
        except ValueError as error:
            yield f"names a network that makes no sense: {error}"
    elif any(texts):
        yield "has inputs, data or a loss, which go with a model of one's own"


def _is_number(value: object) -> bool:
    """Of those that a float holds: YAML has ``.nan``, ``.inf``, and whole numbers of any length."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)
