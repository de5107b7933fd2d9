"""Tests of `ranp/formats/`."""
