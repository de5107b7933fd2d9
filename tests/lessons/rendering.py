"""Figures as pictures, drawn by a browser with the plotly.js that comes with plotly."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import plotly
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, chromium
from tests.lessons.stored import Render

WIDE = 800
USUAL_HEIGHT = 450
SCALE = 1.5
COLOURS = 96
LARGEST = 100_000
"""Bytes of a picture."""
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_DRAW = """
async ({ data, layout }) => {
  document.body.style.margin = 0;
  await Plotly.newPlot("figure", data, layout, { staticPlot: true });
}
"""


@contextmanager
def browser_renderer() -> Iterator[Render]:
    """What draws figures; the browser ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": WIDE, "height": 900}, device_scale_factor=SCALE)
        page.set_content('<!doctype html><div id="figure"></div>')
        page.add_script_tag(path=PLOTLY)

        def render(figure: dict[str, Any]) -> tuple[bytes, int, int]:
            height = round(figure["layout"].get("height") or USUAL_HEIGHT)
            layout = {**figure["layout"], "width": WIDE, "height": height, "autosize": False}
            page.evaluate(_DRAW, {"data": figure["data"], "layout": layout})
            return light(page.locator("#figure .svg-container").screenshot(animations="disabled")), WIDE, height

        yield render
        browser.close()


def light(picture: bytes) -> bytes:
    """The picture with few colours, which is all that figures have."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    found = io.BytesIO()
    image.save(found, "PNG", optimize=True)
    if found.tell() > LARGEST:
        raise ValueError(f"a picture is at most {LARGEST:,} bytes large, not {found.tell():,}; draw less in it")
    return found.getvalue()
