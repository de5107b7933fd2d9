"""One way through the Compare page in a real browser: pin, click a point, open it, share the board."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.units import percent
from ranp.graph import ChannelGraph
from ranp.models import build
from ranp.plan import prune
from ranp.selection import METHODS, Pricer, PruningConfig
from ranp.timing import Work
from ranp.types import Scores
from tests.browser.test_fast_widths import pricer, timed, works
from tests.browser.test_live import drag, graph, moments, mount, packet, scores, sent

__all__ = ["graph", "moments", "mount", "packet", "pricer", "scores", "timed", "works"]  # the fixtures

MODEL = build("unet3d", "classroom", seed=0)

pytestmark = pytest.mark.browser

PATIENCE = 90_000  # milliseconds; the first visit traces and scores on a busy machine


def settled(page: Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function("document.querySelectorAll('[data-stale=true]').length === 0", timeout=PATIENCE)


def pins(page: Page) -> list[str]:
    return [field.input_value() for field in page.get_by_label(re.compile("^Name of pin")).all()]


def test_the_slider_on_equal_terms_moves_all_methods_while_one_drags(
    timed: Callable[..., Page], graph: ChannelGraph, scores: Scores, works: list[Work], pricer: Pricer
) -> None:
    """What each method leaves is the library's, and the server hears of it once the slider rests."""
    terms = [["macs", "MACs"], ["time", "Time"], ["sparsity", "Sparsity"]]
    page = timed({"target": "macs", "budget": 0.6}, view="equal", extra={"terms": terms})
    page.wait_for_function("window.model.timed !== null")
    drag(page, "equal-share", 0.5, 0.4, 0.3)
    rows = {row[0]: row[1:] for row in shown(page)}
    plans = {}
    for name, method in METHODS.items():
        config = PruningConfig(name, budget=("macs", 0.3), alpha={"ranp-f": 1.0, "ranp-m": 0.0}.get(name, 0.5))
        try:
            plans[method.title] = prune(graph, scores, config, MODEL, pricers={"time": pricer})
        except ValueError:
            assert rows[method.title][-1].startswith("no less than ")
    assert {"RANP-f", "RANP-m", "RANP-t", "Weighted neuron pruning", "Random"} <= plans.keys()
    for title, plan in plans.items():
        left = [getattr(plan.pruned, cost) / getattr(plan.full, cost) for cost in ("macs", "activations", "params")]
        seconds = pricer.price(plan.kept) / pricer.price(None)
        assert rows[title] == [*map(percent, (plan.requested_sparsity, *left, seconds)), "yes"]
    expect(page.locator(".ranp-terms output")).to_have_text("30.0 %")
    expect(page.locator(".ranp-bar")).to_have_count(0)
    expect(page.locator(".ranp-legend")).to_contain_text("RANP-m")
    words = page.locator(".ranp-plot")
    expect(words).to_have_attribute("aria-label", re.compile("RANP-f 30.0 % at sparsity|RANP-f 29.9 % at sparsity"))
    page.wait_for_timeout(600)
    assert (sent(page)[-1]["target"], sent(page)[-1]["budget"]) == ("macs", 0.3)
    page.get_by_role("radio", name="Time").check(force=True)
    page.wait_for_function("window.model.settings.target === 'time'")
    assert page.evaluate("window.model.left") == pytest.approx(sent(page)[-1]["budget"], abs=0.02), (
        "from where it stood"
    )


def shown(page: Page) -> list[list[str]]:
    """The table's rows."""
    rows = page.locator(".ranp-equal tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


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
    expect(page).to_have_url(re.compile(rf"{re.escape(server)}/\?sparsity=0.4&pin="), timeout=PATIENCE)
    told = parse_qs(urlsplit(page.url).query)
    assert told.pop("pin") == parse_qs(urlsplit(link).query)["pin"]
    assert told == {"sparsity": ["0.4"]}

    page.goto(link)
    expect(page.get_by_label("Name of pin 2")).to_be_visible(timeout=PATIENCE)
    assert pins(page) == board
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_on_a_phone_a_finger_on_a_chart_scrolls_the_page_and_a_tap_chooses(server: str, phone: Page) -> None:
    phone.goto(f"{server}/compare?architecture=unet3d&preset=classroom")
    phone.get_by_role("tab", name="Rank flips").click(timeout=PATIENCE)
    bars = phone.locator(".st-key-flips_by_layer .nsewdrag")
    bars.wait_for(timeout=PATIENCE)
    settled(phone)
    bars.scroll_into_view_if_needed()
    layer = phone.get_by_role("combobox", name="Layer", exact=True)
    before = layer.input_value()
    box = bars.bounding_box()
    assert box is not None
    swipe(phone, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, 160)
    moved = bars.bounding_box()
    assert moved is not None
    assert moved["y"] > box["y"] + 60
    phone.touchscreen.tap(moved["x"] + 9, moved["y"] + 0.6 * moved["height"])
    expect(layer).not_to_have_value(before, timeout=PATIENCE)


def swipe(page: Page, x: float, y: float, distance: float) -> None:
    """One finger moves down."""
    touch = page.context.new_cdp_session(page)
    points = [{"x": x, "y": y + distance * step / 8} for step in range(9)]
    for kind, point in zip(["touchStart"] + 8 * ["touchMove"], points, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
