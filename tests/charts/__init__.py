"""Tests of `explorer/charts/`."""
