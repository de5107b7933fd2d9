"""The one-file explorer, opened from a folder without a network, against the library, neuron by neuron."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer import compute, takeaway
from explorer.page.component import to_settings
from explorer.state import ExplorerState, default_state, settle
from ranp.__main__ import main
from ranp.graph import trace
from ranp.inputs import parse_inputs
from ranp.plan import prune
from ranp.selection import PruningConfig

pytestmark = pytest.mark.browser

PATIENCE = 60_000
STATES: tuple[dict[str, Any], ...] = (
    {"sparsity": 0.3},
    {"method": "ranp-m", "sparsity": 0.7},
    {"method": "blend", "alpha": 0.35, "lam": 4.5, "target": "macs", "budget": 0.2},
    {"method": "layerwise", "sparsity": 0.45, "coupling": "all"},
    {"method": "random", "target": "memory", "budget": 0.6, "also": "params", "also_budget": 0.3},
    {"target": "peak", "budget": 0.5, "batch": 3},
    {"method": "ranp-t", "target": "time", "budget": 0.7},
    {"method": "magnitude", "sparsity": 0.6, "protect": ("encoder1.conv1",), "caps": (("decoder1.conv1", 0.25),)},
    {"sparsity": 0.95},
)
SHOWN = """
settings => new Promise((resolve, reject) => {
  const late = () => reject(Error(JSON.stringify({notShown: settings, shown: window.last.settings})));
  setTimeout(late, 60000);
  const asked = JSON.stringify(Object.entries(settings).sort());
  const same = ({settings: shown}) =>
    JSON.stringify(Object.keys(settings).sort().map(name => [name, shown[name]])) === asked;
  document.addEventListener("ranp:drawn", function heard({detail: {model}}) {
    if (!same(model)) return;
    document.removeEventListener("ranp:drawn", heard);
    resolve(window.told(model));
  });
  location.hash = "#settings=" + encodeURIComponent(JSON.stringify(settings));
})
"""
RESTED = 'decodeURIComponent(location.hash).includes(`"sparsity":${window.last.settings.sparsity}`)'
LISTENING = """
window.told = ({network, plan, settings, full}) => ({
  kept: Array.from(network.units, unit => plan.alive[unit]),
  costs: ["macs", "params", "activations"].map(name => [full[name], plan.costs[name]]),
  settings,
});
document.addEventListener("ranp:drawn", ({detail: {model}}) => (window.last = window.told(model)));
"""


@dataclass(frozen=True)
class Opened:
    """A page of one file, and what it asked for and complained about."""

    page: Page
    asked: list[str]
    errors: list[str]

    def check(self) -> None:
        assert self.errors == []
        assert [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def until(page: Page, holds: str) -> None:
    """Wait until the expression is true; Playwright's own waiting evaluates texts, which the page's policy forbids."""
    for _ in range(PATIENCE // 100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"it never came about that {holds}")


@contextmanager
def opened(browser: Browser, file: Path, address: str = "") -> Iterator[Opened]:
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    found = Opened(page, [], [])
    page.on("request", lambda request: found.asked.append(request.url))
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("console", lambda said: found.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.add_init_script(LISTENING)
    page.goto(file.as_uri() + address)
    until(page, "Boolean(window.last)")
    yield found
    context.close()


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    """A network that is scored and measured, with the time table that comes with it."""
    found = default_state(compute.choices(), "unet3d", "classroom")
    for job in (compute.tracing, compute.importance, compute.measuring):
        job(found).result()
    table = compute.table_of(found)
    assert table is not None
    compute.calling(found, table.batch).result()
    return found


@pytest.fixture(scope="module")
def file(state: ExplorerState, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taken home") / "explorer.html"
    path.write_bytes(takeaway.html(state, date(2026, 11, 27)))
    return path


def of_library(state: ExplorerState) -> dict[str, Any]:
    """What the library makes of the state, as `LISTENING` tells it."""
    plan = compute.plan(state)
    kept = [int(one) for mask in plan.kept.values() for one in mask.tolist()]
    costs = [[getattr(plan.full, name), getattr(plan.pruned, name)] for name in ("macs", "params", "activations")]
    return {"kept": kept, "costs": costs}


def test_every_neuron_is_as_the_library_has_it(browser: Browser, file: Path, state: ExplorerState) -> None:
    """At settings that the address names, and where the sparsity's own slider is moved."""
    with opened(browser, file) as found:
        page = found.page
        assert page.evaluate("window.last.kept") == of_library(state)["kept"]
        for changes in STATES:
            asked = settle(replace(state, **changes))
            told = page.evaluate(SHOWN, json.loads(json.dumps(to_settings(asked))))
            assert {name: told[name] for name in ("kept", "costs")} == of_library(asked), changes
        expect(page.locator(".ranp-chart")).to_have_count(5)
        moved = to_settings(replace(state, sparsity=0.4))
        page.evaluate(SHOWN, json.loads(json.dumps(moved)))
        slider = page.get_by_role("slider", name="Sparsity")
        slider.focus()
        for _ in range(3):
            page.keyboard.press("PageUp")
        until(page, RESTED)
        told = page.evaluate("window.last")
        assert told["settings"]["sparsity"] > 0.4
        assert told["kept"] == of_library(replace(state, sparsity=told["settings"]["sparsity"]))["kept"]
        page.reload()
        until(page, "Boolean(window.last)")
        assert page.evaluate("window.last") == told, "what was set outlives a reload"
        found.check()


def test_it_goes_back_and_forth_and_says_what_it_did(browser: Browser, file: Path) -> None:
    with opened(browser, file) as found:
        page = found.page
        first = page.evaluate("window.last.settings")
        page.get_by_label("Method", exact=True).select_option("random")
        page.get_by_text("MACs", exact=True).first.click()
        expect(page.get_by_role("button", name="Undo")).to_be_enabled()
        page.get_by_role("button", name="History").click()
        steps = page.locator(".ranp-step")
        expect(steps).to_have_count(3)
        expect(steps.nth(1)).to_have_text("Random")
        expect(steps.nth(2)).to_have_text("RANP-f, sparsity 50.0 %")
        page.keyboard.press("Escape")
        for _ in range(2):
            page.keyboard.press("Control+z")
        until(page, "window.last.settings.method === 'ranp-f'")
        assert page.evaluate("window.last.settings") == first
        page.keyboard.press("Control+Shift+z")
        until(page, "window.last.settings.method === 'random'")
        found.check()


def test_an_address_that_makes_no_sense_is_taken_as_far_as_it_does(browser: Browser, file: Path) -> None:
    wrong = {"sparsity": 7, "method": "</script>", "lam": "11", "protect": ["none"], "layer": [], "batch": 1.5}
    with opened(browser, file, "#settings=" + json.dumps({**wrong, "min_neurons": 2, "evil": 1})) as found:
        settings = found.page.evaluate("window.last.settings")
        assert (settings["sparsity"], settings["method"], settings["min_neurons"]) == (0.5, "ranp-f", 2)
        assert (settings["lam"], settings["protect"], settings["layer"], settings["batch"]) == (11, [], None, 1)
        expect(found.page.locator("#ranp-notice")).to_contain_text("make no sense")
        found.check()


NASTY = "</script><script>window['hacked']=1</script><img src=x onerror=window['hacked']=2>"
CODE = f"""
import torch
from torch import nn

def network():
    net = nn.Sequential()
    net.add_module({NASTY!r}, nn.Conv3d(1, 12, 3, padding=1))
    net.add_module("last", nn.Sequential(nn.ReLU(), nn.Conv3d(12, 8, 1), nn.ReLU(), nn.Conv3d(8, 2, 1)))
    return net
"""


@pytest.mark.slow
def test_ones_own_network_by_the_command_whatever_its_layers_are_called(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its method needs no data, so that the library's plan can be made beside it from the seed alone."""
    (tmp_path / "its_nets.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    own = ["--model", "its_nets:network", "--input", "1x1x6x6x6"]
    assert main(["explore", *own, "--method", "random", "--sparsity", "0.4", "--seed", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["architecture"], told["network"]) == (None, "its_nets:network, as given")
    assert (told["out"], told["bytes"]) == ("explorer.html", (tmp_path / "explorer.html").stat().st_size)
    import its_nets

    graph = trace(its_nets.network(), parse_inputs(["1x1x6x6x6"]))
    with opened(browser, tmp_path / "explorer.html") as found:
        page = found.page
        for sparsity in (0.4, 0.15):
            settings = page.evaluate("window.last.settings")
            shown = page.evaluate(SHOWN, {**settings, "sparsity": sparsity, "layer": NASTY})
            sizes = {layer.name: layer.neurons for layer in graph.layers.values()}
            plan = prune(graph, None, PruningConfig(method="random", sparsity=sparsity, seed=3))
            assert list(plan.kept) == list(sizes)
            assert shown["kept"] == [int(one) for mask in plan.kept.values() for one in mask.tolist()]
        expect(page.locator(".ranp-inspector")).to_contain_text("window['hacked']=2")
        assert page.evaluate("window.hacked") is None
        assert page.locator("img").count() == 0
        found.check()
