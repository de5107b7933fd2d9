"""Tests of `ranp/data/`."""
