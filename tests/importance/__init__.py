"""Tests of `ranp/importance/`."""
