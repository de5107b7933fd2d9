"""The live component in a page of its own: what it shows against the library, and what it tells the server."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, Route, expect

from explorer.charts import DARK, LIGHT
from explorer.live import PLOTLY
from explorer.live.serve import ASSETS
from explorer.packets.moments import encode_moments
from explorer.packets.network import encode
from explorer.page.component import controls
from explorer.state import Lesson
from explorer.units import BYTES_PER_ELEMENT, binary_bytes, count, percent
from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.resources import PeakMoments, peak_moments
from ranp.selection import Pricer, PruningConfig, at_most, magnitude_scores, random_scores
from ranp.types import Scores

pytestmark = pytest.mark.browser

ADDRESS = "http://live.test/"
NASTY = '<img src=x onerror="window.hacked=1">'
SETTINGS: dict[str, Any] = {
    "method": "ranp-f", "target": "sparsity", "sparsity": 0.5, "budget": 0.25, "alpha": 1, "lam": 11,
    "coupling": "any", "min_neurons": 0, "protect": [], "caps": {}, "layer": None, "neuron": None,
    "also": "none", "also_budget": 0.5, "card": 8.0, "batch": 1,
}  # fmt: skip

MOUNT = """
async (data) => {
  window.sent = [];
  window.drawn = 0;
  const root = document.getElementById("root");
  root.addEventListener("ranp:drawn", (event) => { window.drawn += 1; window.model = event.detail.model; });
  const {mount} = await import("/live/assets/main.js");
  window.live = mount(root, data, (name, value) => window.sent.push([name, value]));
  while (!window.drawn) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => setTimeout(done, 300));
}
"""

DRAG = """
async ({id, values}) => {
  const root = document.getElementById("root"), slider = document.getElementById(id);
  for (const value of values) {
    const drawn = new Promise((done) => root.addEventListener("ranp:drawn", done, {once: true}));
    slider.value = value;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    await drawn;
  }
}
"""

UPDATE_TWICE = """
async ([outdated, newer]) => {
  const root = document.getElementById("root"), slider = document.getElementById("ranp-sparsity");
  const shown = (act) => new Promise((done) => {
    root.addEventListener("ranp:drawn", (event) => done(event.detail.model.settings.sparsity), {once: true});
    act();
  });
  await shown(() => {
    slider.value = 0.61;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
  });
  return [await shown(() => window.live.update(outdated)), await shown(() => window.live.update(newer))];
}
"""

KEPT_PIXELS = """
() => {
  const canvas = document.querySelector(".ranp-chart canvas"), pen = canvas.getContext("2d");
  const kept = window.model.plan.kept, layers = kept.length;
  return Array.from(kept, (_, layer) => {
    const x = Math.round(((layer + 0.6) / (layers + 0.2)) * canvas.width);
    const {data} = pen.getImageData(x, 0, 1, canvas.height);
    let rows = 0;
    for (let row = 0; row < canvas.height; row++) rows += data[4 * row + 2] - data[4 * row] > 40; // blue, not grey
    return rows / canvas.height;
  });
}
"""

Mount = Callable[..., Page]


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(build("unet3d", "classroom", seed=0), example_inputs("unet3d", "classroom"))


@pytest.fixture(scope="module")
def scores(graph: ChannelGraph) -> Scores:
    draw = torch.Generator().manual_seed(0)
    return {
        name: torch.exp(0.5 * torch.randn(layer.neurons, generator=draw)) / layer.neurons
        for name, layer in graph.layers.items()
    }


@pytest.fixture(scope="module")
def packet(graph: ChannelGraph, scores: Scores) -> bytes:
    model = build("unet3d", "classroom", seed=0)
    magnitude = magnitude_scores(model, list(graph.layers.values()))
    return encode(graph, {"sensitivity": scores, "random": random_scores(scores, 0), "magnitude": magnitude}, None)


@pytest.fixture(scope="module")
def moments(graph: ChannelGraph) -> PeakMoments:
    return peak_moments(build("unet3d", "classroom", device="meta"), graph, any_device=True)


@pytest.fixture
def mount(browser: Browser, packet: bytes, moments: PeakMoments) -> Iterator[Mount]:
    """Opens a page with the component mounted on it; a page that logs an error fails the test."""
    contexts, errors = [], []

    def opened(
        settings: dict[str, Any] | None = None,
        *,
        phone: bool = False,
        bytes_: bytes = packet,
        clock: bytes | None = None,
        **data: Any,
    ) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = browser.new_context(viewport=size, has_touch=phone, is_mobile=phone)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route(f"{ADDRESS}**", lambda route: serve(route, bytes_, moments, clock))
        page.goto(ADDRESS)
        page.evaluate(MOUNT, {**wire(settings), **data})
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def serve(route: Route, packet: bytes, moments: PeakMoments | None = None, clock: bytes | None = None) -> None:
    path = route.request.url.removeprefix(ADDRESS)
    file = ASSETS / path.removeprefix("live/assets/")
    if path == "":
        theme = "--ranp-top: 0px; --st-background-color: #ffffff; --st-text-color: #31333f"
        head = '<!doctype html><meta name="viewport" content="width=device-width, initial-scale=1">'
        route.fulfill(body=f'{head}<body style="{theme}"><div id="root"></div>', content_type="text/html")
    elif path == "live/plotly.min.js":
        route.fulfill(path=PLOTLY, content_type="text/javascript")
    elif path == "live/packets/moments" and moments is not None:
        route.fulfill(body=encode_moments(moments), content_type="application/octet-stream")
    elif path == "live/packets/times" and clock is not None:
        route.fulfill(body=clock, content_type="application/octet-stream")
    elif path.startswith("live/packets/"):
        route.fulfill(body=packet, content_type="application/octet-stream")
    elif file.is_file():
        route.fulfill(path=file, content_type="text/css" if file.suffix == ".css" else "text/javascript")
    else:
        route.fulfill(status=404)


def drawn(
    hide: tuple[str, ...] = (), fix: tuple[str, ...] = (), about: str = "The share **removed**."
) -> dict[str, Any]:
    """What the server says of the controls, with another help of the sparsity's."""
    found = controls(Lesson(hide, fix))
    return {**found, "sparsity": {**found["sparsity"], "about": about}}


def wire(settings: dict[str, Any] | None = None, revision: int = 1) -> dict[str, Any]:
    return {
        "base": "/live",
        "packet": "network",
        "view": "explore",
        "revision": revision,
        "settings": {**SETTINGS, **(settings or {})},
        "controls": drawn(),
        "words": {},
        "peak": None,
    }


def renamed(packet: bytes, names: dict[str, str], ties: dict[str, list[str]] | None = None) -> bytes:
    """The packet with other layer names, as nasty as they come; ``ties`` say why a layer is tied to the first."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    for layer in header["layers"]:
        if layer["name"] in (ties or {}):
            layer.update(ties=(ties or {})[layer["name"]], coupled=[header["layers"][0]["name"]])
        layer["name"] = names.get(layer["name"], layer["name"])
        layer["coupled"] = [names.get(name, name) for name in layer["coupled"]]
    header["stages"][0]["title"] = NASTY
    text = json.dumps(header).encode()
    block = len(text).to_bytes(4, "little") + text
    return block + bytes(-len(block) % 8) + packet[4 + length + -(4 + length) % 8 :]


def library(graph: ChannelGraph, scores: Scores, **config: Any) -> Plan:
    return prune(graph, scores, PruningConfig(**config), build("unet3d", "classroom", seed=0))


def drag(page: Page, name: str, *values: float) -> None:
    page.evaluate(DRAG, {"id": f"ranp-{name}", "values": values})


def fit(page: Page) -> Locator:
    """Whether training fits on the card."""
    return page.get_by_role("region", name="Does training fit?")


def figures(page: Page) -> dict[str, str]:
    costs = page.locator(".ranp-cost")
    titles = costs.locator("dt").evaluate_all("all => all.map((one) => one.firstChild.textContent)")
    return dict(zip(titles, costs.locator(".ranp-figure").all_inner_texts(), strict=True))


def chart(page: Page, title: str) -> Locator:
    return page.locator(".ranp-chart", has=page.get_by_role("heading", name=title))


def sent(page: Page) -> list[dict[str, Any]]:
    messages: list[list[Any]] = page.evaluate("window.sent")
    assert {name for name, _ in messages} <= {"settings"}
    return [settings for _, settings in messages]


def kept(plan: Plan) -> list[int]:
    return [int(mask.sum()) for mask in plan.kept.values()]


def test_dragging_draws_what_the_library_decides(mount: Mount, graph: ChannelGraph, scores: Scores) -> None:
    page = mount()
    for sparsity in (0.2, 0.61, 0.75):
        drag(page, "sparsity", sparsity)
        plan = library(graph, scores, sparsity=sparsity)
        assert page.evaluate("[...window.model.plan.kept]") == kept(plan)
        shares = [layer.kept / layer.neurons for layer in plan.layers]
        assert page.evaluate(KEPT_PIXELS) == pytest.approx(shares, abs=0.012)
        shown = figures(page)
        assert shown["MACs"] == count(plan.pruned.macs)
        assert shown["FLOPs (2 × MACs)"] == count(2 * plan.pruned.macs)
        assert shown["Parameters"] == count(plan.pruned.params)
        assert shown["Activation memory"] == count(BYTES_PER_ELEMENT * plan.pruned.activations, "B")
        sentence = page.locator(".ranp-verdict p").first.inner_text()
        assert percent(plan.pruned.macs / plan.full.macs) in sentence
    words = re.compile(rf"{sum(kept(plan))} of {sum(len(mask) for mask in plan.kept.values())} neurons kept")
    expect(chart(page, "Neurons kept").locator(".ranp-plot")).to_have_attribute("aria-label", words)


def test_alpha_and_lambda_follow_in_the_browser(mount: Mount, graph: ChannelGraph, scores: Scores) -> None:
    page = mount()
    drag(page, "alpha", 0.3)
    drag(page, "lam", 90)
    expect(page.locator("#ranp-method")).to_have_value("blend")
    plan = library(graph, scores, method="blend", sparsity=0.5, alpha=0.3, lam=90)
    assert page.evaluate("[...window.model.plan.kept]") == kept(plan)
    drag(page, "alpha", 0)
    expect(page.locator("#ranp-method")).to_have_value("ranp-m")
    page.locator("#ranp-method").select_option("vanilla")
    expect(page.locator("#ranp-alpha")).to_be_disabled()
    page.locator("#ranp-method").select_option("blend")
    expect(page.locator("#ranp-alpha")).to_have_value("0.5")


def test_dragging_asks_the_server_nothing_and_a_pause_tells_it_once(mount: Mount) -> None:
    page = mount()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    drag(page, "sparsity", *[0.3 + point / 100 for point in range(40)])
    assert (requests, sent(page)) == ([], [])
    page.wait_for_function("window.sent.length")
    (message,) = sent(page)
    assert message == {**SETTINGS, "sparsity": 0.69, "revision": 1, "stamp": 1}
    page.locator("#ranp-sparsity").dispatch_event("change")
    page.wait_for_timeout(400)
    assert len(sent(page)) == 1


def test_arrow_keys_move_the_slider_and_its_value_is_said(mount: Mount) -> None:
    page = mount()
    slider = page.get_by_role("slider", name="Sparsity", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "50.2 %")
    page.wait_for_function("window.model.settings.sparsity === 0.502")
    expect(page.get_by_role("spinbutton", name="Sparsity in percent")).to_have_value("50.2")


def test_zoom_is_kept_while_the_charts_move(mount: Mount) -> None:
    page = mount()
    curves = chart(page, "What is left")
    curves.locator(".ranp-canvas").scroll_into_view_if_needed()
    box = curves.locator(".ranp-canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 100, steps=4)
    page.mouse.up()
    ranges = "graph => [...graph.layout.xaxis.range, ...graph.layout.yaxis.range]"
    zoomed = curves.locator(".ranp-graph").evaluate(ranges)
    assert zoomed[:2] == pytest.approx([50, 80], abs=1.5)
    drag(page, "sparsity", 0.7, 0.6)
    drag(page, "lam", 20)
    page.locator("body").evaluate("body => body.style.setProperty('--st-background-color', '#101418')")
    page.wait_for_function("document.querySelector('.ranp-live').dataset.theme === 'dark'")
    assert curves.locator(".ranp-graph").evaluate(ranges) == zoomed


def test_another_network_takes_the_place_of_the_one_before(mount: Mount, graph: ChannelGraph, packet: bytes) -> None:
    page = mount({"protect": [next(iter(graph.layers))]})
    new = {name: f"other.{name}" for name in graph.layers}
    page.unroute_all()
    page.route(f"{ADDRESS}**", lambda route: serve(route, renamed(packet, new)))
    data = wire({"protect": ["other.final", "gone"], "sparsity": 0.3}, revision=2)
    page.evaluate("data => window.live.update(data)", {**data, "packet": "other"})
    page.wait_for_function("window.model.network.layers[0].name.startsWith('other.')")
    assert page.evaluate("window.model.settings.sparsity") == 0.3
    assert page.locator(".ranp-chart").count() == 5
    expect(page.locator(".ranp-waiting")).to_have_count(0)


def test_only_a_new_revision_overrules_the_browser(mount: Mount) -> None:
    page = mount()
    # In one script, so that a busy machine does not make the pause after which settings are sent.
    shown = page.evaluate(UPDATE_TWICE, [wire({"sparsity": 0.2}), wire({"sparsity": 0.2}, revision=2)])
    assert shown == [0.61, 0.2]
    page.wait_for_timeout(400)
    assert sent(page) == []  # what waited to be sent is overruled too
    drag(page, "sparsity", 0.3)
    page.wait_for_function("window.sent.length")
    assert (sent(page)[0]["revision"], sent(page)[0]["stamp"]) == (2, 1)


def test_an_infeasible_plan_says_why_and_is_mended_by_one_click(
    mount: Mount, graph: ChannelGraph, scores: Scores
) -> None:
    page = mount({"sparsity": 0.98})
    plan = library(graph, scores, sparsity=0.98)
    sentence = page.locator(".ranp-verdict p").first
    expect(sentence).to_contain_text(f"layer {plan.first_empty_layer} has no neuron left")
    assert set(figures(page).values()) - {figures(page)["Neurons"]} == {"–"}
    expect(page.locator(".ranp-reason")).to_contain_text(f"up to {percent(at_most(plan.max_feasible_sparsity, 3))}")
    page.get_by_role("button", name=re.compile(r"^Use \d")).click()
    page.wait_for_function("window.model.plan.feasible")
    assert sent(page)[-1]["sparsity"] == at_most(plan.max_feasible_sparsity, 3), "what the button said, to the digit"
    expect(page.get_by_role("button", name=re.compile(r"^Use \d"))).to_have_count(0)


def test_a_budget_is_met_and_one_that_cannot_be_is_mended(mount: Mount, graph: ChannelGraph, scores: Scores) -> None:
    page = mount()
    page.locator(".ranp-segment", has_text="MACs").click()
    page.wait_for_function("window.model.settings.target === 'macs'")
    page.get_by_role("spinbutton", name=re.compile("in percent")).and_(page.locator(":visible")).fill("12.5")
    plan = library(graph, scores, budget=("macs", 0.125))
    page.wait_for_function("window.model.settings.budget === 0.125")
    assert page.evaluate("window.model.plan.sparsity") == plan.requested_sparsity
    assert figures(page)["MACs"] == count(plan.pruned.macs)
    expect(page.locator(".ranp-said")).to_have_text(f"sparsity {percent(plan.requested_sparsity, 2)}")
    page.locator(".ranp-segment", has_text="Memory").click()
    drag(page, "budget", 0.01)
    expect(page.locator(".ranp-verdict p").first).to_contain_text("No plan leaves at most 1 % of the activation memory")
    page.get_by_role("button", name=re.compile(r"^Use \d")).click()
    page.wait_for_function("window.model.target.met")


def test_a_second_budget_is_added_met_and_dropped(
    mount: Mount, graph: ChannelGraph, scores: Scores, moments: PeakMoments
) -> None:
    peak = {"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"}
    page = mount({"target": "macs", "budget": 0.8, "batch": 2}, peak=peak)
    expect(page.locator("#ranp-also_budget")).to_be_hidden()
    page.get_by_role("button", name="+ and").click()
    expect(page.get_by_role("combobox", name="Second budget")).to_have_value("peak")
    drag(page, "also_budget", 0.45)
    pricer = Pricer(lambda kept: moments.peak(graph, kept, 2), {})
    config = PruningConfig(budget=(("macs", 0.8), ("peak", 0.45)))
    plan = prune(graph, scores, config, pricers={"peak": pricer})
    assert page.evaluate("[...window.model.plan.kept]") == list(plan.kept_counts.values())
    assert page.evaluate("window.model.plan.sparsity") == plan.requested_sparsity
    assert plan.requested_sparsity > library(graph, scores, budget=("macs", 0.8)).requested_sparsity
    drag(page, "also_budget", 0.01)
    words = "No plan leaves at most 1 % of the peak training memory"
    expect(page.locator(".ranp-verdict p").first).to_contain_text(words)
    page.get_by_role("button", name=re.compile(r"^Use \d")).click()
    page.wait_for_function("window.model.target.met")
    page.get_by_role("button", name="Drop the second budget").click()
    expect(page.locator("#ranp-also_budget")).to_be_hidden()
    assert sent(page)[-1]["also"] == "none"
    page.locator(".ranp-segment", has_text="Sparsity").click()
    expect(page.get_by_role("button", name="+ and")).to_be_hidden()


def test_a_budget_of_the_peak_waits_for_what_prices_it(mount: Mount) -> None:
    page = mount(peak={"stamp": 0, "before": 4e9, "pending": True})
    page.locator(".ranp-segment", has_text="Peak").click()
    expect(page.locator(".ranp-live")).to_have_class(re.compile("ranp-waiting"))
    assert sent(page)[-1]["target"] == "peak"
    moments = {"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"}
    page.evaluate("data => window.live.update(data)", {**wire(), "peak": moments})
    page.wait_for_function("window.model.settings.target === 'peak'")
    expect(page.locator(".ranp-live")).not_to_have_class(re.compile("ranp-waiting"))
    drawn = page.evaluate("window.model.training")
    assert drawn["after"] <= 0.25 * drawn["before"]


def test_a_layer_is_chosen_in_a_chart_protected_and_capped(mount: Mount, graph: ChannelGraph, scores: Scores) -> None:
    page = mount({"sparsity": 0.7})
    names = list(graph.layers)
    bars = chart(page, "Neurons kept").locator(".ranp-canvas")
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * (2 + 0.6) / (len(names) + 0.2), box["y"] + 100)
    inspector = page.get_by_role("complementary", name="Layer")
    expect(inspector.get_by_role("heading")).to_have_text(names[2])
    inspector.get_by_role("button", name="Protect").click()
    page.wait_for_function("window.model.settings.protect.length")
    assert page.evaluate("[...window.model.plan.kept]") == kept(
        library(graph, scores, sparsity=0.7, protect=(names[2],))
    )
    expect(page.locator(".ranp-more > button")).to_have_text("Options (1)")
    inspector.get_by_role("button", name="Unprotect").click()
    drag(page, "caps", 0.25)
    capped = library(graph, scores, sparsity=0.7, caps=((names[2], 0.25),))
    assert page.evaluate("[...window.model.plan.kept]") == kept(capped)
    page.wait_for_function("window.sent.at(-1)?.[1].caps[window.model.settings.layer] === 0.25")
    page.keyboard.press("Escape")
    page.locator("#ranp-layer").select_option(label=names[0])
    expect(inspector.get_by_role("heading")).to_have_text(names[0])
    inspector.get_by_role("slider", name="Neuron of the layer").press("ArrowRight")
    page.wait_for_function("window.model.settings.neuron === 0")
    inspector.get_by_role("button", name="Close").click()
    expect(inspector).to_be_hidden()


def test_lessons_hide_and_fix_controls(mount: Mount) -> None:
    page = mount(controls=drawn(("lambda", "min_neurons"), ("method", "sparsity")))
    expect(page.locator("#ranp-lam")).to_be_hidden()
    expect(page.locator("#ranp-method")).to_be_disabled()
    expect(page.locator("#ranp-sparsity")).to_be_disabled()
    expect(page.locator(".ranp-field-sparsity .ranp-lock")).to_be_visible()
    page.get_by_role("button", name="Options").click()
    expect(page.locator("#ranp-min_neurons")).to_be_hidden()
    expect(page.locator("#ranp-coupling-any")).to_be_enabled()


def test_a_lesson_that_fixes_the_method_does_not_let_alpha_change_it(mount: Mount) -> None:
    page = mount(controls=drawn(fix=("method",)))
    expect(page.locator("#ranp-alpha")).to_be_disabled()
    page = mount({"method": "blend", "alpha": 0.5}, controls=drawn(fix=("method",)))
    drag(page, "alpha", 1)
    assert page.evaluate("window.model.settings.method") == "blend"
    page = mount(controls=drawn(fix=("alpha",)))
    options = page.locator("#ranp-method option:enabled").evaluate_all("all => all.map((one) => one.value)")
    assert "ranp-f" in options
    assert not {"ranp-m", "blend"} & set(options)


def holding(packet: bytes, reasons: dict[str, str]) -> bytes:
    """The packet with layers of which a neuron always stays, and why."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    for layer in header["layers"]:
        if layer["name"] in reasons:
            layer.update(frozen=1, held=reasons[layer["name"]])
    text = json.dumps(header).encode()
    block = len(text).to_bytes(4, "little") + text
    return block + bytes(-len(block) % 8) + packet[4 + length + -(4 + length) % 8 :]


def test_the_part_that_is_not_understood_is_named_with_its_reason_below_the_bars(
    mount: Mount, packet: bytes, graph: ChannelGraph
) -> None:
    first, second, *_ = graph.layers
    caption = "Neurons kept"
    free = chart(mount(), caption).locator("figcaption").inner_text()
    assert free.endswith("look into it."), "the output layer alone is no reason"
    page = mount(
        bytes_=holding(packet, {first: "1 of 8 neurons stay, because of fold: unknown; and more", second: "x"})
    )
    expect(chart(page, caption).locator("figcaption")).to_have_text(
        f"{free} Beside the output, 2 of {len(graph.layers)} layers, hatched, have neurons that always stay. "
        f"{first}: 1 of 8 neurons stay, because of fold: unknown. Choose another to read its reason."
    )


def test_names_stay_text(mount: Mount, packet: bytes, graph: ChannelGraph) -> None:
    first = next(iter(graph.layers))
    page = mount({"layer": NASTY}, bytes_=renamed(packet, {first: NASTY}), controls=drawn(about=NASTY))
    bars = chart(page, "Neurons kept").locator(".ranp-canvas")
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box
    page.mouse.move(box["x"] + 12, box["y"] + 100)
    expect(page.locator(".ranp-tooltip:visible")).to_contain_text(NASTY)
    page.get_by_role("button", name="Protect").click()
    page.get_by_role("button", name="Options").click()
    expect(page.locator(".ranp-held")).to_contain_text(NASTY)
    page.wait_for_timeout(600)
    assert page.locator("#root img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_training_memory_is_shown_for_what_was_sent_last(mount: Mount) -> None:
    page = mount(peak={"stamp": 0, "before": 4e9, "after": 1e9, "pending": False})
    assert figures(page)["Training memory"] == "953.7 MiB"
    drag(page, "sparsity", 0.6)
    assert figures(page)["Training memory"] == "…"
    page.wait_for_function("window.sent.length")
    for stamp, shown in ((0, "…"), (1, "1.86 GiB")):
        peak = {"stamp": stamp, "before": 4e9, "after": 2e9, "pending": False}
        page.evaluate("data => window.live.update(data)", {**wire(), "peak": peak})
        page.wait_for_timeout(100)
        assert figures(page)["Training memory"] == shown


def test_the_peak_of_training_follows_while_one_drags(
    mount: Mount, graph: ChannelGraph, scores: Scores, moments: PeakMoments
) -> None:
    page = mount({"batch": 4}, peak={"stamp": 0, "before": 4e9, "after": None, "pending": False, "moments": "moments"})
    full = moments.peak(graph, batch=4)
    for sparsity in (0.6, 0.3):
        drag(page, "sparsity", sparsity)
        kept = library(graph, scores, sparsity=sparsity).kept
        after = moments.peak(graph, kept, 4)
        assert figures(page)["Training memory"] == binary_bytes(after)
        largest, most = moments.largest_batch(graph, 8 * 2**30, kept), moments.largest_batch(graph, 8 * 2**30)
        expect(fit(page)).to_contain_text(
            f"With batch 4, a training step holds {binary_bytes(after)} at its peak instead of {binary_bytes(full)}: "
            f"it fits on a card of 8 GiB, as in full. The largest batch is {largest:,} instead of {most:,}."
        )
    assert "training peak" in chart(page, "What is left").locator(".ranp-legend").inner_text()


def test_a_card_that_is_typed_counts_at_once_and_is_sent_in_the_end(
    mount: Mount, graph: ChannelGraph, moments: PeakMoments
) -> None:
    page = mount(peak={"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"})
    full = moments.peak(graph)
    small = 0.7 * full / 2**30
    page.get_by_role("spinbutton", name="My card, GiB").fill(f"{small:.4f}")
    expect(fit(page)).to_contain_text("fits on a card of 0.0")
    expect(fit(page)).to_contain_text("which the full network does not")
    expect(fit(page)).to_contain_text("of the full network, not even one example fits")
    assert "my card" in chart(page, "What is left").locator(".ranp-legend").inner_text()
    page.get_by_role("spinbutton", name="Batch").fill("64")
    expect(fit(page)).to_contain_text("With batch 64")
    expect(fit(page)).to_contain_text("does not fit")
    page.get_by_role("spinbutton", name="Batch").press("Tab")
    assert {"card": pytest.approx(small, abs=1e-4), "batch": 64}.items() <= sent(page)[-1].items()
    page.get_by_role("spinbutton", name="Batch").fill("0")  # none that there is
    expect(fit(page)).to_contain_text("With batch 64")


def test_a_step_that_does_not_fit_is_made_to_fit_by_one_click(
    mount: Mount, graph: ChannelGraph, scores: Scores, moments: PeakMoments
) -> None:
    limit = round(0.4 * moments.peak(graph))
    page = mount(
        {"card": limit / 2**30, "sparsity": 0.1},
        peak={"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"},
    )
    expect(fit(page)).to_contain_text("does not fit")
    page.get_by_role("button", name="Make it fit").click()
    expect(fit(page)).to_contain_text("which the full network does not")
    found = sent(page)[-1]["sparsity"]
    pricer = Pricer(lambda kept: moments.peak(graph, kept, 1), {})
    plan = prune(graph, scores, PruningConfig(budget=("peak", f"{limit}B")), pricers={"peak": pricer})
    assert found == pytest.approx(plan.requested_sparsity, abs=2e-4)
    assert library(graph, scores, sparsity=found).kept_counts == plan.kept_counts
    page.get_by_role("spinbutton", name="Batch").fill("4096")
    expect(fit(page)).to_contain_text("No plan of this method fits with this batch: the least that one holds is")
    expect(page.get_by_role("button", name="Make it fit")).to_be_hidden()


def test_a_plan_without_a_network_is_not_made_to_fit_a_card_that_holds_the_full_one(
    mount: Mount, moments: PeakMoments
) -> None:
    """What helps there is said above; and the sign is not the one of success."""
    page = mount(
        {"card": 8.0, "sparsity": 0.99}, peak={"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"}
    )
    expect(fit(page)).to_contain_text("There is no network to train")
    expect(page.get_by_role("button", name="Make it fit")).to_be_hidden()
    colours = "node => [...node.querySelectorAll('.ranp-sign')].map((sign) => getComputedStyle(sign).color)"
    warning = page.locator(".ranp-reason[data-failing]").first
    assert fit(page).evaluate(colours) == [warning.evaluate("node => getComputedStyle(node).color")]


def test_what_is_not_known_of_the_peak_is_said(mount: Mount) -> None:
    words = {"measuring": "Being measured", "unmeasured": "For one example only:"}
    page = mount(words=words, peak={"stamp": 0, "before": 4e9, "pending": True})
    expect(fit(page)).to_contain_text("Being measured")
    peak = {"stamp": 0, "before": 4e9, "after": 1e9, "pending": False, "failed": "the step has no product"}
    page.evaluate("data => window.live.update(data)", {**wire(), "words": words, "peak": peak})
    expect(fit(page)).to_contain_text("For one example only: the step has no product.")
    assert figures(page)["Training memory"] == "953.7 MiB"
    peak = {"stamp": 0, "before": 4e9, "pending": False, "moments": "moments"}
    page.evaluate("data => window.live.update(data)", {**wire(), "words": words, "peak": peak})
    expect(fit(page)).to_contain_text("With batch 1, a training step holds")


def test_a_phone_shows_controls_and_charts_together(mount: Mount) -> None:
    page = mount(phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    chart(page, "Neurons kept").scroll_into_view_if_needed()
    page.evaluate("window.scrollTo(0, document.querySelector('.ranp-chart').offsetTop - 40)")
    expect(page.locator("#ranp-sparsity")).to_be_in_viewport()
    expect(chart(page, "Neurons kept").locator("canvas")).to_be_in_viewport(ratio=0.9)


def test_leaving_takes_everything_along(mount: Mount) -> None:
    page = mount()
    drag(page, "sparsity", 0.6)
    page.evaluate("window.live.destroy()")
    assert sent(page)[-1]["sparsity"] == 0.6
    assert page.locator("#root").inner_html() == ""


def test_colours_and_numbers_are_those_of_the_pages(mount: Mount) -> None:
    page = mount()
    palettes = page.evaluate("import('/live/assets/palette.js').then(({LIGHT, DARK}) => [LIGHT, DARK])")
    assert palettes == [asdict(LIGHT), asdict(DARK)]
    values = [0, 7, 12.5, 999, 999.6, 12345, 62_260_000, 999_960, 237_850_000_000]
    written = page.evaluate(
        "values => import('/live/assets/format.js').then((f) => values.map((v) => f.count(v)))", values
    )
    assert written == [count(value) for value in values]
