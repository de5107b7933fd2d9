"""The command that sets a plan beside the optimal widths.

In: the parsed arguments of the command. Out: a JSON-ready object, and how it is said as text.
Test: `pytest tests/cli/test_allocate.py`
"""
