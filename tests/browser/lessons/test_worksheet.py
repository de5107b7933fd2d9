"""Every tour on paper: printed by a browser, on A4 and on Letter, it is one page."""

import re

import pytest
from playwright.sync_api import Browser

from explorer.learn.questions.asking import Question
from explorer.learn.tours import TOURS
from explorer.learn.worksheet import Task, sheet

pytestmark = pytest.mark.browser

LONG = "…" + "x" * 38
"""As long as a layer's name in a question may be."""
ABOUT = "Network: a network of one's own, with a long name, at its only size; importance by gradient, seed 0."


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("answers", [False, True])
def test_a_worksheet_prints_on_one_page(browser: Browser, answers: bool) -> None:
    asked = Question(f"Next to RANP-f at the same sparsity, what of {LONG} is left then?", (LONG,) * 5,
                     frozenset({1}), f"{LONG}, " * 4)  # fmt: skip
    context = browser.new_context()
    page = context.new_page()
    counted = {}
    for name, tour in TOURS.items():
        page.set_content(sheet(tour, ABOUT, [Task(step, asked) for step in tour.steps], answers))
        for size in ("A4", "Letter"):
            counted[name, size] = pages(page.pdf(format=size, prefer_css_page_size=False))
    page.set_content("<p>x</p>" * 100)
    assert pages(page.pdf(format="A4")) > 1, "pages are counted"
    context.close()
    assert counted == dict.fromkeys(counted, 1)
