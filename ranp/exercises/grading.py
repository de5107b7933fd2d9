"""From an answer to a verdict with hints.

Of a plan only the masks count: what they cost is worked out anew, on the exercise's own network, so that a file that
was tampered with gains nothing.
"""

import math
from dataclasses import dataclass
from typing import Any

from ranp.exercises.coding import tried
from ranp.exercises.exercise import Exercise, Rule
from ranp.exercises.measuring import measured, network_graph
from ranp.plan import Plan, check_fits
from ranp.selection import NEVER_EMPTY
from ranp.types import Masks


@dataclass(frozen=True)
class Verdict:
    """Whether the answer passes, and what to say to it: what was reached, or what to try. None: no answer yet."""

    passed: bool | None
    hints: tuple[str, ...]

    def __str__(self) -> str:
        head = {True: "Right.", False: "Not yet.", None: "No answer yet."}[self.passed]
        return " ".join([head, *self.hints])


def grade(exercise: Exercise, answer: Any) -> Verdict:
    """What to say to an answer; ``None`` is no answer yet."""
    if answer is None or answer is ...:
        return Verdict(None, (exercise.task.strip(),))
    if exercise.answer == "plan":
        return _of_plan(exercise, answer)
    if exercise.answer == "code":
        return _of_code(exercise, answer)
    return _of_number(exercise, answer) if exercise.answer == "number" else _of_choice(exercise, answer)


def _of_number(exercise: Exercise, answer: Any) -> Verdict:
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return Verdict(False, (f"A number is wanted, not {str(answer)[:40]!r}.",))
    if _is_near(value, exercise.solution, exercise.tolerance):
        return Verdict(True, ())
    for trap in exercise.wrong:
        if _is_near(value, trap.answer, exercise.tolerance):
            return Verdict(False, (trap.hint,))
    size = "" if not math.isfinite(value) else "It is larger. " if value < exercise.solution else "It is smaller. "
    return Verdict(False, (f"{size}{exercise.hint}".strip(),))


def _of_choice(exercise: Exercise, answer: Any) -> Verdict:
    answer = str(answer)  # an option that reads as a number may be given as one
    if answer == exercise.solution:
        return Verdict(True, ())
    if answer not in exercise.options:
        return Verdict(False, (f"Choose one of {', '.join(exercise.options)}.",))
    return Verdict(False, tuple(trap.hint for trap in exercise.wrong if trap.answer == answer) or (exercise.hint,))


def _of_code(exercise: Exercise, answer: Any) -> Verdict:
    if not callable(answer):
        said = f"A function is wanted, not {str(answer)[:40]!r}; write it in the notebook, which calls it."
        return Verdict(False, (said,))
    found = tried(exercise.solution, answer)
    if not found.written:
        return Verdict(None, (exercise.task.strip(),))
    if found.problem is None:
        return Verdict(True, ("It does what ours does on all random calls.",))
    traps = tuple(trap.hint for trap in exercise.wrong if trap.answer == found.mistake)
    return Verdict(False, (found.problem, *(traps or ((exercise.hint,) if exercise.hint else ()))))


def _of_plan(exercise: Exercise, answer: Any) -> Verdict:
    if not isinstance(answer, Plan):
        return Verdict(False, (f"A plan is wanted, as ranp.prune makes it, not {type(answer).__name__}.",))
    graph = network_graph(exercise)
    try:
        check_fits(answer.kept, graph, f" ({exercise.subject.title})")
        graph.unit_kept(answer.kept)
    except ValueError as error:
        return Verdict(False, (f"The plan is not for this exercise's network: {error}.",))
    empty = graph.empty_layers(answer.kept)
    if empty:
        return Verdict(
            False,
            (
                f"'{empty[0]}' has no neuron left, so there is no network. Prune less, balance the layers, or use "
                f"{', '.join(NEVER_EMPTY)}.",
            ),
        )
    hints = [hint for rule in exercise.rules if (hint := _broken(exercise, rule, answer.kept))]
    if hints:
        return Verdict(False, (*hints, exercise.hint) if exercise.hint else tuple(hints))
    return Verdict(True, (f"{measured(exercise, exercise.rules[0], answer.kept)[1]}.",))


def _broken(exercise: Exercise, rule: Rule, kept: Masks) -> str | None:
    """What the rule has to say against the plan, with both figures."""
    share, said = measured(exercise, rule, kept)
    rounding = 1e-9
    if rule.at_least - rounding <= share <= rule.at_most + rounding:
        return None
    wanted = f"at most {rule.at_most:.1%}" if share > rule.at_most else f"at least {rule.at_least:.1%}"
    return f"{said}; wanted: {wanted}. {rule.hint}".strip()


def _is_near(value: float, expected: Any, tolerance: float) -> bool:
    return math.isclose(value, float(expected), rel_tol=tolerance, abs_tol=1e-12)
