"""Tests of `ranp/statistics/`."""
