"""Is an exercise sound? Its solution must pass, and its wrong answers must fail with the hint that they are given."""

from typing import Any

from ranp.exercises.coding import PUZZLES
from ranp.exercises.exercise import Exercise, Trap
from ranp.exercises.grading import grade
from ranp.exercises.measuring import network_graph, time_prices
from ranp.plan import Plan, prune
from ranp.selection import PruningConfig
from ranp.subject import Scoring, compute_scores
from ranp.types import Scores

LEAST_WRONG = 2


def flaws(exercise: Exercise) -> list[str]:
    """One sentence for each thing that is wrong with the exercise; none where it can be given to a class."""
    found = []
    verdict = grade(exercise, _answer(exercise, exercise.solution))
    if not verdict.passed:
        found.append(f"'{exercise.name}': the solution does not pass. {verdict}")
    if len(exercise.wrong) < LEAST_WRONG:
        found.append(f"'{exercise.name}': {LEAST_WRONG} wrong answers with hints are needed, to try it on")
    for trap in exercise.wrong:
        found += _unhelpful(exercise, trap)
    return found


def _unhelpful(exercise: Exercise, trap: Trap) -> list[str]:
    verdict = grade(exercise, _answer(exercise, trap.answer))
    if verdict.passed:
        return [f"'{exercise.name}': the wrong answer {trap.answer!r} passes"]
    said = " ".join(verdict.hints)
    if not trap.hint.strip() or trap.hint not in said:
        return [f"'{exercise.name}': {trap.answer!r} should be told '{trap.hint}', and is told '{said}'"]
    return []


def _answer(exercise: Exercise, given: Any) -> Any:
    if exercise.answer == "code":
        puzzle = PUZZLES[exercise.solution]
        return puzzle.ours if given == exercise.solution else puzzle.mistakes[given]
    return plan_of(exercise, given) if exercise.answer == "plan" else given


def plan_of(exercise: Exercise, settings: dict[str, Any]) -> Plan:
    """The plan of these settings, those of `ranp.PruningConfig`, on the exercise's network."""
    values = dict(settings)
    if isinstance(values.get("budget"), dict):
        values["budget"] = tuple(values["budget"].items()) or None
    if isinstance(values.get("caps"), dict):
        values["caps"] = tuple(values["caps"].items())
    if "protect" in values:
        values["protect"] = tuple(values["protect"])
    graph = network_graph(exercise)
    try:
        config = PruningConfig(**values)
    except TypeError as error:
        raise ValueError(f"exercise '{exercise.name}' has settings that no plan has: {error}") from error
    timed = any(rule.measure == "time" for rule in exercise.rules)
    pricers = {"time": time_prices(exercise).pricer()} if timed else {}
    return prune(graph, _scores(exercise), config, pricers=pricers)


_SCORED: dict[tuple[object, ...], Scores] = {}


def _scores(exercise: Exercise) -> Scores:
    """The importance of the network's neurons, computed once."""
    subject = exercise.subject
    key = (subject.title, subject.inputs, subject.data, subject.loss)
    if key not in _SCORED:
        network, graph = subject.network(0), network_graph(exercise)
        _SCORED[key] = compute_scores(network, graph, Scoring(), subject.data, subject.loss)[0]
    return _SCORED[key]
