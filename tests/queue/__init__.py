"""Tests of `ranp/queue/`."""
