"""Tests of `explorer/export/`."""
