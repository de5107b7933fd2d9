"""Dynamic channel propagation: at every step only the most useful neurons pass their channel on.

A neuron u has a utility U. After each training step, with w and g the weights that produce it and their gradients,

    t_u = |sum over w of w x g|
    U_u <- decay x U_u   if u passed its channel on
    U_u <- U_u + t_u / max over the layer's neurons v of t_v

so that a neuron that was passed over keeps its utility, and is let in again once others have fallen behind; decay rises
in a straight line from ``decay`` to 1. Until the share ``explore`` of the training all neurons take part; then, at
``moments`` evenly until ``end``, the line is drawn by utilities, and those below it are silent, their weights
untouched, until it is drawn anew. At ``end`` they go, and norm statistics are taken anew (Shen et al., "Learning to
Prune in Training via Dynamic Channel Propagation", ICPR 2020, arXiv 2007.01486).

The sum of w x g over the weights and the bias is that of a x dL/da over a neuron's answers a before norms: the first
order of what the loss would lose with the neuron. Simplified: the paper takes its absolute value example by example,
after the norm; here the batch's sum is taken, which the step has computed already, so that utilities cost nothing. The
paper's line takes one share of all neurons at every step; here it is drawn by any method and budget, at moments. No
criterion is asked. Steps are billed in full until ``end``, though what is silent could be left out.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ranp.graph import layer_tensors, values_by_neuron
from ranp.plan import Plan
from ranp.schedules.entries import by_name, touching
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.rounds import ROUNDING
from ranp.schedules.kinds.silenced import Silenced
from ranp.schedules.options import Value
from ranp.selection import METHODS
from ranp.types import Masks, Scores


class Propagation(Silenced):
    """``moments`` lines between the shares ``explore`` and ``end`` of the training."""

    def __init__(self, ground: Ground, moments: int, explore: float, end: float, decay: float) -> None:
        if explore >= end:
            raise ValueError(f"propagate:explore must be below propagate:end, not {explore:g} and {end:g}")
        super().__init__(ground, last=moments + 1)
        self._moments, self._explore, self._end, self._decay = moments, explore, end, decay
        self._passing: Masks = dict(self.kept)
        self.utility: Scores = {name: torch.zeros(len(mask)) for name, mask in self.kept.items()}
        self._silent: dict[str, Tensor] = {}

    def plan(self) -> Plan | None:
        """What is left, whose neurons no criterion scored."""
        found = super().plan()
        return replace(found, scored_by="elsewhere") if found is not None and self._useful else found

    def own_state(self) -> dict[str, Any]:
        """Utilities, and who passes on."""
        values = {"utility": self.utility, "passing": self._passing}
        lists = {key: {name: each.tolist() for name, each in of.items()} for key, of in values.items()}
        return {"over": self._over, **lists}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        self._over = int(state["over"])
        self.utility = {name: torch.tensor(each) for name, each in state["utility"].items()}
        self._let_pass({name: torch.tensor(each) for name, each in state["passing"].items()})

    def due(self, done: float) -> int:
        """Once the share ``explore`` is over, a line; then so many more until the end."""
        if done < self._explore - ROUNDING:
            return 0
        share = (done - self._explore) / (self._end - self._explore)
        return 1 + math.floor(self._moments * share + ROUNDING)

    def feel(self, done: float) -> None:
        """One step's utilities."""
        decay = self._decay + (1 - self._decay) * min(done / self._end, 1.0)
        layers = list(self.graph.layers.values())
        tensors = layer_tensors(self.model, layers)
        felt = {name: self._silence.felt(name, tensor) for name, tensor in tensors.items()}
        for layer in layers:
            change = values_by_neuron(layer, felt).sum(1).abs().float().cpu()
            most = float(change.max())
            known = self.utility[layer.name]
            known[self._passing[layer.name]] *= decay
            if most > 0:
                known += change / most

    def decide(self) -> None:
        """Draw the line: who is above it passes on."""
        self._let_pass(self.chosen())

    def chosen(self) -> Masks:
        """Who is above the line of utilities."""
        return self.line(self.ground.config, self.utility if self._useful else None)

    def silent(self) -> Mapping[str, Tensor]:
        """All that touches those below the line."""
        return self._silent

    @property
    def _useful(self) -> bool:
        """Whether the method looks at scores, which utilities then are."""
        return METHODS[self.ground.config.method].scores == "sensitivity"

    def _let_pass(self, passing: Masks) -> None:
        self._passing = passing
        self._silent = {} if self._gone else touching(self.graph, by_name(self.model), passing)


def propagation(ground: Ground, options: dict[str, Value]) -> Propagation:
    """Dynamic channel propagation with its settings."""
    explore, end, decay = (float(options[name]) for name in ("explore", "end", "decay"))
    return Propagation(ground, int(options["moments"]), explore, end, decay)
