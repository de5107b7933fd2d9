"""A step of a tour on a projector: one view, hints, keys wherever the focus is, and its presentation."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds; the first visit traces and scores on a busy machine
WIDTH, HEIGHT = 1280, 720


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    yield context.new_page()
    context.close()


def in_view(*parts: Locator) -> bool:
    """Whether all of each part lies within the window."""
    boxes = [part.bounding_box() for part in parts]
    return all(
        box is not None
        and min(box["x"], box["y"]) >= 0
        and box["x"] + box["width"] <= WIDTH
        and box["y"] + box["height"] <= HEIGHT
        for box in boxes
    )


def answer(page: Page, option: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(option, exact=True).click()


def drag(page: Page, slider: Locator, to: float) -> None:
    """Drag the thumb of the slider to a share of its width."""
    box = slider.bounding_box()
    assert box is not None
    start = float(slider.input_value()) / float(slider.get_attribute("max") or 1)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 9 + start * (box["width"] - 18), middle)
    page.mouse.down()
    page.mouse.move(box["x"] + to * box["width"], middle, steps=4)
    page.mouse.up()


def test_question_control_and_chart_are_in_one_view_and_nothing_tells_the_answer(server: str, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server}/learn?tour=empty&step=2")
    heading, slider = page.get_by_role("heading", level=4), page.get_by_role("slider", name="Sparsity")
    question, chart = page.get_by_test_id("stRadio"), page.get_by_role("img", name="Bar chart of")
    ruler = page.locator(".ranp-reason")
    expect(chart).to_be_visible(timeout=PATIENCE)
    expect(question).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("Costs before and after")).to_contain_text("MiB", timeout=PATIENCE)
    assert in_view(heading, question, slider, chart)
    box = chart.bounding_box()
    assert box is not None
    assert box["height"] >= 240
    expect(ruler).to_be_hidden()

    said = page.get_by_test_id("stAlert")
    answer(page, "final")
    expect(said).to_contain_text("Not that one. A layer is empty once", timeout=PATIENCE)
    answer(page, "decoder1.conv1")
    expect(said).to_contain_text("Not that one either. Drag the sparsity", timeout=PATIENCE)
    expect(ruler).to_be_hidden()
    assert in_view(heading, question, slider, chart, page.get_by_role("button", name="Next"))
    drag(page, slider, 0.8)
    expect(page.locator(".ranp-verdict")).to_contain_text("encoder4.conv2 has no neuron left", timeout=PATIENCE)
    answer(page, "encoder4.conv2")
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("43.4 %", timeout=PATIENCE)
    expect(ruler).to_contain_text("then layer encoder4.conv2 is empty")

    page.keyboard.press("b")
    expect(heading).to_contain_text("Scores on very different scales", timeout=PATIENCE)
    page.keyboard.press("n")
    expect(heading).to_contain_text("One threshold for all", timeout=PATIENCE)
    expect(slider).to_have_value("0.2", timeout=PATIENCE)
    drag(page, slider, 0.4)
    expect(slider).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("radio", name="Importance")).to_be_checked()
    page.keyboard.press("n")
    expect(heading).to_contain_text("An empty layer ends the network", timeout=PATIENCE)
    method = page.get_by_label("Method", exact=True)
    expect(method).to_be_visible(timeout=PATIENCE)
    method.focus()
    page.keyboard.press("n")
    expect(heading).not_to_contain_text("An empty layer", timeout=PATIENCE)
    assert errors == []


@pytest.mark.slow
def test_a_presentation_is_large_goes_on_by_remote_control_and_is_left_by_escape(server: str, page: Page) -> None:
    page.goto(f"{server}/learn?tour=balance&step=1")
    heading, chart = page.get_by_role("heading", level=4), page.locator(".ranp-plot:visible")
    navigation = page.get_by_test_id("stTopNavLink").first
    expect(chart).to_have_count(1, timeout=PATIENCE)
    expect(navigation).to_be_visible()
    usual = heading.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    page.get_by_role("button", name="Present").click()
    expect(navigation).to_be_hidden()
    assert heading.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 1.25 * usual
    expect(chart).to_have_count(1)
    page.wait_for_function(
        "() => { const box = document.querySelector('.ranp-plot').getBoundingClientRect();"
        " return box.height > 150 && box.bottom <= innerHeight; }"
    )
    page.keyboard.press("PageDown")
    expect(heading).to_contain_text("Reweighting", timeout=PATIENCE)
    page.get_by_role("slider", name=re.compile("reweighting")).focus()
    page.keyboard.press("PageUp")
    expect(heading).to_contain_text("Balance", timeout=PATIENCE)
    expect(navigation).to_be_hidden()
    page.keyboard.press("Escape")
    expect(navigation).to_be_visible()


@pytest.mark.slow
def test_who_is_new_starts_from_the_first_screen(server: str, page: Page) -> None:
    page.goto(server)
    start = page.get_by_role("button", name="Start here")
    expect(start).to_be_visible(timeout=PATIENCE)
    assert in_view(start)
    start.click()
    expect(page.get_by_role("heading", level=4)).to_contain_text("A neuron is an output channel", timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"/learn\?tour=neuron&step=1"), timeout=PATIENCE)
