"""Tests of `ranp/exercises/`."""
