"""From the first start of the explorer, with an empty cache, to the first charts; and how far things move meanwhile.

Each network of the list is opened by a link in a browser that has not been there, on a server that has just started.
"""

import time

from playwright.sync_api import Browser

from explorer.compute import choices

from ..row import Row
from ..server import app, chromium, free_port

PATIENCE = 300_000  # milliseconds
LIMIT = 3.0
MOST_SHIFT = 0.05
SETTLED = 1500
"""Milliseconds after the first charts, in which things may still move."""

# The first charts are there when the browser has painted them, two animation frames after they were drawn.
WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("ranp:drawn", () => requestAnimationFrame(() => requestAnimationFrame(
  () => { window.firstCharts ??= performance.now(); })), true);
"""
WINDOWS = {"1440 x 900": (1440, 900), "1280 x 720": (1280, 720), "390 x 844": (390, 844)}


def opened(browser: Browser, address: str, window: tuple[int, int]) -> tuple[float, float]:
    """Seconds to the first charts, and the layout shift until a moment after them."""
    context = browser.new_context(viewport={"width": window[0], "height": window[1]})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_function("window.firstCharts", timeout=PATIENCE)
    page.wait_for_timeout(SETTLED)
    found = page.evaluate("window.firstCharts / 1000"), page.evaluate("window.shift")
    context.close()
    return found


def measure() -> list[Row]:
    networks = [(name, preset) for name, one in choices().architectures.items() for preset in one.presets]
    with chromium() as browser:
        port, begun = free_port(), time.perf_counter()
        with app(port):
            started = time.perf_counter() - begun
            whole = started + opened(browser, f"http://127.0.0.1:{port}/", (1440, 900))[0]
            shifts = {name: opened(browser, f"http://127.0.0.1:{port}/", size)[1] for name, size in WINDOWS.items()}
        seconds = {}
        for name, preset in networks:
            port = free_port()
            with app(port):
                address = f"http://127.0.0.1:{port}/?architecture={name}&preset={preset}"
                seconds[f"{name} {preset}"] = opened(browser, address, (1440, 900))[0]
    slowest, worst = max(seconds, key=lambda name: seconds[name]), max(shifts, key=lambda name: shifts[name])
    met = sum(one <= LIMIT for one in seconds.values())
    empty = "an empty cache, a server and a browser that have just started"
    return [
        Row("the first start to first charts", whole, "s", LIMIT, f"{empty}; from the command on, 3D-UNet classroom"),
        Row(
            "a network to first charts, the slowest of the list", seconds[slowest], "s", LIMIT,
            f"{empty}; {slowest}; {met} of {len(seconds)} within {LIMIT:g} s",
        ),
        Row(
            "layout shift until the charts stand", shifts[worst], "", MOST_SHIFT,
            f"3D-UNet classroom; the most of {', '.join(WINDOWS)}: {worst}",
        ),
    ]  # fmt: skip
