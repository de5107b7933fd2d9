"""Random states of the live engine, and what the library makes of each: the browser and Node are compared with it."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from explorer.charts.retention import about_layer
from explorer.compute import OFFERED, Peaks
from explorer.compute.facts_of import curve_facts, neuron_facts, plan_facts
from explorer.compute.memory import bytes_of
from explorer.compute.plans import first_unmet
from explorer.packets.moments import encode_moments
from explorer.packets.network import encode
from explorer.packets.times import encode_times
from explorer.page.results import fit, sentence
from explorer.state import ExplorerState
from explorer.units import percent
from explorer.wording import fate
from ranp.graph import COUPLINGS, ChannelGraph, trace
from ranp.models import build, example_inputs
from ranp.plan import Plan, prune
from ranp.resources import moments_pricer, peak_moments
from ranp.selection import (
    METHODS,
    PRICED_LIVE,
    Curve,
    Pricers,
    PruningConfig,
    magnitude_scores,
    plan_curve,
    random_scores,
    ranked_scores,
    resolved_lifetimes,
)
from ranp.timing import KINDS, TimePrices, read_work, shipped_table
from ranp.types import Scores

GRID = [point / 200 for point in range(199)]
FAST_GRID = [0.0, 0.2, 0.45, 0.6, 0.75]


@dataclass(frozen=True)
class Card:
    """Where training has to fit: the card's memory in GiB, and the batch."""

    gib: float
    batch: int


class Subject:
    """A network with random scores, some of them equal, its packets, and the time table that comes with it."""

    def __init__(self, architecture: str, preset: str) -> None:
        self.model = build(architecture, preset, seed=0)
        self.graph = trace(self.model, example_inputs(architecture, preset))
        torch.manual_seed(0)
        sizes: Scores = {name: torch.ones(layer.neurons) for name, layer in self.graph.layers.items()}
        self.scores = {name: torch.rand(size.shape) ** 8 * 10 ** torch.randn(()) for name, size in sizes.items()}
        first = next(iter(self.scores))
        self.scores[first] = self.scores[first].round(decimals=2)  # equal scores in a layer
        for name in list(self.scores)[1::3]:  # and over layers
            self.scores[name][torch.rand(self.scores[name].shape) < 0.4] = 0
        starts: Mapping[str, Scores] = {
            "sensitivity": self.scores,
            "random": random_scores(sizes, 0),
            "magnitude": magnitude_scores(self.model, list(self.graph.layers.values())),
        }
        self.packet = encode(self.graph, starts, None)
        self.moments = peak_moments(self.model, self.graph, any_device=True)
        self.moments_packet = encode_moments(self.moments)
        table = shipped_table(architecture, preset)
        assert table is not None, "the networks of these tests come with a table"
        table = replace(table, per_element={"training": 3e-10, "inference": 7e-10})
        works = [read_work(self.model, self.graph, kind, table.batch) for kind in KINDS]
        self.prices = [TimePrices(self.graph, work, table) for work in works]
        self.times_packet = encode_times(self.graph, works, table)

    def answer(self, config: PruningConfig, card: Card) -> dict[str, Any]:
        """What the library makes of the settings; of a budget that cannot be met, the smallest network there is."""
        try:
            plan = prune(self.graph, self.scores, config, self.model, pricers=self._pricers(card))
            met = True
        except ValueError as error:
            if "cannot be met" not in str(error):
                raise
            smallest = replace(config, budget=None, sparsity=self._max_feasible(config), snap="off")
            plan, met = prune(self.graph, self.scores, smallest, self.model), False
        curve = plan_curve(self.graph, self.scores, replace(config, snap="off"), GRID, self.model)
        ranked = ranked_scores(self.graph, self.scores, config, self.model)
        facts = neuron_facts(plan, ranked, config.rule.layerwise)
        return {
            "met": met,
            "sparsity": plan.requested_sparsity,
            "kept": torch.cat([plan.kept[name] for name in self.graph.layers]).int().tolist(),
            "costs": {name: getattr(plan.pruned, name) for name in ("macs", "params", "activations")},
            "layers": [layer.pruned_macs for layer in plan.layers],
            "feasible": plan.feasible,
            "firstEmpty": plan.first_empty_layer,
            "maxFeasible": plan.max_feasible_sparsity,
            "fates": np.concatenate([facts.fates[name] for name in self.graph.layers]).tolist(),
            "sentence": self._sentence(plan, curve, config, card, met),
            "fatesSaid": [
                fate(int(one), score == facts.thresholds.get(name))
                for name in self.graph.layers
                for one, score in zip(facts.fates[name], facts.scores[name], strict=True)
            ],
            "about": self._about(plan),
            "curve": (curve.macs / plan.full.macs).tolist(),
            **self._training(plan, config, card),
        }

    def fast_curve(self, config: PruningConfig) -> dict[str, list[float]]:
        """What is left at every sparsity of `FAST_GRID` at fast widths, as shares of the full network."""
        config = replace(config, budget=None, sparsity=0.0)
        pricers = {"time": self.prices[0].pricer()}
        curve = plan_curve(self.graph, self.scores, config, FAST_GRID, self.model, pricers)
        full = self.graph.cost()
        return {
            **{
                name: (getattr(curve, name) / getattr(full, name)).tolist()
                for name in ("macs", "params", "activations")
            },
            "seconds": (curve.step_costs["step_seconds"] / self.prices[0].at()).tolist(),
        }

    def seconds(self, config: PruningConfig, answer: Mapping[str, Any]) -> dict[str, list[float]]:
        """What steps of the plan of an answer take by the library, in total, by layer, and over the grid."""
        ranked = ranked_scores(self.graph, self.scores, config, self.model)
        lives = resolved_lifetimes(self.graph, ranked, GRID, config)
        kept = dict(zip(self.graph.layers, _split(self.graph, answer["kept"]), strict=True))
        left = [kept] if answer["feasible"] else []
        owners = [each.by_owner(masks) for masks in (None, *left) for each in self.prices]
        return {
            "seconds": [each.at(masks) for masks in (None, *left) for each in self.prices],
            "layerSeconds": [by.get(name, 0.0) for by in owners for name in self.graph.layers],
            "timeCurve": (self.prices[0].curve(lives, len(GRID)) / self.prices[0].at()).tolist(),
        }

    def _training(self, plan: Plan, config: PruningConfig, card: Card) -> dict[str, Any]:
        """What a training step holds at its peak, in bytes, and what is said of that."""
        lives = resolved_lifetimes(self.graph, ranked_scores(self.graph, self.scores, config, self.model), GRID, config)
        limit, kept = bytes_of(card.gib), plan.kept if plan.feasible else None
        peaks = Peaks(
            before=self.moments.peak(self.graph, None, card.batch),
            after=None if kept is None else self.moments.peak(self.graph, kept, card.batch),
            largest_before=self.moments.largest_batch(self.graph, limit),
            largest_after=None if kept is None else self.moments.largest_batch(self.graph, limit, kept),
        )
        state = ExplorerState("a", "b", card=card.gib, batch=card.batch)
        return {
            "peaks": list(asdict(peaks).values()),
            "peakCurve": self.moments.curve(self.graph, lives, len(GRID), card.batch).tolist(),
            "fit": fit(peaks, state),
        }

    def _about(self, plan: Plan) -> list[list[str]]:
        """What the server says of each layer; what else the browser says, in the same words as elsewhere."""
        found = []
        facts = plan_facts(plan, self.graph, None)
        for layer, now in zip(facts.layers, plan.layers, strict=True):
            first, kept, macs, *rest = about_layer(layer)
            after = percent(now.pruned_macs / plan.full.macs)
            share = dict(plan.config.caps).get(layer.name)
            capped = [] if share is None else [f"capped: at most {percent(share, 0)} removed"]
            place = len(rest) - bool(layer.tied)
            found.append([first, kept, f"{macs}, now {after}", *rest[:place], *capped, *rest[place:]])
        return found

    def _sentence(self, plan: Plan, curve: Curve, config: PruningConfig, card: Card, met: bool) -> str:
        """What the server says of the plan, as a page writes it: what is stressed between asterisks."""
        unmet = None if met else first_unmet(plan, config.budgets, self._pricers(card))
        facts = plan_facts(plan, self.graph, None, unmet)
        return sentence(facts, curve_facts(curve, plan.full), METHODS[config.method].title)

    def _pricers(self, card: Card) -> Pricers:
        peak = moments_pricer(self.moments, self.model, self.graph, card.batch)
        time, inference = (prices.pricer() for prices in self.prices)
        return {"peak": peak, "time": time, "inference": inference}

    def _max_feasible(self, config: PruningConfig) -> float:
        whole = prune(self.graph, self.scores, replace(config, budget=None, sparsity=0.0, snap="off"), self.model)
        return whole.max_feasible_sparsity


def _split(graph: ChannelGraph, kept: list[int]) -> list[torch.Tensor]:
    return list(torch.tensor(kept, dtype=torch.bool).split([layer.neurons for layer in graph.layers.values()]))


def random_config(
    graph: ChannelGraph, draw: random.Random, seconds: Mapping[str, float] | None = None
) -> PruningConfig:
    """Any method and any setting, within what a page allows; those that rank by seconds where layers have any."""
    prunable = [name for name, layer in graph.layers.items() if layer.prunable]
    some = draw.sample(prunable, k=min(len(prunable), draw.choice([0, 0, 1, 3])))
    limited = draw.sample(list(PRICED_LIVE), k=draw.choice([0, 0, 1, 1, 2]))
    method = draw.choice(list(OFFERED if seconds is None else METHODS))
    share = draw.choice([0.0, round(draw.random(), 2), 1.0]) if seconds is not None and method == "blend" else 0.0
    return PruningConfig(
        method=method,
        time_share=share,
        layer_costs=tuple(seconds.items()) if seconds and (METHODS[method].needs_seconds or share) else (),
        sparsity=draw.choice([0.0, 0.5, 0.9, round(draw.random() * 0.99, 3)]) if not limited else None,
        budget=tuple((name, round(0.05 + 0.95 * draw.random(), 2)) for name in limited) or None,
        alpha=round(draw.random(), 2),
        lam=draw.choice([0.0, 11.0, 80.0, round(draw.random() * 150, 1)]),
        coupling=draw.choice(list(COUPLINGS)),  # type: ignore[arg-type]
        min_neurons=draw.choice([0, 0, 1, 5]),
        plateau=draw.choice(["cut", "cut", "keep"]),  # type: ignore[arg-type]
        snap="off" if seconds is None else draw.choice(["off", "add", "drop"]),
        protect=tuple(some[1:]),
        caps=tuple((name, round(draw.random(), 2)) for name in some[:1]),
    )


def random_card(draw: random.Random) -> Card:
    """A card about as large as what a few examples of a classroom network need, or far larger."""
    return Card(draw.choice([8.0, round(10 ** (draw.random() * 2.5 - 3), 3)]), draw.choice([1, 1, 2, 7, 32]))


def wire(config: PruningConfig, card: Card) -> dict[str, Any]:
    """The settings as the live component has them."""
    first, second = (*config.budgets, *(("sparsity", 1.0), ("none", 1.0))[len(config.budgets) :])
    return {
        **{name: value for name, value in asdict(config).items() if name != "layer_costs"},
        "card": card.gib,
        "batch": card.batch,
        "protect": list(config.protect),
        "caps": dict(config.caps),
        "target": first[0],
        "budget": first[1],
        "also": second[0],
        "also_budget": second[1],
    }
