"""The explorer as a server for measurements, and a browser to look at it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def app(port: int, script: str = "explorer/server.py", cache: Path | None = None) -> Iterator[psutil.Process]:
    """The explorer or another page script, answering when it is handed out; with an empty cache unless one is given."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
        quiet = ["--server.showEmailPrompt", "false", "--browser.gatherUsageStats", "false"]
        server = subprocess.Popen(
            [*command, *quiet, "--server.address", "127.0.0.1", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "RANP_CACHE": str(cache or empty), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_healthy(port)
            yield psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("RANP_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def _wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the app did not answer within {START_SECONDS} s")
