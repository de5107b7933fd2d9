"""How long the explorer's charts take to follow a control, in a real browser, beside a plain Streamlit page.

Ours: a control moves, every chart and figure is redrawn, and the browser has painted (two animation frames later). The
plain page: its slider is moved by the keyboard, the server runs, and all four charts show the new sparsity.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from ..row import Row
from ..server import ROOT, app, chromium, free_port

NETWORKS = {"3D-UNet, classroom": ("unet3d", "classroom"), "I3D, the paper's size": ("i3d", "ucf101")}
MOVES, PLAIN_MOVES = 40, 30
PATIENCE = 300_000  # milliseconds

# Moves a control and resolves with the milliseconds until the browser has painted what follows from it.
MOVE = """
([label, value, kind]) => new Promise((resolve, reject) => {
  const live = document.querySelector(".ranp-live");
  const controls = [...live.querySelectorAll(kind === "select" ? "select" : "input[type=range]")];
  const named = (node) => (node.getAttribute("aria-label") || node.labels?.[0]?.textContent || "");
  const control = controls.find((node) => named(node).includes(label));
  if (!control) return reject(new Error(`no control ${label}`));
  const started = performance.now();
  document.addEventListener("ranp:drawn", () => requestAnimationFrame(() => requestAnimationFrame(
    () => resolve(performance.now() - started))), { once: true });
  control.value = value;
  control.dispatchEvent(new Event(kind === "select" ? "change" : "input", { bubbles: true }));
})
"""


def moves(page: Page, label: str, values: list[Any], kind: str = "range") -> list[float]:
    """Seconds of each move."""
    page.evaluate(MOVE, [label, values[-1], kind])  # the first one compiles
    return [page.evaluate(MOVE, [label, value, kind]) / 1000 for value in values]


def spread(low: float, high: float, count: int) -> list[float]:
    """Values all over the range, neighbours far apart."""
    return [low + (high - low) * (index * 0.618034 % 1) for index in range(count)]


def open_page(browser: Browser, port: int, architecture: str, preset: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"http://127.0.0.1:{port}/?architecture={architecture}&preset={preset}&method=blend&alpha=0.5")
    start = page.get_by_role("button", name="Compute importance")
    charts = page.locator(".ranp-verdict").filter(has_text="MACs")
    start.or_(charts).wait_for(timeout=PATIENCE)
    if start.is_visible():
        start.click()
    charts.wait_for(timeout=PATIENCE)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE)
    page.wait_for_timeout(2000)
    return page


def plain_moves(browser: Browser, port: int, architecture: str, preset: str) -> list[float]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"http://127.0.0.1:{port}/?architecture={architecture}&preset={preset}")
    page.locator(".js-plotly-plot").nth(3).wait_for(timeout=PATIENCE)
    page.wait_for_timeout(2000)
    slider = page.get_by_role("slider")
    slider.focus()
    found = []
    for _ in range(PLAIN_MOVES):
        now = float(slider.get_attribute("aria-valuenow") or slider.input_value())
        page.evaluate("() => { window.started = performance.now() }")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            """(text) => { const all = [...document.querySelectorAll(".js-plotly-plot .gtitle")];
                 return all.length === 4 && all.every((title) => title.textContent.includes(text)); }""",
            arg=f"{now + 0.001:.3f}",
            timeout=PATIENCE,
            polling="raf",
        )
        found.append(page.evaluate("() => performance.now() - window.started") / 1000)
    return found


def cold_page(browser: Browser, port: int) -> list[float]:
    """From the address to the first charts, each time in a fresh browser context; the server has its caches."""
    found = []
    for _ in range(7):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(
            """document.addEventListener("ranp:drawn", () => requestAnimationFrame(() => requestAnimationFrame(
                 () => { window.firstCharts ??= performance.now(); })), true);"""
        )
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_function("() => window.firstCharts", timeout=PATIENCE)
        found.append(page.evaluate("() => window.firstCharts") / 1000)
        context.close()
    return found


def rows_of(
    name: str, ours: list[float], plain: list[float] | None, limits: tuple[float, float], how: str
) -> list[Row]:
    ordered = sorted(ours)
    late = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    beside = {} if plain is None else {"beside": statistics.median(plain), "beside_name": "st.plotly_chart page"}
    beside_late = {} if plain is None else {"beside": sorted(plain)[round(0.95 * (len(plain) - 1))]}
    return [
        Row(name=f"{name}, median", ours=statistics.median(ours), unit="s", limit=limits[0], how=how, **beside),
        Row(
            name=f"{name}, 95th percentile", ours=late, unit="s", limit=limits[1], how=how,
            **({} if plain is None else {**beside, **beside_late}),
        ),
    ]  # fmt: skip


def warm(cache: Path) -> None:
    """Score the large network beforehand, so that the app reads its importance from the disk."""
    for architecture, preset in NETWORKS.values():
        command = [sys.executable, "-m", "ranp", "score", architecture, "--preset", preset]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "RANP_CACHE": str(cache)}, check=True)


def measure() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        cache = Path(folder)
        warm(cache)
        port, plain_port = free_port(), free_port()
        with app(port, cache=cache), app(plain_port, "tests/benchmarks/measurements/plain_page.py", cache):
            for title, (architecture, preset) in NETWORKS.items():
                page = open_page(browser, port, architecture, preset)
                plain = plain_moves(browser, plain_port, architecture, preset)
                how = f"{MOVES} moves in Chromium, until painted; beside it {PLAIN_MOVES} moves of the plain page"
                live = (0.05, 0.1)
                rows += rows_of(
                    f"sparsity to all charts, {title}", moves(page, "Sparsity", spread(0, 0.8, MOVES)), plain, live, how
                )
                rows += rows_of(
                    f"alpha to all charts, {title}", moves(page, "α", spread(0, 1, MOVES)), plain, live, how
                )
                rows += rows_of(
                    f"lambda to all charts, {title}", moves(page, "λ", spread(0, 150, MOVES)), plain, live, how
                )
                methods = ["ranp-f", "vanilla", "weighted", "ranp-m", "layerwise", "random"] * 5
                rows += rows_of(
                    f"method to all charts, {title}", moves(page, "Method", methods, "select"), plain, (0.3, 0.5), how
                )
                page.context.close()
            rows += rows_of(
                "a cold page to its first charts", cold_page(browser, port), None, (3.0, 3.0),
                "fresh browser contexts, the server's caches warm, 3D-UNet classroom",
            )  # fmt: skip
    return rows
