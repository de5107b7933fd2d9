"""Controls: contestants by name, and which of them are one network.

In: names, contestants, and the entries of a check. Out: settings and labels, and sentences that follow from the counts.
Test: `pytest tests/checks/test_named.py tests/checks/test_alike.py`
"""
