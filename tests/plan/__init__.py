"""Tests of `ranp/plan/`."""
