"""Packets: a network as bytes for the browser.

In: a state whose network is traced, and scored where that is asked for. Out: the name of the packet with which the live
charts evaluate every method by themselves.
Test: `pytest tests/browser/test_engine.py tests/xray`
"""

from explorer.packets import packing

__all__ = ["packing"]
