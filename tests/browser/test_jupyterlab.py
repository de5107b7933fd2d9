"""Every notebook in JupyterLab, in a real browser: run cell by cell up to its slider, which a mouse then drags."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PATIENCE = 300_000
"""Milliseconds that any one wait may take. Each waits for a condition; a slow, busy machine needs minutes for some."""
DRAWN = "figure => JSON.stringify([figure.data, figure.layout.shapes])"
"""What a figure shows, as plotly has it."""


class Lab:
    """A running JupyterLab: where it listens and what opens it."""

    def __init__(self, port: int, token: str) -> None:
        self.address, self.token = f"http://127.0.0.1:{port}", token

    def notebook(self, name: str) -> str:
        return f"{self.address}/doc/tree/notebooks/{name}?token={self.token}"

    def ask(self, path: str, method: str = "GET") -> Any:
        """The answer of its REST interface, from JSON."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.address}/api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on a copy of the notebooks, as `make notebooks` starts it."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "tests" / "benchmarks").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "benchmarks" / "paper_table.json", folder / "tests" / "benchmarks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(port, secrets.token_hex(16))
    places = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--allow-root",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={folder}", f"--LabApp.app_settings_dir={ROOT / '.ci' / 'jupyterlab'}",
    ]  # fmt: skip
    environment = {**os.environ, **places, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            await_start(lab, process, folder / "log")
            yield lab
        finally:
            process.terminate()
            process.wait(60)


def await_start(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while process.poll() is None and time.monotonic() < deadline:
        try:
            lab.ask("status")
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture
def lab(running: Lab) -> Iterator[Lab]:
    """The JupyterLab; the kernels of a test end with it, for each holds torch in memory."""
    yield running
    for kernel in running.ask("kernels"):
        running.ask(f"kernels/{kernel['id']}", "DELETE")


@pytest.mark.lab
@pytest.mark.browser
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_the_lab_and_its_slider_redraws_a_figure(lab: Lab, page: Page, name: str) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(lab.notebook(name), wait_until="commit")
    sliders = "slider(" in (ROOT / "notebooks" / name).read_text()
    cell = run_until(page, ".widget-slider" if sliders else ".widget-dropdown")
    figure = cell.locator(".js-plotly-plot")
    expect(figure.locator(".main-svg").first).to_be_visible(timeout=PATIENCE)
    before = figure.evaluate(DRAWN)
    if sliders:
        drag(cell.locator(".widget-slider").first)
    else:
        cell.locator(".widget-dropdown select").first.select_option(index=1)
    page.wait_for_function(f"([figure, before]) => ({DRAWN})(figure) !== before", arg=[figure.element_handle(), before])
    if shots := os.environ.get("RANP_SHOTS"):
        page.screenshot(path=str(Path(shots) / f"{name}.png"))


def run_until(page: Page, wanted: str) -> Locator:
    """Run cell after cell with Shift+Enter, as a reader does; return the first whose output holds ``wanted``."""
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)  # before that, there is nothing to run cells
    cells = page.locator(".jp-Notebook .jp-Cell")
    cells.first.locator(".jp-InputPrompt").click()
    complaints = page.locator("[data-mime-type$='jupyter.stderr'], [data-mime-type$='jupyter.error']")
    for number in range(cells.count()):
        cell = cells.nth(number)
        expect(cell).to_have_class(re.compile("jp-mod-active"), timeout=PATIENCE)
        page.keyboard.press("Shift+Enter")
        if "jp-CodeCell" in (cell.get_attribute("class") or ""):
            expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=PATIENCE)
            assert complaints.all_inner_texts() == []
            if cell.locator(wanted).count():
                return cell
    raise AssertionError(f"no cell of the notebook shows a {wanted}")


def drag(slider: Locator) -> None:
    """Drag its handle to a fifth of its length, with the mouse."""
    readout = slider.locator(".widget-readout")
    shown = readout.inner_text()
    track = slider.locator(".noUi-target")
    box = track.bounding_box()
    assert box is not None
    slider.locator(".noUi-handle").drag_to(track, target_position={"x": box["width"] / 5, "y": box["height"] / 2})
    expect(readout).not_to_have_text(shown, timeout=PATIENCE)
