"""Memory of the app's process with the classroom default on screen."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from .memory import resident
from .row import Row

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
RUN_SECONDS = 180


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def app(port: int) -> Iterator[psutil.Process]:
    """The explorer with an empty cache, so that the scores are computed while we look."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "streamlit", "run", "explorer/app.py", "--server.headless", "true"]
        server = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "RANP_CACHE": cache},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the app did not answer within {START_SECONDS} s")


def visit(port: int) -> None:
    """Open the page as a person would and wait until a chart stands and the script is at rest."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("RANP_CHROMIUM") or None)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".js-plotly-plot").first.wait_for(timeout=RUN_SECONDS * 1000)
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=RUN_SECONDS * 1000)
        browser.close()


def measure() -> list[Row]:
    port = free_port()
    with app(port) as process:
        wait_until_healthy(port)
        visit(port)
        held = resident(process)
    return [
        Row(
            name="the app's process",
            ours=held,
            unit="bytes",
            limit=2**30,
            how="resident after one visitor saw the classroom default, scored with an empty cache",
        )
    ]
