"""One present plan on every page: moved on one, undone on another, kept over a reload, carried by a link."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 90_000  # milliseconds; the first visit traces and scores on a busy machine
PAGES = {
    "Explore": "",
    "X-ray": "xray",
    "Compare": "compare",
    "Train check": "training",
    "Export": "export",
    "Counting": "counting",
}
"""Each with its path."""


def bar(page: Page) -> None:
    """Wait until the bar of the page stands with its seconds, and the server has nothing to do."""
    expect(page.get_by_role("region", name="Controls")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".ranp-left-of", has_text="step time")).to_be_visible(timeout=PATIENCE)
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_timeout(400)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)


def left(page: Page) -> list[str]:
    """What is left of MACs, memory, parameters, neurons and step time, as the bar says it."""
    return page.locator(".ranp-left-of").all_inner_texts()


def press(page: Page, keys: str) -> None:
    page.get_by_role("combobox", name="Method").focus()
    page.keyboard.press(keys)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def entries(page: Page) -> int:
    found = page.evaluate("history.length")
    assert isinstance(found, int)
    return found


def test_a_plan_moved_on_one_page_is_undone_on_another(server: str, page: Page) -> None:
    page.goto(f"{server}/?sparsity=0.4")
    bar(page)
    start = left(page)
    before = entries(page)
    slider = page.get_by_role("slider", name="Sparsity")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.45, 0.5, 0.55, 0.6):  # with pauses longer than the browser waits before it tells the server
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(400)
    page.mouse.up()
    expect(page).not_to_have_url(f"{server}/?sparsity=0.4", timeout=PATIENCE)
    settled(page)
    moved = left(page)
    assert moved != start
    assert entries(page) == before + 1, "one entry a gesture, however long it takes"
    sparsity = query(page)["sparsity"]

    for name, path in list(PAGES.items())[1:]:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(rf"/{path}\?.*sparsity={sparsity[0]}"), timeout=PATIENCE)
        expect(page.locator(".ranp-bar:visible")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator(".ranp-left-of")).to_have_text(moved, timeout=PATIENCE)
        settled(page)
        assert query(page)["sparsity"] == sparsity, name
    assert entries(page) == before + len(PAGES), "and one a page"

    press(page, "Control+z")
    expect(page.locator(".ranp-left-of")).to_have_text(start)
    expect(page).to_have_url(re.compile("sparsity=0.4$"), timeout=PATIENCE)
    settled(page)
    press(page, "Control+Shift+z")
    expect(page.locator(".ranp-left-of")).to_have_text(moved)
    expect(page).to_have_url(re.compile(f"sparsity={sparsity[0]}"), timeout=PATIENCE)
    settled(page)

    page.get_by_role("button", name="History").click()
    steps = page.locator(".ranp-step")
    assert steps.count() == 2
    expect(steps.last).to_have_text("RANP-f, sparsity 40.0 %")
    expect(steps.first).to_have_attribute("aria-current", "step")
    steps.last.click()
    expect(page.locator(".ranp-left-of")).to_have_text(start)
    expect(page).to_have_url(re.compile("sparsity=0.4$"), timeout=PATIENCE)
    page.get_by_role("link", name="Explore", exact=True).click()
    expect(page.locator(".ranp-verdict:visible")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".ranp-left-of")).to_have_text(start, timeout=PATIENCE)
    expect(page.get_by_role("slider", name="Sparsity")).to_have_value("0.4")


def test_undo_takes_back_fast_widths(server: str, page: Page) -> None:
    page.goto(f"{server}/?architecture=unet3d&preset=classroom&sparsity=0.5")
    bar(page)
    start = left(page)
    switch = page.get_by_role("switch", name="Fast widths")
    expect(switch).to_be_enabled(timeout=PATIENCE)
    switch.check()
    settled(page)
    expect(page).to_have_url(re.compile("snap=add"), timeout=PATIENCE)
    moved = left(page)
    assert moved != start
    page.get_by_role("button", name="Undo").click()
    expect(switch).not_to_be_checked()
    expect(page.locator(".ranp-left-of")).to_have_text(start)
    expect(page).not_to_have_url(re.compile("snap="), timeout=PATIENCE)
    settled(page)
    press(page, "Control+y")
    expect(switch).to_be_checked()
    expect(page.locator(".ranp-left-of")).to_have_text(moved)
    expect(page).to_have_url(re.compile("snap=add"), timeout=PATIENCE)


def test_undo_takes_back_the_network_too_and_what_was_not_told_yet(server: str, page: Page) -> None:
    page.goto(f"{server}/export?sparsity=0.4")
    bar(page)
    start = left(page)
    page.get_by_role("combobox", name="Method").select_option("ranp-m")
    page.keyboard.press("Control+z")  # at once: the server has not heard of the method
    expect(page.get_by_role("combobox", name="Method")).to_have_value("ranp-f")
    settled(page)
    assert left(page) == start
    press(page, "Control+y")
    expect(page.get_by_role("combobox", name="Method")).to_have_value("ranp-m", timeout=PATIENCE)
    settled(page)
    assert query(page)["method"] == ["ranp-m"]


def test_pins_survive_a_reload_on_any_page_and_are_in_the_link(server: str, page: Page) -> None:
    page.goto(f"{server}/compare?sparsity=0.4")
    page.get_by_role("button", name="Pin: RANP-f, sparsity 40.0 %").click(timeout=PATIENCE)
    expect(page.get_by_label("Name of pin 1")).to_be_visible(timeout=PATIENCE)
    settled(page)
    page.get_by_role("link", name="Explore", exact=True).click()
    bar(page)
    assert "name=RANP-f" in query(page)["pin"][0]
    link = page.url
    page.reload()
    bar(page)
    assert page.url == link
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_label(re.compile("^Name of pin"))).to_have_value("RANP-f, sparsity 40.0 %", timeout=PATIENCE)

    context = page.context.browser
    assert context is not None
    other = context.new_context()
    stranger = other.new_page()
    stranger.goto(link)
    bar(stranger)
    stranger.get_by_role("link", name="Compare", exact=True).click()
    expect(stranger.get_by_label(re.compile("^Name of pin"))).to_have_count(1, timeout=PATIENCE)
    other.close()
