"""Tests of `ranp/cli/`."""
