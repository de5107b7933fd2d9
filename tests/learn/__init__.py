"""Tests of `explorer/learn/`."""
