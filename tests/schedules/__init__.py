"""Tests of `ranp.schedules`."""
