"""Tests of `explorer/live/`."""
