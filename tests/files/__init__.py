"""Tests of `ranp/files/`."""
