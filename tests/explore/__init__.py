"""Tests of `explorer/explore/`."""
