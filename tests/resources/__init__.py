"""Tests of `ranp/resources/`."""
