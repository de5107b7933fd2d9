"""Tests of `ranp/checks/`."""
