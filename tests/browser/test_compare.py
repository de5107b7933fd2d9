"""One way through the Compare page in a real browser: pin, click a point, open it, share the board."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 90_000  # milliseconds; the first visit traces and scores on a busy machine


def settled(page: Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function("document.querySelectorAll('[data-stale=true]').length === 0", timeout=PATIENCE)


def pins(page: Page) -> list[str]:
    return [field.input_value() for field in page.get_by_label(re.compile("^Name of pin")).all()]


def test_from_a_pin_to_a_shared_board(server: str, page: Page) -> None:
    page.goto(f"{server}/compare?sparsity=0.4")
    page.get_by_role("button", name="Pin: RANP-f, sparsity 40.0 %").click(timeout=PATIENCE)
    name = page.get_by_label("Name of pin 1")
    expect(name).to_have_value("RANP-f, sparsity 40.0 %", timeout=PATIENCE)
    name.fill("mine <b>")
    name.press("Enter")
    settled(page)

    page.get_by_role("tab", name="MACs and memory").click()
    point = page.locator(".scatterlayer .trace").nth(1).locator(".point").last
    point.wait_for(timeout=PATIENCE)
    settled(page)
    before = page.get_by_role("combobox", name="Lambda").input_value()
    point.click(force=True)
    expect(page.get_by_role("combobox", name="Lambda")).not_to_have_value(before, timeout=PATIENCE)
    settled(page)
    page.get_by_role("button", name="Pin it").click()
    settled(page)

    page.get_by_role("tab", name="Plans").click()
    expect(page.get_by_label("Name of pin 2")).to_be_visible(timeout=PATIENCE)
    board = pins(page)
    assert board[0] == "mine <b>"
    page.get_by_role("button", name="Link to these pins").click()
    link = page.get_by_test_id("stCode").locator("code").inner_text()
    page.keyboard.press("Escape")
    page.locator(".st-key-open_1").get_by_role("button").click()
    expect(page).to_have_url(f"{server}/?sparsity=0.4", timeout=PATIENCE)

    page.goto(link)
    expect(page.get_by_label("Name of pin 2")).to_be_visible(timeout=PATIENCE)
    assert pins(page) == board
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
