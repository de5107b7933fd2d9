"""The browser's engine against the library, neuron by neuron and MAC by MAC, on random states."""

import base64
import random
from dataclasses import asdict, replace
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page

from explorer.component.packet import encode
from explorer.component.serve import ASSETS
from ranp.config import METHODS, PruningConfig
from ranp.curve import plan_curve
from ranp.graph import COUPLINGS, ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.selection import magnitude_scores, random_scores
from ranp.types import Scores

pytestmark = pytest.mark.browser

NETWORKS = [("unet3d", "classroom"), ("mobilenetv2", "classroom"), ("i3d", "classroom"), ("psmnet", "classroom")]
STATES = 40
GRID = [point / 200 for point in range(199)]

RUN = """
async ({packet, states, grid}) => {
  const [{decode}, {rank}, plan] = await Promise.all(
    ["network", "ranking", "plan"].map((name) => import(`/engine/${name}.js`)));
  const network = decode(Uint8Array.from(atob(packet), (c) => c.charCodeAt(0)).buffer);
  const full = plan.fullCosts(network);
  return states.map((state) => {
    const ranking = rank(network, state);
    const target = state.target === "sparsity" ? {sparsity: state.sparsity, met: true}
      : plan.sparsityFor(network, ranking, state.target, state.budget, full);
    const one = plan.planAt(network, ranking, target.sparsity);
    return {
      met: target.met,
      sparsity: target.sparsity,
      kept: Array.from(network.units, (unit) => one.alive[unit]),
      costs: {macs: one.costs.macs, params: one.costs.params, activations: one.costs.activations},
      layers: [...one.costs.layers],
      feasible: one.feasible,
      firstEmpty: one.firstEmpty < 0 ? null : network.layers[one.firstEmpty].name,
      maxFeasible: ranking.maxFeasible,
      curve: [...plan.curveOf(network, ranking, grid, full).macs],
    };
  });
}
"""


@pytest.fixture(scope="module")
def engine(browser: Browser) -> Any:
    """A page that can import the engine's modules, served from their folder."""
    context = browser.new_context()
    page: Page = context.new_page()

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix("http://engine.test/")
        file = ASSETS / path
        if file.is_file():
            route.fulfill(path=file, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("http://engine.test/**", serve)
    page.goto("http://engine.test/")
    yield page
    context.close()


def random_config(graph: ChannelGraph, draw: random.Random) -> PruningConfig:
    prunable = [name for name, layer in graph.layers.items() if layer.prunable]
    some = draw.sample(prunable, k=min(len(prunable), draw.choice([0, 0, 1, 3])))
    target = draw.choice(["sparsity", "sparsity", "macs", "memory", "params"])
    return PruningConfig(
        method=draw.choice(list(METHODS)),
        sparsity=draw.choice([0.0, 0.5, 0.9, round(draw.random() * 0.99, 3)]) if target == "sparsity" else None,
        budget=None if target == "sparsity" else (target, round(0.05 + 0.95 * draw.random(), 2)),
        alpha=round(draw.random(), 2),
        lam=draw.choice([0.0, 11.0, 80.0, round(draw.random() * 150, 1)]),
        coupling=draw.choice(list(COUPLINGS)),  # type: ignore[arg-type]
        min_neurons=draw.choice([0, 0, 1, 5]),
        protect=tuple(some[1:]),
        caps=tuple((name, round(draw.random(), 2)) for name in some[:1]),
    )


def wire(config: PruningConfig) -> dict[str, Any]:
    target, share = config.budget or ("sparsity", 1.0)
    return {
        **asdict(config),
        "minNeurons": config.min_neurons,
        "protect": list(config.protect),
        "caps": dict(config.caps),
        "target": target,
        "budget": share,
    }


@pytest.mark.parametrize(("architecture", "preset"), NETWORKS)
def test_engine_decides_and_prices_as_the_library(architecture: str, preset: str, engine: Page) -> None:
    model = build(architecture, preset, seed=0)
    graph = trace(model, example_inputs(architecture, preset))
    torch.manual_seed(0)
    sizes: Scores = {name: torch.ones(layer.neurons) for name, layer in graph.layers.items()}
    scores = {name: torch.rand(size.shape) ** 8 * 10 ** torch.randn(()) for name, size in sizes.items()}
    first = next(iter(scores))
    scores[first] = scores[first].round(decimals=2)  # ties
    starts = {
        "sensitivity": scores,
        "random": random_scores(sizes, 0),
        "magnitude": magnitude_scores(model, list(graph.layers.values())),
    }
    draw = random.Random(architecture)
    configs = [random_config(graph, draw) for _ in range(STATES)]
    packet = base64.b64encode(encode(graph, starts, None)).decode()
    answers = engine.evaluate(RUN, {"packet": packet, "states": [wire(config) for config in configs], "grid": GRID})
    for config, answer in zip(configs, answers, strict=True):
        compare(config, answer, graph, scores, model)


def compare(
    config: PruningConfig, answer: dict[str, Any], graph: ChannelGraph, scores: Scores, model: torch.nn.Module
) -> None:
    if not answer["met"]:
        with pytest.raises(ValueError, match="cannot be met"):
            prune(graph, scores, config, model)
        config = replace(config, budget=None, sparsity=answer["maxFeasible"])
    plan: Plan = prune(graph, scores, config, model)
    assert answer["sparsity"] == plan.requested_sparsity, config
    assert answer["kept"] == torch.cat([plan.kept[name] for name in graph.layers]).int().tolist(), config
    assert answer["costs"] == {name: getattr(plan.pruned, name) for name in answer["costs"]}, config
    assert answer["layers"] == [layer.pruned_macs for layer in plan.layers]
    assert (answer["feasible"], answer["firstEmpty"]) == (plan.feasible, plan.first_empty_layer), config
    assert answer["maxFeasible"] == plan.max_feasible_sparsity, config
    curve = plan_curve(graph, scores, config, GRID, model)
    assert answer["curve"] == pytest.approx((curve.macs / plan.full.macs).tolist(), rel=1e-12), config
