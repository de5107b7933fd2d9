"""Tests of `explorer/takeaway/`."""
