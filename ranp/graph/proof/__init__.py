"""What tries to refute a channel graph: the network traced again, and run, in shrunk form.

In: a network and the graph that was made of it. Out: the places where a guess about sizes was wrong, which are then
frozen, and an error for a shrunk network that computes something else than the masked one in double precision.
Test: `pytest tests/graph/test_verify.py tests/graph/test_fuzz.py`
"""
