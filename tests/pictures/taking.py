"""The README's pictures, taken of the running app: `make pictures`, or `python -m tests.pictures.taking`.

The first is Explore as a visitor finds it; the other one is its drawing of the 3D-UNet at four sparsities.
"""

import base64
import io
import re
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, ROOT, chromium, running_app

SCREEN = ROOT / "explorer" / "assets" / "screenshot.png"
STRIP = ROOT / "docs" / "film-strip.png"

SPARSITIES = (0.0, 0.3, 0.6, 0.8)
LARGEST = 300_000  # bytes of a picture
COLOURS = 256
FRAME: ViewportSize = {"width": 1160, "height": 900}
"""The window of a frame: names are as large in it as they are to be read in the strip."""

PATIENCE = 120_000  # milliseconds; a first visit traces and scores

PAGE = """<!doctype html><style>
body { margin: 0; width: 1320px; background: #fff; color: #31333f; font: 15px/1.4 system-ui, sans-serif; }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 18px 36px; padding: 18px; }
figure { margin: 0; } figcaption { padding-bottom: 8px; } img { display: block; width: 100%; }
</style><main></main>"""

ADD = """
([caption, source]) => {
  const figure = document.createElement("figure"), image = document.createElement("img");
  const said = document.createElement("figcaption");
  said.textContent = caption;
  image.src = source;
  figure.append(said, image);
  document.querySelector("main").append(figure);
  return image.decode();
}
"""


def take(browser: Browser, address: str, screen: Path, strip: Path) -> None:
    """Both pictures of the app at ``address``, into these files."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    open_explore(page, address)
    save(page.screenshot(), screen)
    film = browser.new_page(viewport={"width": 1320, "height": 400}, device_scale_factor=1.5)
    film.set_content(PAGE)
    page.set_viewport_size(FRAME)
    page.wait_for_timeout(1000)
    for sparsity in SPARSITIES:
        caption, picture = frame(page, sparsity)
        film.evaluate(ADD, [caption, f"data:image/png;base64,{base64.b64encode(picture).decode()}"])
    save(film.screenshot(full_page=True), strip)


def open_explore(page: Page, address: str) -> None:
    """Explore with every figure that comes by itself."""
    page.goto(f"{address}/?architecture=unet3d")
    expect(page.locator(".ranp-source:visible").first).to_contain_text("predicted for", timeout=PATIENCE)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_timeout(1000)  # Streamlit fades in what it draws


def frame(page: Page, sparsity: float) -> tuple[str, bytes]:
    """What is said of a sparsity, and the drawing there."""
    slider = page.get_by_role("slider", name="Sparsity")
    slider.fill(str(sparsity))
    verdict = page.locator(".ranp-verdict > p").first
    expect(page.locator(".ranp-typed input").first).to_have_value(re.compile(f"^{100 * sparsity:.0f}$"))
    page.wait_for_timeout(300)
    left = verdict.inner_text().partition(": ")[2].replace(" %", "\u00a0%")
    return f"Sparsity {100 * sparsity:.0f}\u00a0%: {left}", page.locator(".ranp-architecture").screenshot(
        scale="device"
    )


def save(picture: bytes, file: Path) -> None:
    """Keep a picture small: few colours, which is all that drawings have."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(file, optimize=True)
    if file.stat().st_size > LARGEST:
        raise ValueError(f"expected at most {LARGEST:,} bytes for {file.name}, got {file.stat().st_size:,}; crop it")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder), Path(folder) / "studies.db") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        take(browser, address, SCREEN, STRIP)
        browser.close()


if __name__ == "__main__":
    main()
