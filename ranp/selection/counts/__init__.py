"""Counts that the sparsity does not decide: widths given by hand, and channels in steps.

In: lifetimes of neurons and a `PruningConfig`. Out: lifetimes by which layers keep as many neurons as they should, tied
layers the same ones.
Test: `pytest tests/selection/test_widths.py`
"""
