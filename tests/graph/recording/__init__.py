"""Tests of `ranp.graph.recording`: copies, and kernels on meta."""
