"""Tests of `ranp/inputs/`."""
