"""Tests of `ranp/selection/optimal/`."""
