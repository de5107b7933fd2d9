"""Tests of `ranp/models/`."""
