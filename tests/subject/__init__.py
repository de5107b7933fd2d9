"""Tests of `ranp/subject/`."""
