"""The journeys through the running explorer that matter, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ranp.models import build
from ranp.plan import load_plan

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds; the first visit traces and scores on a busy machine
REPORTED = 1_000  # milliseconds in which the component has told the server what the visitor did


def open_page(page: Page, address: str) -> None:
    """Open the address and wait until the live charts stand and the server has nothing more to do."""
    page.goto(address)
    expect(verdict(page)).to_contain_text(re.compile("removes|no neuron left|No plan"), timeout=PATIENCE)
    settle(page)


def settle(page: Page) -> None:
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=PATIENCE)


def verdict(page: Page) -> Locator:
    """The sentence that says what the plan does."""
    return page.locator(".ranp-verdict > p").first


def sparsity(page: Page) -> Locator:
    return page.get_by_role("slider", name="Sparsity")


def is_elsewhere(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def test_from_the_first_visit_to_a_plan_in_hand(server: str, page: Page, tmp_path: Path) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url, server) else None)
    open_page(page, server)
    before = verdict(page).inner_text()

    sparsity(page).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"sparsity=0\.503"), timeout=PATIENCE)
    assert verdict(page).inner_text() != before
    settle(page)

    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name="Download plan").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    plan = load_plan(file)
    assert plan.requested_sparsity == pytest.approx(0.503)
    small = plan.apply(build("unet3d", "classroom-tissue", seed=0))
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params
    left = f"{100 * plan.pruned.macs / plan.full.macs:.1f} %"
    assert left in verdict(page).inner_text().replace("\u00a0", " ")
    assert elsewhere == []  # nothing is loaded from the network


def test_dragging_asks_the_server_nothing(server: str, page: Page) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    open_page(page, server)
    wait_until_silent(page, sent)  # the estimate of training memory asks once by itself
    box = sparsity(page).bounding_box()
    assert box is not None
    page.evaluate(WATCH)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.5 * box["width"], middle)
    page.mouse.down()
    before = len(sent)
    page.mouse.move(box["x"] + 0.75 * box["width"], middle, steps=25)
    assert len(sent) == before
    assert page.evaluate("() => window.verdicts.size") > 5  # while the page followed
    page.mouse.up()
    page.wait_for_timeout(REPORTED)
    assert len(sent) > before  # and the server hears of it in the end


WATCH = """
() => {
  window.verdicts = new Set();
  document.addEventListener("ranp:drawn", () => window.verdicts.add(
    document.querySelector(".ranp-verdict").textContent));
}
"""


def wait_until_silent(page: Page, sent: list[int]) -> None:
    for _ in range(30):
        before = len(sent)
        page.wait_for_timeout(2 * REPORTED)
        if len(sent) == before:
            return
    pytest.fail("the page does not stop talking to the server")


def test_a_link_restores_what_it_was_made_from(server: str, page: Page) -> None:
    query = "sparsity=0.3&method=vanilla&protect=encoder1.conv1&cap=encoder2.conv1%3D0.5&layer=encoder2.conv1"
    open_page(page, f"{server}/?{query}")
    expect(sparsity(page)).to_have_value("0.3")
    shown = verdict(page).inner_text()
    sparsity(page).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"sparsity=0\.301"), timeout=PATIENCE)
    assert "protect=encoder1.conv1" in page.url
    link = page.url.replace("sparsity=0.301", "sparsity=0.3")
    open_page(page, link)
    assert verdict(page).inner_text() == shown
    page.go_back()
    expect(sparsity(page)).to_have_value("0.301", timeout=PATIENCE)


def test_three_costs_are_blended_with_one_handle(server: str, page: Page) -> None:
    open_page(page, server)
    expect(page.locator(".ranp-source:visible").first).to_contain_text("predicted for", timeout=PATIENCE)
    page.get_by_role("button", name="Options").click()
    handle = page.get_by_role("slider", name="Costs: MACs, memory and time")
    expect(handle).to_have_attribute("aria-valuetext", "MACs 100 %, memory 0 %, time 0 %")
    handle.focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    expect(handle).to_have_attribute("aria-valuetext", "MACs 80 %, memory 0 %, time 20 %")
    expect(page).to_have_url(re.compile(r"method=blend.*time_share=0\.2"), timeout=PATIENCE)
    page.keyboard.press("PageUp")
    expect(verdict(page)).to_contain_text("RANP-t removes")
    expect(page).to_have_url(re.compile("method=ranp-t"), timeout=PATIENCE)


def test_a_layer_shows_where_it_stands_on_its_staircase(server: str, page: Page) -> None:
    open_page(page, f"{server}/?layer=decoder1.conv1")
    said = page.locator(".ranp-inspector .ranp-drawn-said")
    expect(said).to_contain_text("of a training step", timeout=PATIENCE)
    before = said.inner_text()
    sparsity(page).focus()
    page.keyboard.press("Home")
    expect(said).not_to_have_text(before)
    expect(said).to_contain_text("With 16 neurons the layer takes")


def test_a_lesson_link_takes_controls_out_of_the_visitors_hands(server: str, page: Page) -> None:
    open_page(page, f"{server}/?hide=lambda&hide=preset&fix=method&fix=seed")
    expect(page.get_by_role("slider", name="λ")).to_have_count(0)
    expect(page.get_by_text("Size", exact=True)).to_have_count(0)
    expect(page.get_by_role("combobox", name="Method")).to_be_disabled()
    expect(sparsity(page)).to_be_enabled()


def test_an_emptied_layer_is_named_and_one_click_mends_it(server: str, page: Page) -> None:
    open_page(page, f"{server}/?sparsity=0.97")
    expect(verdict(page)).to_contain_text("has no neuron left")
    page.get_by_role("button", name=re.compile("^Use ")).first.click()
    expect(verdict(page)).to_contain_text("removes", timeout=PATIENCE)


def test_a_wrong_link_is_told_and_shows_something(server: str, page: Page) -> None:
    open_page(page, f"{server}/?sparsity=lots&architecture=%3Cscript%3E")
    warnings = page.get_by_test_id("stAlertContentWarning")
    expect(warnings).to_have_count(2)
    expect(warnings.filter(has_text="<script>")).to_have_count(1)  # as text


def test_a_wrong_upload_is_told_in_a_sentence(server: str, page: Page, tmp_path: Path) -> None:
    open_page(page, server)
    page.get_by_role("link", name="Export").click()
    wrong = tmp_path / "plan.zip"
    wrong.write_bytes(b"PK\x03\x04 nothing of a plan")
    page.locator('input[type="file"]').first.set_input_files(wrong)
    alert = page.get_by_test_id("stAlertContentError").first
    expect(alert).to_be_visible(timeout=PATIENCE)
    assert "Traceback" not in alert.inner_text()
    assert re.search(r"\.$|zip|plan", alert.inner_text())


def test_everything_works_by_keyboard_alone(server: str, page: Page) -> None:
    open_page(page, server)
    names: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        names.append(page.evaluate(
            "() => { const at = document.activeElement; return at.getAttribute('aria-label') || "
            "at.labels?.[0]?.innerText || at.innerText || '' }"
        ))  # fmt: skip
        if "Sparsity" in names[-1] and page.evaluate("() => document.activeElement.type") == "range":
            break
    else:
        pytest.fail(f"Tab does not reach the sparsity slider, only {names}")
    before = verdict(page).inner_text()
    page.keyboard.press("PageUp")
    expect(verdict(page)).not_to_have_text(before)
    outline = page.evaluate(
        "() => { const style = getComputedStyle(document.activeElement); return style.outlineStyle + style.boxShadow }"
    )
    assert outline != "nonenone"  # the focus can be seen


def test_on_a_phone_slider_and_chart_are_seen_together(server: str, phone: Page) -> None:
    open_page(phone, server)
    chart = phone.locator(".ranp-plot canvas").first
    chart.scroll_into_view_if_needed()
    phone.get_by_test_id("stMain").evaluate(
        "main => main.scrollTop += document.querySelector('.ranp-plot canvas').getBoundingClientRect().top - 420"
    )
    phone.wait_for_timeout(300)
    slider, picture = sparsity(phone).bounding_box(), chart.bounding_box()
    assert slider is not None
    assert picture is not None
    assert 0 <= slider["y"] < picture["y"]
    assert picture["y"] + picture["height"] <= 844
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_a_layers_sheet_lies_over_the_controls(server: str, phone: Page) -> None:
    open_page(phone, f"{server}/?layer=encoder2.conv1")
    sheet = phone.get_by_role("complementary", name="Layer")
    assert sheet.evaluate(
        "sheet => { const { left, top } = sheet.getBoundingClientRect(); "
        "return sheet.contains(document.elementFromPoint(left + 20, top + 4)) }"
    )
    phone.get_by_role("button", name="Close the layer").click()
    expect(sheet).to_be_hidden()
