"""Tests of `ranp/selection/`."""
