"""Every notebook in JupyterLab, in a real browser: run as a whole, its first slider moved, its figure redrawn."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from playwright.sync_api import Locator, Page, expect

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PATIENCE = 400_000
"""Milliseconds: a notebook computes for up to two minutes, more on a busy machine."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and token of a JupyterLab on a copy of the notebooks, as `make notebooks` starts it."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "tests" / "benchmarks").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "benchmarks" / "paper_table.json", folder / "tests" / "benchmarks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    places = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--allow-root",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
    ]  # fmt: skip
    environment = {**os.environ, **places, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    log = (folder / "log").open("w+")
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            if process.poll() is not None:
                pytest.fail(f"JupyterLab ended at its start:\n{(folder / 'log').read_text()}")
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield address, token
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@pytest.mark.lab
@pytest.mark.browser
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_the_lab_and_its_slider_moves(lab: tuple[str, str], page: Page, name: str) -> None:
    address, token = lab
    page.goto(f"{address}/doc/tree/notebooks/{name}?token={token}")
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)  # before that, there is nothing to run cells
    page.get_by_role("menuitem", name="Run", exact=True).first.click(timeout=PATIENCE)
    page.get_by_text("Run All Cells", exact=True).first.click(timeout=PATIENCE)
    figures = page.locator(".jp-OutputArea .js-plotly-plot")
    expect(figures.first).to_be_visible(timeout=PATIENCE)
    control = page.locator(".widget-slider .noUi-handle, .widget-dropdown select").first
    expect(control).to_be_visible(timeout=PATIENCE)
    settled(page)
    figure = page.locator(".jp-OutputArea:has(.widget-slider, .widget-dropdown) .js-plotly-plot").first
    before = drawn(figure)
    if control.evaluate("element => element.tagName") == "SELECT":
        control.select_option(index=1)
    deadline = time.monotonic() + 60
    while drawn(figure) == before and time.monotonic() < deadline:
        if control.evaluate("element => element.tagName") != "SELECT":
            control.press("ArrowLeft")
        page.wait_for_timeout(500)
    assert drawn(figure) != before
    expect(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
    if shots := os.environ.get("RANP_SHOTS"):
        page.screenshot(path=str(Path(shots) / f"{name}.png"))


def drawn(figure: Locator) -> str:
    """What the figure shows, as plotly has it."""
    return figure.evaluate("element => JSON.stringify([element.data, element.layout.shapes])")


def settled(page: Page) -> None:
    """Wait until no cell is running or waiting."""
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=PATIENCE)
