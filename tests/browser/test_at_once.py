"""A first visit: nothing jumps, nothing fails, and large networks are there without a click."""

import pytest
from playwright.sync_api import ConsoleMessage, Page

WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("ranp:drawn", () => { window.drawn = true; }, true);
"""
MOST_SHIFT = 0.05


def open_first(page: Page, address: str) -> list[str]:
    """Open the address and wait for the charts; what the browser's console said was wrong."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.on("console", note)
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_function("window.drawn", timeout=60_000)
    page.wait_for_timeout(1500)
    return said


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/xray"])
def test_nothing_jumps_and_nothing_fails(server: str, page: Page, path: str) -> None:
    assert open_first(page, server + path) == []
    assert page.evaluate("window.shift") < MOST_SHIFT
    assert page.title() != "Streamlit"


@pytest.mark.browser
def test_nothing_jumps_on_a_phone(server: str, phone: Page) -> None:
    assert open_first(phone, server) == []
    assert phone.evaluate("window.shift") < MOST_SHIFT


@pytest.mark.browser
def test_brats_at_the_papers_size_is_there_at_once(server: str, page: Page) -> None:
    open_first(page, f"{server}/?architecture=unet3d&preset=brats")
    page.get_by_text("brain procedural, 1 example, seed 0").wait_for()
    assert page.get_by_role("button", name="Compute importance").count() == 0
