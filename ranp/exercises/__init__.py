"""Exercises that grade themselves: data in YAML files, graded with hints instead of right or wrong alone.

``lessons/`` holds those of the notebooks, a file a notebook; a teacher's own file is read the same way.
"""

from ranp.exercises.exercise import Exercise, Rule, Trap, find, lesson_exercises, read_exercises
from ranp.exercises.grading import Verdict, grade
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
    "read_exercises",
]
