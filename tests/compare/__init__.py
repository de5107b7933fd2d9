"""Tests of `explorer/compare/`."""
