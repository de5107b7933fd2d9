"""The page X-ray: one neuron's way through the method.

In: the state, with the layer and the neuron. Out: the page, with the network drawn.
Test: `pytest tests/xray tests/browser/test_xray.py`
"""

from explorer.xray.page import page

__all__ = ["page"]
