"""Tests of `explorer/compute/`."""
