"""Tests of `explorer/counting/`."""
