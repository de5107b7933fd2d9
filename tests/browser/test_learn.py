"""A tour in a real browser: by link, by keyboard, with the charts that follow, and as a lesson with controls hidden."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds; the first visit traces and scores on a busy machine


def test_a_tour_from_a_link_by_keyboard_and_back(server: str, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server}/learn?tour=empty&step=1&hide=preset&hide=seed")
    heading, sparsity = page.get_by_role("heading", level=4), page.get_by_role("slider", name="Sparsity")
    expect(heading).to_contain_text("Scores on very different scales", timeout=PATIENCE)
    expect(page.get_by_role("combobox", name=re.compile("Network"))).to_be_visible()
    expect(page.get_by_role("combobox", name=re.compile("Size"))).to_have_count(0)
    expect(page.get_by_role("img", name="importance")).to_be_visible(timeout=PATIENCE)
    expect(sparsity).to_be_hidden()
    expect(page.get_by_label("Method", exact=True)).to_be_hidden()

    page.keyboard.press("n")
    expect(heading).to_contain_text("One threshold for all", timeout=PATIENCE)
    expect(sparsity).to_have_value("0.2", timeout=PATIENCE)
    page.get_by_test_id("stRadio").get_by_text("encoder4.conv2", exact=True).click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("43.4 %", timeout=PATIENCE)
    sparsity.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"tour=empty&step=2.*sparsity=0\.2\d"), timeout=PATIENCE)
    assert "hide=preset&hide=seed" in page.url

    page.get_by_role("button", name="Next").click()
    expect(sparsity).to_have_value("0.5", timeout=PATIENCE)
    expect(page.get_by_label("Method", exact=True)).to_be_visible()
    page.go_back()
    expect(heading).to_contain_text("One threshold for all", timeout=PATIENCE)
    expect(page).to_have_url(re.compile("step=2"))
    assert errors == []


def test_seconds_come_with_the_answer_and_a_layer_shows_its_stairs(server: str, page: Page) -> None:
    page.goto(f"{server}/learn?tour=time&step=3")
    guess, source = page.get_by_text("Times: guess first."), page.get_by_text("Times: predicted for")
    expect(guess).to_be_visible(timeout=PATIENCE)
    page.get_by_test_id("stRadio").get_by_text("nearly all", exact=True).click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("with 16 neurons", timeout=PATIENCE)
    expect(source).to_be_visible(timeout=PATIENCE)
    expect(guess).to_have_count(0)
    page.get_by_label("Look into a layer").select_option("decoder1.conv1")
    expect(page.get_by_text("With 16 neurons the layer takes")).to_be_visible(timeout=PATIENCE)
