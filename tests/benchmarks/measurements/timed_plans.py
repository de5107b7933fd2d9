"""Plans of one network with their predicted and measured step times: nothing is taken from what was measured before."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

import ranp
from ranp.graph import ChannelGraph, plain_copy
from ranp.plan import StaleWarning
from ranp.resources import time_steps
from ranp.selection import METHODS, NEVER_EMPTY, SETTINGS
from ranp.subject import Scoring, compute_scores, library_network
from ranp.timing import TimePrices, estimate, make_table, read_work
from ranp.types import Masks, Scores

PRESET, BATCH, SEED = "classroom", 2, 0
TABLE_SECONDS = 50.0
"""Within which a table is measured."""

STEPS, WARM_UP = 15, 2


@dataclass(frozen=True, eq=False)
class Timed:
    """A network with all that its plans are made and priced from; ``balanced`` is what importance is added up of."""

    name: str
    model: nn.Module
    graph: ChannelGraph
    scores: Scores
    balanced: Scores
    prices: TimePrices

    @classmethod
    def prepared(cls, name: str, folder: Path) -> "Timed":
        """Score the network and measure its table; the table's parts are kept in ``folder``."""
        network = library_network(name, PRESET, {}, SEED, "xavier")
        graph = network.trace()
        work = [read_work(network.shapes(), graph, batch=BATCH)]
        within = estimate(work, budget=TABLE_SECONDS)
        table = make_table(network.model, graph, work, f"{name} {PRESET}", within.step, folder, within=within)
        scores, _ = compute_scores(network, graph, Scoring(seed=SEED))
        prices = TimePrices(graph, work[0], table)
        return cls(name, network.model, graph, scores, ranp.reweight(scores, None), prices)

    def plan(self, settings: Mapping[str, Any], **target: Any) -> Masks:
        """What stays by these settings at a sparsity or within a budget; ``ValueError`` where that cannot be met."""
        preset = ranp.models.find_preset(self.name, PRESET)
        config = ranp.PruningConfig(**{"lam": preset.lam, **NEVER_EMPTY, **settings, **target})
        plan = ranp.prune(self.graph, self.scores, config, self.model, pricers={"time": self.prices.pricer()})
        plan.check_feasible()
        return plan.kept

    def measured(self, plans: Sequence[Masks], budget: float) -> list[float]:
        """Seconds of a training step of the full network, then of each plan; all take turns."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleWarning)  # of what networks say of their widths, and do not compute
            small = [ranp.shrink(self.model, self.graph, kept, verify=False) for kept in plans]
        inputs = self.graph.inputs.with_batch(BATCH)
        return [found.median for found in time_steps([plain_copy(self.model), *small], inputs, STEPS, WARM_UP, budget)]

    def importance(self, kept: Masks) -> float:
        """The share of the balanced importance that stays."""
        left = sum(float(scores[kept[name]].sum()) for name, scores in self.balanced.items())
        return left / sum(float(scores.sum()) for scores in self.balanced.values())

    def neurons(self, kept: Masks) -> float:
        """The share of the neurons that stays."""
        return sum(int(mask.sum()) for mask in kept.values()) / sum(mask.numel() for mask in kept.values())

    def macs(self, kept: Masks) -> float:
        """The share of the MACs that stays."""
        return self.graph.cost(kept).macs / self.graph.cost().macs


def is_known(settings: Mapping[str, Any]) -> bool:
    """Whether the library has the method and all the settings."""
    return settings["method"] in METHODS and all(name in SETTINGS for name in settings)
