"""The figures of the page Train check.

In: the facts of a check, a race or a sweep, plain values. Out: a `plotly.graph_objects.Figure` each: learning curves,
a race at equal cost, and a sweep's trials.
Test: `pytest tests/training/test_page_training.py tests/browser/test_train_check.py`
"""
