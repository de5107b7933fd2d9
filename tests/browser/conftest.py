"""A running app and a browser for it: Chromium from `RANP_CHROMIUM` or the system, the server on a free local port."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app of `server` keeps checks; no worker takes them but the test's own."""
    return tmp_path_factory.mktemp("database") / "studies.db"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, database: Path) -> Iterator[str]:
    """The app's address. Its cache is empty, and it runs as `make app` runs it."""
    with running_app(tmp_path_factory.mktemp("server"), database) as address:
        yield address


@contextmanager
def running_app(folder: Path, database: Path, *arguments: str, here: Path = ROOT) -> Iterator[str]:
    """The address of an app that is started in the folder ``here`` with these arguments; it ends behind the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "RANP_CACHE": str(folder / "cache"), "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    environment |= {"RANP_DATABASE": str(database), "RANP_WORKER": "none"}
    log = (folder / "log").open("w+")
    command = [sys.executable, "-m", "ranp", "app", "--no-browser", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=here, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            if process.poll() is not None:
                pytest.fail(f"the app ended at its start:\n{(folder / 'log').read_text()}")
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def chromium() -> str | None:
    """Chromium, where it is there."""
    return os.environ.get("RANP_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium()
    if found is None:
        pytest.skip("no Chromium on this machine; name one in RANP_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test that fails says what its page said last, and what was inert: an error dialog makes all beneath it so."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page") or getattr(item, "funcargs", {}).get("phone")
    if report.failed and call.when == "call" and page is not None and not page.is_closed():
        with suppress(Error):  # a page that goes elsewhere says nothing any more
            for said in page.locator("[role=dialog], [role=alert], [data-testid=stException]").all_inner_texts():
                report.sections.append(("the page's dialogs and alerts", said))
            inert = "marked => marked.map(element => element.outerHTML.slice(0, 300))"
            for element in page.locator("[inert]").evaluate_all(inert):
                report.sections.append(("what is inert on the page", element))
    return report  # type: ignore[return-value]
