"""Each step of the pipeline as the X-ray page shows it, against the library: spreads, factors, ranks and verdicts."""

import base64
import math
import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from playwright.sync_api import Page

from explorer.compute.facts_of import neuron_facts
from explorer.facts import Fate
from explorer.packets.network import encode
from ranp.graph import ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.selection import (
    METHODS,
    PruningConfig,
    balance_factors,
    blend_costs,
    magnitude_scores,
    random_scores,
    ranked_scores,
    reweight,
)
from ranp.types import Costs, Scores
from tests.browser.test_engine import engine
from tests.engine_states import Card, random_config, wire

__all__ = ["engine"]  # the fixture

pytestmark = pytest.mark.browser

STATES = 16
NEURONS = 12

RUN = """
async ({packet, states}) => {
  const names = ["network", "ranking", "plan", "steps", "arithmetic", "verdict"];
  const [{decode}, {rank}, plan, steps, {arithmetic}, {verdict}] = await Promise.all(
    names.map((name) => import(`/engine/${name}.js`)));
  const network = decode(Uint8Array.from(atob(packet), (c) => c.charCodeAt(0)).buffer);
  return states.map(({settings, neurons}) => {
    const ranking = rank(network, settings);
    const one = plan.planAt(network, ranking, settings.sparsity);
    const found = steps.stepScores(network, settings, ranking);
    const taken = steps.STEPS.slice(1);
    return {
      spreads: Object.fromEntries(taken.map((step) => [step, steps.layerSpreads(network, found[step])])),
      neurons: neurons.map((at) => ({
        ...arithmetic(network, settings, ranking, one, found, at),
        verdict: verdict(network, settings, ranking, one, at),
      })),
    };
  });
}
"""


@pytest.mark.parametrize(("architecture", "preset"), [("unet3d", "classroom"), ("mobilenetv2", "classroom")])
def test_steps_are_the_library_s(architecture: str, preset: str, engine: Page) -> None:
    model = build(architecture, preset, seed=0)
    graph = trace(model, example_inputs(architecture, preset))
    torch.manual_seed(0)
    scores = {name: torch.rand(layer.neurons) ** 8 * 10 ** torch.randn(()) for name, layer in graph.layers.items()}
    first = next(iter(scores))
    scores[first] = scores[first].round(decimals=2)  # ties
    starts = {
        "sensitivity": scores,
        "random": random_scores(scores, 0),
        "magnitude": magnitude_scores(model, list(graph.layers.values())),
    }
    draw = random.Random(architecture)
    total = sum(layer.neurons for layer in graph.layers.values())
    states = [
        (
            replace(random_config(graph, draw), budget=None, sparsity=draw.choice([0.0, 0.5, 0.8, 0.97])),
            sorted({*draw.sample(range(total), NEURONS), total - 1}),  # the last is the output's
        )
        for _ in range(STATES)
    ]
    packet = base64.b64encode(encode(graph, starts, None)).decode()
    asked = [{"settings": wire(config, Card(8.0, 1)), "neurons": neurons} for config, neurons in states]
    answers = engine.evaluate(RUN, {"packet": packet, "states": asked})
    reasons = set()
    for (config, neurons), answer in zip(states, answers, strict=True):
        start = starts[METHODS[config.method].scores]
        plan = prune(graph, scores, config, model)
        ranked = ranked_scores(graph, scores, config, model)
        compare_spreads(config, answer["spreads"], start, ranked)
        for at, found in zip(neurons, answer["neurons"], strict=True):
            layer, neuron = place(graph, at)
            compare_factors(config, found, graph, start, ranked, layer, neuron)
            compare_selection(config, found, plan, ranked, layer, neuron)
            reasons.add(compare_verdict(config, found["verdict"], graph, plan, ranked, layer, neuron))
    assert {"score", "output", "least"} <= reasons
    assert architecture != "mobilenetv2" or "tie" in reasons


def place(graph: ChannelGraph, at: int) -> tuple[str, int]:
    for name, layer in graph.layers.items():
        if at < layer.neurons:
            return name, at
        at -= layer.neurons
    raise AssertionError(at)


def relative_costs(graph: ChannelGraph, config: PruningConfig) -> Costs:
    alpha = {"macs": 1.0, "activations": 0.0, "blend": config.alpha}[config.rule.cost or "blend"]
    return blend_costs(graph.layer_costs("macs"), graph.layer_costs("activations"), alpha)


def compare_spreads(config: PruningConfig, spreads: dict[str, Any], start: Scores, ranked: Scores) -> None:
    balanced = reweight(start, None, balance=config.rule.balance)
    for step, scores in {"importance": start, "balance": balanced, "resources": ranked, "threshold": ranked}.items():
        for spread, values in zip(spreads[step], scores.values(), strict=True):
            quartiles = torch.quantile(values.double(), torch.tensor([0, 0.25, 0.5, 0.75, 1], dtype=torch.float64))
            expected = [*quartiles.tolist(), values.double().mean().item()]
            found = [spread[name] for name in ("min", "q1", "median", "q3", "max", "mean")]
            assert found == pytest.approx(expected, rel=1e-12), (config, step)


def compare_factors(
    config: PruningConfig,
    found: dict[str, Any],
    graph: ChannelGraph,
    start: Scores,
    ranked: Scores,
    layer: str,
    neuron: int,
) -> None:
    rule, score = config.rule, start[layer][neuron].item()
    means = {name: values.double().mean().item() for name, values in start.items()}
    assert found["importance"]["score"] == score
    assert found["importance"]["rankInLayer"] == 1 + (start[layer] > start[layer][neuron]).sum().item()
    assert found["balance"]["mean"] == pytest.approx(means[layer], rel=1e-12)
    assert found["balance"]["highest"] == pytest.approx(max(means.values()), rel=1e-12)
    assert means[list(graph.layers)[found["balance"]["highestLayer"]]] == max(means.values())
    balance = balance_factors(start)[layer] if rule.balance else 1.0
    assert found["balance"]["factor"] == pytest.approx(balance, rel=1e-12)
    assert found["balance"]["after"] == pytest.approx(score * balance, rel=1e-6)
    weighing = found["resources"]
    assert (weighing is None) == (rule.cost is None)
    if weighing:
        costs = relative_costs(graph, config)
        softmax = math.exp(-costs[layer]) / sum(math.exp(-cost) for cost in costs.values())
        assert weighing["relative"] == pytest.approx(costs[layer], rel=1e-12)
        shares = sum(part["weight"] * part["share"] for part in weighing["parts"])
        assert shares == pytest.approx(costs[layer], rel=1e-12)
        assert weighing["exponential"] / weighing["total"] == pytest.approx(softmax, rel=1e-12)
        assert weighing["factor"] == pytest.approx(1 + config.lam * softmax, rel=1e-12)
        assert weighing["before"] * weighing["factor"] == pytest.approx(ranked[layer][neuron].item(), rel=1e-6)
        assert weighing["after"] == ranked[layer][neuron].item()


def compare_selection(
    config: PruningConfig, found: dict[str, Any], plan: Plan, ranked: Scores, layer: str, neuron: int
) -> None:
    pool = ranked[layer] if config.rule.layerwise else torch.cat(list(ranked.values()))
    selection, score = found["threshold"], ranked[layer][neuron]
    kept = int(pool.numel() * (1 - plan.requested_sparsity))
    assert (selection["neurons"], selection["kept"]) == (pool.numel(), kept)
    higher, equal = (pool > score).sum().item(), (pool == score).sum().item()
    assert higher < selection["rank"] <= higher + (equal if config.plateau == "cut" else 1)
    facts = neuron_facts(plan, ranked, config.rule.layerwise)
    assert selection["rank"] == 1 + facts.ranks[layer][neuron]
    assert selection["threshold"] == (pool.topk(kept).values[-1].item() if kept else None)
    assert selection["passes"] == (selection["rank"] <= kept)


def compare_verdict(
    config: PruningConfig,
    found: dict[str, Any],
    graph: ChannelGraph,
    plan: Plan,
    ranked: Scores,
    layer: str,
    neuron: int,
) -> str:
    facts = neuron_facts(plan, ranked, config.rule.layerwise)
    fate = Fate(int(facts.fates[layer][neuron]))
    assert found["kept"] == plan.kept[layer][neuron].item() == (fate in (Fate.KEPT, Fate.RESCUED)), config
    assert found["passes"] == (fate in (Fate.KEPT, Fate.DROPPED))
    unit = graph.layer_units[layer][neuron]
    if unit == 0:
        assert found["reason"] == ("output" if graph.layers[layer].output else "held")
    if found["votes"]:
        tied = [place(graph, vote["at"]) for vote in found["votes"]]
        assert tied[0] == (layer, neuron)
        assert sorted(tied) == sorted(
            (name, index)
            for name, units in graph.layer_units.items()
            for index in (units == unit).nonzero()[0].tolist()
        )
        votes = [vote["stays"] for vote in found["votes"] if vote["counts"]]
        assert found["kept"] == (not votes or (all(votes) if config.coupling == "all" else any(votes))), config
    if found["reason"] == "output":
        assert graph.layers[layer].output
    if found["reason"] == "protected":
        assert layer in config.protect
    if found["reason"] == "tie":
        assert found["kept"] != found["votes"][0]["stays"] or config.coupling == "paper"
    return str(found["reason"])
