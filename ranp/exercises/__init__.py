"""Exercises that grade themselves.

In: a YAML file, ours in `lessons/` or a teacher's own, and a plan. Out: a verdict with a hint instead of right or wrong
alone, and a proof that each solution passes and each trap gets its hint.
Test: `pytest tests/exercises`
"""

from ranp.exercises.exercise import Exercise, Rule, Trap, find, lesson_exercises, read_exercises
from ranp.exercises.grading import Verdict, grade
from ranp.exercises.measuring import network_graph
from ranp.exercises.proving import flaws

__all__ = [
    "Exercise",
    "Rule",
    "Trap",
    "Verdict",
    "find",
    "flaws",
    "grade",
    "lesson_exercises",
    "network_graph",
    "read_exercises",
]
