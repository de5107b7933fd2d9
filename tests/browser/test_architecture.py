"""The drawing of the network in the live component: what is filled is what is kept, by hand and by keyboard."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from explorer import live
from explorer.packets.network import encode
from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.selection import magnitude_scores, random_scores
from ranp.types import Scores
from tests.browser.test_live import ADDRESS, DRAG, MOUNT, serve, wire

pytestmark = pytest.mark.browser

AXE = live.serve.ASSETS.parent / "node_modules" / "axe-core" / "axe.min.js"

Mount = Callable[..., Page]


def packed(architecture: str) -> tuple[ChannelGraph, bytes]:
    model = build(architecture, "classroom", seed=0)
    graph = trace(model, example_inputs(architecture, "classroom"), check=False)
    magnitude = magnitude_scores(model, list(graph.layers.values()))
    sizes: Scores = {name: score.new_ones(score.shape) for name, score in magnitude.items()}
    scores = {"sensitivity": magnitude, "random": random_scores(sizes, 0), "magnitude": magnitude}
    return graph, encode(graph, scores, None)


@pytest.fixture(scope="module")
def unet() -> tuple[ChannelGraph, bytes]:
    return packed("unet3d")


@pytest.fixture
def mount(browser: Browser, unet: tuple[ChannelGraph, bytes]) -> Iterator[Mount]:
    """Opens a page with Explore's view mounted on it; a page that logs an error fails the test."""
    contexts, errors = [], []

    def opened(packet: bytes = unet[1], size: tuple[int, int] = (1440, 900), **settings: Any) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route(f"{ADDRESS}**", lambda route: serve(route, packet))
        page.goto(ADDRESS)
        page.evaluate(MOUNT, wire(settings))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def block(page: Page, name: str) -> Locator:
    return page.locator(f'.ranp-block[data-layer="{name}"]')


def filled(page: Page) -> list[list[float]]:
    """Of each layer, in pixels: how wide what is filled is, and the whole block."""
    found: list[list[float]] = page.locator(".ranp-block").evaluate_all(
        "blocks => blocks.map(block => ['kept', 'full'].map("
        "part => block.querySelector(`.ranp-block-${part}`).getBBox().width))"
    )
    return found


def inspector(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Layer")


def test_what_is_filled_is_what_is_kept_while_one_drags(mount: Mount, unet: tuple[ChannelGraph, bytes]) -> None:
    page = mount()
    neurons = [layer.neurons for layer in unet[0].layers.values()]
    shares = []
    for sparsity in (0.2, 0.5, 0.75, 0):
        page.evaluate(DRAG, {"id": "ranp-sparsity", "values": [sparsity]})
        kept = page.evaluate("[...window.model.plan.kept]")
        widths = filled(page)
        assert len(widths) == len(neurons)
        for (part, whole), left, of in zip(widths, kept, neurons, strict=True):
            assert part == pytest.approx(whole * left / of, abs=0.5)
        shares.append(sum(kept))
    assert shares[0] > shares[1] > shares[2]
    assert shares[3] == sum(neurons)


def test_an_emptied_layer_is_crossed_out(mount: Mount) -> None:
    page = mount(sparsity=0.97)
    emptied = page.evaluate("window.model.network.layers[window.model.plan.firstEmpty].name")
    expect(block(page, emptied).locator(".ranp-block-cross")).to_be_visible()
    page.evaluate(DRAG, {"id": "ranp-sparsity", "values": [0]})
    expect(block(page, emptied).locator(".ranp-block-cross")).to_be_hidden()


def test_a_click_opens_the_layer_beside_the_drawing(mount: Mount) -> None:
    page = mount()
    charts = page.locator(".ranp-charts").bounding_box()
    block(page, "encoder2.conv2").click()
    expect(inspector(page).get_by_role("heading")).to_have_text("encoder2.conv2")
    page.wait_for_timeout(300)
    panel, sheet = inspector(page).bounding_box(), page.locator(".ranp-sheet").bounding_box()
    assert panel
    assert sheet
    assert panel["x"] >= sheet["x"] + sheet["width"]
    assert charts
    assert page.locator(".ranp-charts").bounding_box() == charts  # nothing below has moved
    assert panel["y"] + panel["height"] <= charts["y"]
    last = block(page, "final").bounding_box()
    assert last
    assert last["x"] + last["width"] <= sheet["x"] + sheet["width"]  # all of the drawing is still there
    inspector(page).get_by_role("button", name="Close").click()
    expect(inspector(page)).to_be_hidden()
    expect(block(page, "encoder2.conv2")).to_be_focused()


def test_the_keyboard_follows_the_data(mount: Mount) -> None:
    page = mount()
    block(page, "encoder3.conv2").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".ranp-block:focus")).to_have_attribute("data-layer", "decoder3.conv1")  # over the skip
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".ranp-block:focus")).to_have_attribute("data-layer", "encoder3.conv2")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".ranp-block:focus")).to_have_attribute("data-layer", "encoder4.conv1")
    page.keyboard.press("Enter")
    expect(inspector(page).get_by_role("heading")).to_have_text("encoder4.conv1")
    page.keyboard.press("Escape")
    expect(inspector(page)).to_be_hidden()
    page.keyboard.press("Home")
    expect(page.locator(".ranp-block:focus")).to_have_attribute("data-layer", "encoder1.conv1")
    assert page.locator('.ranp-block[tabindex="0"]').count() == 1  # one stop for Tab


def test_a_layer_is_found_by_a_part_of_its_name(mount: Mount) -> None:
    page = mount()
    field = page.get_by_role("combobox", name="Find a layer")
    field.fill("CODER2")
    expect(page.locator(".ranp-found")).to_have_count(4)
    field.press("Enter")
    expect(inspector(page).get_by_role("heading")).to_have_text("encoder2.conv1")
    field.press("Escape")
    expect(field).to_have_value("")
    expect(page.locator(".ranp-found")).to_have_count(0)


def test_ties_light_up(mount: Mount) -> None:
    graph, packet = packed("psmnet")
    page = mount(packet)
    name, tied = next((name, layer.coupled) for name, layer in graph.layers.items() if layer.coupled)
    block(page, name).hover()
    lit = page.locator(".ranp-tied-to").evaluate_all("blocks => blocks.map(block => block.dataset.layer)")
    assert set(lit) == {name, *tied}
    page.mouse.move(2, 2)
    expect(page.locator(".ranp-tied-to")).to_have_count(0)


def test_colour_shows_what_is_chosen(mount: Mount) -> None:
    page = mount(sparsity=0.4)
    colour = page.get_by_label("Colour")
    expect(colour.locator("option")).to_have_text(["Share kept", "MACs", "Activation memory", "Importance a neuron"])
    colour.select_option("macs")
    fills = page.locator(".ranp-block-kept").evaluate_all("all => all.map(one => one.getAttribute('fill'))")
    macs = page.evaluate("[...window.model.plan.costs.layers]")
    assert fills[macs.index(max(macs))] != fills[macs.index(min(macs))]
    expect(page.locator(".ranp-ramp")).to_contain_text("% of all")


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_zoom_keeps_the_page_as_wide_as_it_is(mount: Mount, size: tuple[int, int]) -> None:
    page = mount(size=size)
    before = filled(page)
    page.get_by_role("button", name="Larger").click()
    larger = filled(page)
    assert all(two[1] == pytest.approx(1.4 * one[1], rel=0.01) for one, two in zip(before, larger, strict=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.get_by_role("button", name="Fit").click()
    assert filled(page) == before


def test_axe_finds_nothing_in_the_drawing(mount: Mount) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core comes with npm, which is not here")
    page = mount(layer="encoder2.conv1")
    page.wait_for_timeout(600)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('.ranp-network', { resultTypes: ['violations'] })")["violations"]
    assert not found, json.dumps(
        [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found], indent=1
    )
    said = page.locator("#ranp-network-in-words").inner_text()
    assert "encoder2.conv1" in said
    assert "3 skip connections" in said
