"""Tests of `explorer/xray/`."""
