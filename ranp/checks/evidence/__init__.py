"""Evidence: what the races show of scores at a cost, as curves and in words.

In: races by name, whatever there is of them. Out: for each task the scores of every contestant against the MACs that
are left, those of the schedules against the whole bill, too, and the paragraphs on accuracy.
Test: `pytest --doctest-modules ranp/checks/evidence tests/checks/test_evidence.py tests/schedules/test_when.py`
"""
