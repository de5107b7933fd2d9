"""The live charts: one Streamlit component that owns the sliders and the charts and evaluates plans in the browser.

`packet` encodes a network for it, `serve` hands out its files and packets, `live` mounts it on a page, and `assets/`
is what runs in the browser: `engine/` decides and prices as `ranp` does, the rest draws.
"""
