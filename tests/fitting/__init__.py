"""Tests of `ranp/fitting/`."""
