"""The control of fast widths in a browser, against the library; and what stands where seconds are not known yet."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from explorer.packets.times import encode_times
from explorer.units import count, duration, percent
from ranp.graph import ChannelGraph
from ranp.models import build
from ranp.plan import Plan, prune
from ranp.selection import Pricer, PruningConfig, plan_curve
from ranp.timing import KINDS, TimePrices, Work, read_work, shipped_table
from ranp.types import Scores
from tests.browser.test_live import Mount, graph, library, moments, mount, packet, renamed, scores, sent, wire

__all__ = ["graph", "moments", "mount", "packet", "scores"]  # the fixtures

pytestmark = pytest.mark.browser

TIMES = {"packet": "times", "source": "Times: somewhere.", "about": ""}


@pytest.fixture(scope="module")
def works(graph: ChannelGraph) -> list[Work]:
    table = shipped_table("unet3d", "classroom")
    assert table is not None
    model = build("unet3d", "classroom", device="meta")
    return [read_work(model, graph, kind, table.batch) for kind in KINDS]


@pytest.fixture(scope="module")
def pricer(graph: ChannelGraph, works: list[Work]) -> Pricer:
    table = shipped_table("unet3d", "classroom")
    assert table is not None
    return TimePrices(graph, works[0], table).pricer()


@pytest.fixture
def timed(graph: ChannelGraph, works: list[Work], mount: Mount) -> Callable[..., Page]:
    """A page with the component, and a table on the way."""
    table = shipped_table("unet3d", "classroom")
    assert table is not None
    clock = encode_times(graph, works, table)

    def opened(settings: dict[str, Any] | None = None, **data: Any) -> Page:
        return mount(settings, clock=clock, **{"times": TIMES, **data})

    return opened


def kept(page: Page) -> list[int]:
    return list(page.evaluate("[...window.model.plan.kept]"))


def test_one_switch_moves_counts_and_the_curve_shows_both(
    timed: Callable[..., Page], graph: ChannelGraph, scores: Scores, pricer: Pricer
) -> None:
    def planned(how: str) -> Plan:
        return prune(graph, scores, PruningConfig(sparsity=0.5, snap=how), pricers={"time": pricer})

    page = timed()
    switch = page.get_by_role("switch", name="Fast widths")
    expect(switch).not_to_be_checked()
    assert kept(page) == list(planned("off").kept_counts.values())
    switch.check()
    expect(page.locator(".ranp-verdict p").first).to_contain_text("At fast widths")
    assert kept(page) == list(planned("add").kept_counts.values())
    assert sent(page)[-1]["snap"] == "add"
    page.wait_for_function("window.model.fast !== null")
    expect(page.get_by_text("pale: without fast widths")).to_be_visible()
    grid = [0.25, 0.5, 0.7]
    curve = plan_curve(graph, scores, PruningConfig(snap="add"), grid, pricers={"time": pricer})
    shown = page.evaluate("grid => grid.map((at) => window.model.fast.macs[200 * at])", grid)
    assert shown == pytest.approx((curve.macs / graph.cost().macs).tolist())
    page.get_by_role("combobox", name="Which way counts are moved").select_option("drop")
    page.wait_for_function("window.model.settings.snap === 'drop'")
    assert kept(page) == list(planned("drop").kept_counts.values())
    switch.uncheck()
    expect(page.locator(".ranp-verdict p").first).not_to_contain_text("At fast widths")
    assert kept(page) == list(planned("off").kept_counts.values())
    assert sent(page)[-1]["snap"] == "off"
    switch.check()
    assert sent(page)[-1]["snap"] == "drop", "the way that was chosen last"


def test_the_inspector_tells_what_a_layer_costs_and_why_it_is_tied(
    timed: Callable[..., Page], graph: ChannelGraph, scores: Scores, works: list[Work], packet: bytes
) -> None:
    name, table = "encoder2.conv1", shipped_table("unet3d", "classroom")
    assert table is not None
    why = "add in <b>block</b> adds up the outputs."
    page = timed({"layer": name, "sparsity": 0.5}, bytes_=renamed(packet, {}, {name: [why]}))
    plan = library(graph, scores, sparsity=0.5)
    [layer] = [one for one in plan.layers if one.name == name]
    prices = TimePrices(graph, works[0], table)
    seconds = prices.by_owner()[name], prices.by_owner(plan.kept)[name]

    def change(before: float, after: float) -> str:
        return f"({100 * (after / before - 1):+.1f} %)".replace("-", "−")

    facts = page.locator(".ranp-facts")
    page.wait_for_function("window.model.timed !== null")
    expect(facts).to_contain_text(
        f"Memory{count(4 * layer.activations, 'B')}, now {count(4 * layer.pruned_activations, 'B')} "
        f"{change(layer.activations, layer.pruned_activations)}"
    )
    expect(facts).to_contain_text(
        f"Parameters{count(layer.params)}, now {count(layer.pruned_params)} {change(layer.params, layer.pruned_params)}"
    )
    expect(facts).to_contain_text(
        f"Time{duration(seconds[0])} of a training step, now {duration(seconds[1])} {change(*seconds)}"
    )
    expect(facts.locator(".ranp-tie")).to_have_text(why)


def test_a_budget_holds_at_fast_widths(
    timed: Callable[..., Page], graph: ChannelGraph, scores: Scores, pricer: Pricer
) -> None:
    page = timed({"target": "macs", "budget": 0.3, "snap": "add"})
    plan = prune(graph, scores, PruningConfig(budget=("macs", 0.3), snap="add"), pricers={"time": pricer})
    assert plan.snapped is not None
    assert plan.snapped.added > 0
    assert kept(page) == list(plan.kept_counts.values())
    expect(page.locator(".ranp-verdict p").first).to_contain_text(percent(plan.pruned.macs / plan.full.macs))


def test_time_is_prescribed_with_the_error_of_the_table_beside_it(
    timed: Callable[..., Page], graph: ChannelGraph, scores: Scores, pricer: Pricer
) -> None:
    page = timed(times={**TIMES, "errors": {"time": "Seconds are predicted: off by 3 %."}})
    page.get_by_role("radio", name="Time").check(force=True)
    page.get_by_role("spinbutton", name="Left, at most in percent").fill("60")
    page.wait_for_function("window.model.settings.budget === 0.6")
    plan = prune(graph, scores, PruningConfig(budget=("time", 0.6)), pricers={"time": pricer})
    assert kept(page) == list(plan.kept_counts.values())
    assert sent(page)[-1]["target"] == "time"
    expect(page.locator(".ranp-error")).to_have_text("Seconds are predicted: off by 3 %.")
    page.get_by_role("spinbutton", name="Left, at most in percent").fill("1")
    expect(page.locator(".ranp-verdict p").first).to_contain_text(
        "No plan leaves at most 1 % of the time of a training"
    )


def test_without_a_table_the_control_says_why_it_is_off(mount: Mount) -> None:
    page = mount({"snap": "add"}, times={"packet": None, "source": "Times: none.", "about": "", "why": "no table"})
    expect(page.get_by_role("switch", name="Fast widths")).to_be_disabled()
    expect(page.locator(".ranp-field-snap")).to_contain_text("off: no table")
    assert page.evaluate("window.model.plan.snap ?? null") is None
    expect(page.get_by_role("radio", name="Time")).to_be_disabled()
    expect(page.locator(".ranp-cost", has_text="Training step")).to_contain_text("not known")


def test_while_seconds_are_on_their_way_nothing_is_said_to_be_unknown(timed: Callable[..., Page]) -> None:
    page = timed(times={"packet": None, "source": "Reading …", "about": "", "pending": True})
    cost = page.locator(".ranp-cost", has_text="Training step")
    expect(cost).to_contain_text("…")
    expect(cost).not_to_contain_text("not known")
    expect(page.locator(".ranp-off")).to_be_empty()
    page.evaluate("data => window.live.update(data)", {**wire(), "times": TIMES})
    expect(cost).to_contain_text("ms")
    expect(page.get_by_role("switch", name="Fast widths")).to_be_enabled()
