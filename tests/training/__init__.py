"""Tests of `ranp/training/` and `explorer/training/`."""
