"""Packets: a network as bytes for the browser.

In: a state whose network is traced, and scored where that is asked for. Out: the name of the packet with which the live
charts evaluate every method by themselves, and the drawing of a channel graph.
Test: `pytest tests/browser/test_engine.py tests/xray`
"""

from explorer.packets import packing
from explorer.packets.drawing import draw

__all__ = ["draw", "packing"]
