"""Tests of `explorer/state/`."""
