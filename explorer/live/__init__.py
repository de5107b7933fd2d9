"""The live charts: controls and charts that work in the browser.

In: the bytes of a packet. Out: the addresses of the component's files and of packets, which `serve` hands out. In
`assets/`, `engine/` decides and prices as `ranp` does, and the rest draws; `explorer.page.component` puts it on a page.
Test: `pytest tests/browser/test_engine.py tests/browser/test_live.py`
"""

from explorer.live.serve import ASSETS, PACKETS, PICTURES, PLOTLY, base, imported, preloading, routes

__all__ = ["ASSETS", "PACKETS", "PICTURES", "PLOTLY", "base", "imported", "preloading", "routes"]
