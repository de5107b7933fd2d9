"""From an answer to a verdict with hints.

Of a plan only the masks count: what they cost is worked out anew, on the exercise's own network, so that a file that
was tampered with gains nothing.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ranp.exercises.exercise import MEASURES, Exercise, Rule
from ranp.graph import ChannelGraph
from ranp.plan import Plan, check_fits
from ranp.selection import BUDGETS
from ranp.subject import library_network
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
    if answer == exercise.solution:
        return Verdict(True, ())
    if answer not in exercise.options:
        return Verdict(False, (f"Choose one of {', '.join(exercise.options)}.",))
    return Verdict(False, tuple(trap.hint for trap in exercise.wrong if trap.answer == answer) or (exercise.hint,))


def _of_plan(exercise: Exercise, answer: Any) -> Verdict:
    if not isinstance(answer, Plan):
        return Verdict(False, (f"A plan is wanted, as ranp.prune makes it, not {type(answer).__name__}.",))
    graph = network_graph(exercise.architecture, exercise.preset)
    try:
        check_fits(answer.kept, graph, f" ({exercise.architecture}, preset {exercise.preset})")
        graph.unit_kept(answer.kept)
    except ValueError as error:
        return Verdict(False, (f"The plan is not for this exercise's network: {error}.",))
    empty = graph.empty_layers(answer.kept)
    if empty:
        return Verdict(
            False,
            (
                f"'{empty[0]}' has no neuron left, so there is no network. Prune less, balance the layers, or use "
                "min_neurons.",
            ),
        )
    hints = [hint for rule in exercise.rules if (hint := _broken(rule, graph, answer.kept))]
    if hints:
        return Verdict(False, (*hints, exercise.hint) if exercise.hint else tuple(hints))
    return Verdict(True, (f"{_measured(exercise.rules[0], graph, answer.kept)[1]}.",))


def _broken(rule: Rule, graph: ChannelGraph, kept: Masks) -> str | None:
    """What the rule has to say against the plan, with both figures."""
    share, said = _measured(rule, graph, kept)
    rounding = 1e-9
    if rule.at_least - rounding <= share <= rule.at_most + rounding:
        return None
    wanted = f"at most {rule.at_most:.1%}" if share > rule.at_most else f"at least {rule.at_least:.1%}"
    return f"{said}; wanted: {wanted}. {rule.hint}".strip()


def _measured(rule: Rule, graph: ChannelGraph, kept: Masks) -> tuple[float, str]:
    """The share that the rule is about, and a sentence with it."""
    if rule.measure in ("thinnest_layer", "layer"):
        shares = {name: float(mask.float().mean()) for name, mask in kept.items()}
        if rule.measure == "layer" and rule.layer not in shares:
            raise ValueError(f"the exercise has a rule for the layer '{rule.layer}', which its network does not have")
        name = rule.layer if rule.measure == "layer" else min(shares, key=lambda each: shares[each])
        which = f"'{name}'" if rule.measure == "layer" else f"the thinnest layer, '{name}',"
        return shares[name], f"{shares[name]:.1%} of the neurons of {which} are left"
    if rule.measure == "sparsity":
        share = 1 - sum(int(mask.sum()) for mask in kept.values()) / sum(mask.numel() for mask in kept.values())
    else:
        field = BUDGETS[rule.measure].cost
        share = getattr(graph.cost(kept), field) / getattr(graph.cost(), field)
    return share, f"{share:.1%} {MEASURES[rule.measure]}"


def _is_near(value: float, expected: Any, tolerance: float) -> bool:
    return math.isclose(value, float(expected), rel_tol=tolerance, abs_tol=1e-12)


@lru_cache(maxsize=16)
def network_graph(architecture: str, preset: str) -> ChannelGraph:
    """The channel graph of an exercise's network, traced once."""
    return library_network(architecture, preset, {}, 0, "xavier").trace()
