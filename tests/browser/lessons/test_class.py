"""A class in a real browser: two visitors, one by link and one by the code, count where they are, by no cookie."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60_000  # milliseconds; the first visit traces and scores on a busy machine


def tab(browser: Browser) -> Page:
    """A tab of another person."""
    return browser.new_context(viewport={"width": 1280, "height": 720}).new_page()


def test_two_visitors_are_counted_at_their_steps(server: str, browser: Browser) -> None:
    teacher, ann, ben = (tab(browser) for _ in range(3))
    teacher.goto(f"{server}/learn")
    teacher.get_by_text("For a class").click(timeout=PATIENCE)
    teacher.get_by_role("button", name="Open a class").click()
    title = teacher.get_by_role("heading", name=re.compile("Class "))
    expect(title).to_contain_text("nobody has joined yet", timeout=PATIENCE)
    code = re.findall(r"Class (\w{6})", title.inner_text())[0]

    ann.goto(f"{server}/learn?tour=neuron&step=1&class={code}")
    expect(ann.get_by_text(f"In class {code}")).to_be_visible(timeout=PATIENCE)
    cookies = {cookie["name"] for cookie in ann.context.cookies()}
    ben.goto(f"{server}/learn")
    ben.get_by_text("For a class").click(timeout=PATIENCE)
    assert {cookie["name"] for cookie in ben.context.cookies()} == cookies, "joining sets no cookie"
    ben.get_by_role("textbox", name="Code of a class").fill(code)
    ben.get_by_role("button", name="Join").click()
    expect(ben.get_by_text(f"In class {code}")).to_be_visible(timeout=PATIENCE)
    expect(title).to_contain_text("2 have joined", timeout=PATIENCE)
    board = teacher.get_by_role("table")
    expect(board).to_contain_text("the list of tours", timeout=PATIENCE)
    expect(board).to_contain_text("1 · A neuron is an output channel")

    ben.get_by_role("button", name="What a neuron is").click()
    expect(board).not_to_contain_text("the list of tours", timeout=PATIENCE)
    expect(board.get_by_role("row").nth(1)).to_contain_text("2")
    ann.context.close()
    expect(title).to_contain_text("1 has joined", timeout=PATIENCE)
    teacher.get_by_role("button", name="End the class").click()
    expect(teacher.get_by_text("For a class")).to_be_visible(timeout=PATIENCE)
    for page in (teacher, ben):
        page.context.close()
