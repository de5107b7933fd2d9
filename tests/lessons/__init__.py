"""Tests of `explorer/lessons/`."""
