"""Tests of `ranp/graph/`."""
