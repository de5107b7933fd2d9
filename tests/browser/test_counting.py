"""A time table that is asked for in a browser and called off, while the page looks after it by itself."""

from playwright.sync_api import Page, expect

from explorer.counting.wording import TABLE
from explorer.page.queued import CANCEL


def test_a_measurement_is_called_off_while_it_is_under_way(server: str, page: Page) -> None:
    page.goto(f"{server}/counting")
    measure = page.get_by_role("button", name=TABLE[2])
    measure.click(timeout=90_000)
    expect(page.get_by_text("Timing every operation: about")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name=CANCEL).click(timeout=30_000)
    expect(page.get_by_role("button", name=CANCEL)).not_to_be_visible(timeout=30_000)
    expect(measure).to_be_enabled()
