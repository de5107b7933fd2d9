"""Counts that the sparsity does not decide alone: by hand, in steps, by one factor, filled up, fast.

In: lifetimes of neurons and a `PruningConfig`. Out: lifetimes or masks by which layers keep as many neurons as they
should, tied layers the same ones; and as many other neurons.
Test: `pytest tests/selection`
"""
