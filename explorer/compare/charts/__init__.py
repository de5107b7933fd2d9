"""The figures of the page Compare.

In: the facts of several plans, plain values. Out: a `plotly.graph_objects.Figure` each; a plan has one colour and one
mark in all of them.
Test: `pytest tests/compare tests/charts`
"""
