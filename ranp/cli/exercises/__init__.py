"""The commands of lessons: check one exercise, grade a class.

In: an answer, or a folder of them. Out: what is right, and what to try next.
Test: `pytest tests/cli tests/exercises`
"""
