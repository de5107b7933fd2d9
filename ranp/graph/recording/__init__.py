"""A network run once on tensors without values, with each operation noted down.

In: a network, its inputs, and the mode it is in. Out: a flat list of operations on tensors of known shape, with the
module that each belongs to, or a `TraceError` that says what stopped it. The real network is never changed: copies run.
Test: `pytest tests/graph/recording tests/graph/test_pieces.py tests/graph/test_rebinding.py`
"""
