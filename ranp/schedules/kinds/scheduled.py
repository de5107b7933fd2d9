"""What all schedules share: a network that is counted, cut down in place, kept on the disk and gone on with.

Masks are per neuron. Methods that remove single weights are left out on purpose: what they leave is as large as before
for any processor that has no instructions for scattered zeros, and the channel graph could not price it.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import Origin, Plan, plan_from_masks
from ranp.schedules.bill import STEP
from ranp.schedules.carrying import shrink_in_place
from ranp.schedules.ground import Ground
from ranp.schedules.kept_run import KeptRun
from ranp.selection import METHODS, PruningConfig
from ranp.training import Between, Pair, Ran
from ranp.types import Masks, Scores


class Scheduled(Between):
    """Counts what is spent; by itself it leaves the network as it begins.

    ``kept`` says which neurons of the full network are left, and ``graph`` is that of what is left.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground, self.model, self.graph = ground, ground.model, ground.graph
        self.kept: Masks = {name: torch.ones(layer.neurons).bool() for name, layer in ground.graph.layers.items()}
        self._file = KeptRun(ground.file, ground.key)

    def begin(self, optimizer: torch.optim.Optimizer) -> Ran | None:
        """Go on where the run was cut short, or start."""
        self.optimizer = optimizer
        ran = self._restored()
        if ran is None:
            self.start()
        return ran

    def start(self) -> None:
        """Before the first step."""

    def own_state(self) -> dict[str, Any]:
        """What else a run has to know to go on, JSON-ready."""
        return {}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back, once what is left of the network is there."""

    def done(self, ran: Ran) -> float | None:
        """Share of the MACs that may be spent, where these are shared out."""
        allowed = self.ground.macs_allowed
        return None if allowed is None else self.ground.meter.spent / allowed

    def count(self, ran: Ran, pair: Pair) -> None:
        """Put down what the step took."""
        meter = self.ground.meter
        if meter.peak is None and not meter.trained:  # of all steps the largest, since nothing grows
            meter.peak = self.peak()
        examples = len(pair[0].tensors[0]) * self.ground.processes
        meter.step(examples, self.ground.seconds(ran.wall, ran.cpu))

    def plan(self) -> Plan | None:
        """What is left of the full network, as a plan; None where nothing ever goes."""
        config = self.ground.config
        scored = METHODS[config.method].scores
        origin: Origin = "importance" if scored == "sensitivity" else scored
        return replace(plan_from_masks(self.ground.graph, self.kept), config=config, scored_by=origin)

    def forget(self) -> None:
        """The run is complete: nothing has to be gone on with."""
        self._file.forget()

    def peak(self) -> int | None:
        """The peak memory of a training step of what is left, in bytes."""
        return self.ground.full_peak() if self.graph is self.ground.graph else self.ground.peak(self.model)

    def scored(self) -> Scores | None:
        """The scores of what is left, by its present weights, where the method asks for them; the bill has it."""
        cost = self.graph.cost()
        scored = self.ground.score(self.model, self.graph, self.kept)
        self.ground.meter.charge("scoring", STEP * scored.passes, scored.examples, cost.macs, scored.seconds)
        return scored.scores

    def planned(self, config: PruningConfig) -> Masks:
        """Which neurons of what is left stay by these settings, scored now."""
        return self.line(config, self.scored())

    def line(self, config: PruningConfig, scores: Scores | None) -> Masks:
        """Which neurons of what is left stay by these settings and scores."""
        plan = self.ground.plan(self.graph, scores, config, self.model)
        plan.check_feasible()
        return plan.kept

    def cut(self, ran: Ran, kept: Masks) -> None:
        """Leave only these neurons of what is left, with their weights and what the optimizer knows of them."""
        shrink_in_place(self.model, self.optimizer, self.graph, kept)
        for name, mask in kept.items():
            self.kept[name] = spread(self.kept[name], mask)
        self._traced()
        self.ground.meter.resized(ran.step, self.graph.cost().macs)

    def refresh(self) -> None:
        """Take norm statistics anew; the bill has it."""
        with Ran() as spent:
            examples = self.ground.refresh(self.model)
        seconds = self.ground.seconds(spent.wall, spent.cpu)
        self.ground.meter.charge("statistics", 1, examples, self.ground.meter.sizes[-1].macs, seconds)

    def save(self, ran: Ran) -> None:
        """Keep the run as it is now, to go on from here."""
        state = {"own": self.own_state(), "meter": self.ground.meter.as_dict(), "ran": ran.as_dict()}
        self._file.write(self.model, self.optimizer, self.kept, state)

    def _restored(self) -> Ran | None:
        found = self._file.read(self.kept)
        if found is None:
            return None
        shrink_in_place(self.model, self.optimizer, self.graph, found.kept, verify=False)
        found.load(self.model, self.optimizer)
        self.kept = found.kept
        self._traced()
        self.take_state(found.own)
        vars(self.ground.meter).update(vars(found.meter))
        return found.ran

    def _traced(self) -> None:
        self.graph = graph_of(self.model, self.graph)


def graph_of(model: nn.Module, before: ChannelGraph) -> ChannelGraph:
    """The channel graph of a network that was cut down, called as the one before."""
    return trace(model, before.inputs)


def spread(kept: torch.Tensor, of_kept: torch.Tensor) -> torch.Tensor:
    """A mask of all neurons from one of those that ``kept`` leaves.

    >>> spread(torch.tensor([True, False, True]), torch.tensor([False, True])).tolist()
    [False, False, True]
    """
    found = kept.clone()
    found[kept] = of_kept
    return found
