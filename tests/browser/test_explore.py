"""The journeys through the explorer's first page that matter, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ranp.models import build
from ranp.plan import load_plan

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds; the first visit traces and scores on a busy machine


def wait_for_charts(page: Page) -> None:
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("removes", timeout=PATIENCE)


def metric(page: Page, label: str) -> str:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()


def test_from_the_first_visit_to_a_plan_in_hand(server: str, page: Page, tmp_path: Path) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url, server) else None)
    page.goto(server)
    wait_for_charts(page)
    before = metric(page, "Parameters")

    slider = page.get_by_role("slider", name="Sparsity")
    slider.focus()
    page.keyboard.press("PageUp")  # a tenth
    for _ in range(3):
        page.keyboard.press("ArrowRight")  # a thousandth each
    expect(page).to_have_url(re.compile(r"sparsity=0\.60"), timeout=PATIENCE)
    page.wait_for_function("document.querySelectorAll('[data-stale=true]').length === 0")
    assert metric(page, "Parameters") != before
    expect(page.get_by_test_id("stMetric").filter(has_text="Training memory")).to_contain_text("B", timeout=PATIENCE)

    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name="Download plan").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    plan = load_plan(file)
    asked = float(re.search(r"sparsity=([\d.]+)", page.url)[1])  # type: ignore[index]
    assert plan.requested_sparsity == pytest.approx(asked)
    small = plan.apply(build("unet3d", "classroom", seed=0))
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params
    assert elsewhere == []  # nothing is loaded from the network


def is_elsewhere(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def test_a_link_restores_what_it_was_made_from(server: str, page: Page) -> None:
    page.goto(f"{server}/?sparsity=0.3&method=vanilla")
    wait_for_charts(page)
    expect(page.get_by_role("slider", name="Sparsity")).to_have_value("0.3")
    shown = page.get_by_test_id("stAlertContentSuccess").inner_text()
    page.get_by_role("slider", name="Sparsity").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"sparsity=0\.301"), timeout=PATIENCE)
    page.goto(f"{server}/?sparsity=0.3&method=vanilla")
    wait_for_charts(page)
    assert page.get_by_test_id("stAlertContentSuccess").inner_text() == shown


def test_a_step_back_restores_the_state_before(server: str, page: Page) -> None:
    page.goto(f"{server}/?sparsity=0.3")
    wait_for_charts(page)
    page.get_by_role("slider", name="Sparsity").focus()
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile(r"sparsity=0\.(399|4)"), timeout=PATIENCE)
    page.wait_for_function("document.querySelectorAll('[data-stale=true]').length === 0")
    page.go_back()
    expect(page.get_by_role("slider", name="Sparsity")).to_have_value("0.3", timeout=PATIENCE)


def test_an_emptied_layer_is_named_and_one_click_mends_it(server: str, page: Page) -> None:
    page.goto(f"{server}/?sparsity=0.97")
    message = page.get_by_test_id("stAlertContentError")
    expect(message).to_contain_text("has no neuron left", timeout=PATIENCE)
    page.get_by_role("button", name=re.compile("^Use ")).click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("removes", timeout=PATIENCE)


def test_a_wrong_link_is_told_and_shows_something(server: str, page: Page) -> None:
    page.goto(f"{server}/?sparsity=lots&architecture=%3Cscript%3E")
    wait_for_charts(page)
    warnings = page.get_by_test_id("stAlertContentWarning")
    expect(warnings).to_have_count(2)
    expect(warnings.filter(has_text="<script>")).to_have_count(1)  # as text


def test_charts_have_names_for_screen_readers(server: str, page: Page) -> None:
    page.goto(server)
    wait_for_charts(page)
    for words in ("Bar chart of 15 layers", "Line chart over sparsity", "Importance of 588 neurons"):
        expect(page.get_by_role("figure", name=re.compile(words))).to_be_visible()


def test_on_a_phone_slider_and_chart_are_seen_together(server: str, phone: Page) -> None:
    phone.goto(server)
    wait_for_charts(phone)
    phone.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    phone.get_by_test_id("stMain").evaluate(
        "main => main.scrollTop += document.querySelector('.js-plotly-plot').getBoundingClientRect().top - 260"
    )
    slider = phone.get_by_role("slider", name="Sparsity").bounding_box()
    chart = phone.locator(".js-plotly-plot").first.bounding_box()
    assert slider is not None
    assert chart is not None
    assert 0 <= slider["y"] < chart["y"]
    assert chart["y"] + chart["height"] <= 844
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
