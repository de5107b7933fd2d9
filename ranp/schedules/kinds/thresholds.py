"""Thresholds learnt under a limit: each layer has one, and the loss and the cost of the network move it.

A neuron u of layer l scores r_u, its score over the mean of its layer's, and is let through where it is above the
layer's threshold t_l,

    gate_u = 1 where r_u > t_l, else 0

All thresholds begin at 0, so that nothing is gone. After each training step they follow

    J = loss + strength x max(0, cost / allowed - 1)
    t_l <- max(0, t_l - rate x dp x dJ/dt_l)

with dp the share of the training that the step was (of its bill, scores included, where bills are equal), and the cost
that of the network with these gates: MACs where those are limited. A step has no slope, so that of a sigmoid stands for
it, d gate_u / dt_l = -s(1 - s) / temperature with s = sigmoid((r_u - t_l) / temperature). dJ/dgate_u is the sum of
w x dL/dw over what belongs to the neuron, its norms' scale and shift included, and what it adds to the cost with the
others as they are (`ranp.schedules.excess`). Scores are taken anew at ``moments`` evenly until the share ``end`` of the
training; then the network is cut down for good, along the one line of r_u - t_l that meets the limit, and norm
statistics are taken anew.

Source: LAPP (Zhai et al., "Layer Adaptive Progressive Pruning for Compressing CNNs from Scratch", arXiv 2309.14157),
which introduces a threshold for each layer, moved by the task's loss and by a limit of FLOPs. Without its bypass: LAPP
also gives each layer a narrow second path that keeps information flowing, which would make another network than the one
that is pruned. Simplified: scores are those of any criterion, at moments instead of every step; which layer loses how
much is learnt, so of the method only that it scores neurons counts; weights of silent neurons rest until they are let
through again; gradients are those that were clipped; steps are billed in full until ``end``.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ranp.graph import layer_tensors, values_by_neuron
from ranp.schedules.entries import belonging, by_name, norms
from ranp.schedules.excess import check_priced, excess, most_allowed
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.rounds import ROUNDING
from ranp.schedules.kinds.silenced import Silenced
from ranp.schedules.options import Value
from ranp.selection import METHODS, PruningConfig, kept_whole
from ranp.types import Masks, Scores


class Thresholds(Silenced):
    """``thresholds`` are those of the layers by now."""

    def __init__(
        self, ground: Ground, moments: int, rate: float, strength: float, temperature: float, end: float
    ) -> None:
        config = ground.config
        check_priced(config, "thresholds")
        if METHODS[config.method].scores != "sensitivity":
            raise ValueError(
                f"the schedule thresholds needs scores, and the method '{config.method}' has none of a criterion; take "
                "one that scores neurons, such as ranp-f"
            )
        super().__init__(ground, last=moments)
        self._moments, self._rate, self._strength = moments, rate, strength
        self._temperature, self._end = temperature, end
        self._most = most_allowed(ground.graph, config)
        self._whole = kept_whole(ground.graph, config.protect, config.coupling)
        self.thresholds = dict.fromkeys(ground.graph.layers, 0.0)
        self._scores: Scores = {}
        self._reached = 0.0
        """The share of the training that lay behind when thresholds were moved last."""

    def start(self) -> None:
        """Score before the first step."""
        self.decide()

    def due(self, done: float) -> int:
        """Evenly until the end."""
        return math.floor(self._moments * done / self._end + ROUNDING)

    def chosen(self) -> Masks:
        """Who is above the one line of margins that meets the limit."""
        return self.line(_plain(self.ground.config), self._margins())

    def silent(self) -> Mapping[str, Tensor]:
        """All that belongs to those who are not let through."""
        self._gates = self.gates
        return belonging(self.graph, by_name(self.model), self._gates)

    def own_state(self) -> dict[str, Any]:
        """Thresholds, and the scores that they are compared with."""
        scores = {name: score.tolist() for name, score in self._scores.items()}
        return {"over": self._over, "reached": self._reached, "thresholds": self.thresholds, "scores": scores}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        self._over, self._reached = int(state["over"]), float(state["reached"])
        self.thresholds = {name: float(each) for name, each in state["thresholds"].items()}
        self._scores = {name: torch.tensor(score) for name, score in state["scores"].items()}

    @property
    def gates(self) -> Masks:
        """Who is let through; the best neuron of each layer always is."""
        found = {
            name: (score > self.thresholds[name]) | (score == score.max())
            for name, score in self._scores.items()
            if name not in self._whole
        }
        return self.graph.resolve(found, self.ground.config.coupling)

    def decide(self) -> None:
        """Score anew."""
        scores = self.scored()
        assert scores is not None, "checked at construction"
        means = {name: float(score.double().mean()) for name, score in scores.items()}
        self._scores = {name: score.float() / (means[name] or 1.0) for name, score in scores.items()}

    def feel(self, done: float) -> None:
        """One step of the thresholds, by what the last training step has felt."""
        felt, cost = self._felt(), excess(self.graph, self._most, self._gates)
        if cost.above > 0:
            felt += self._strength * cost.units
        felt /= np.maximum(self.graph.unit_members, 1.0)
        felt[0] = 0.0
        far, self._reached = self._rate * (done - self._reached), done
        for name, score in self._scores.items():
            if name not in self._whole:
                gate = torch.sigmoid((score.double() - self.thresholds[name]) / self._temperature)
                slope = (gate * (1 - gate) / self._temperature).numpy()
                moved = self.thresholds[name] + far * float((slope * felt[self.graph.layer_units[name]]).sum())
                self.thresholds[name] = max(0.0, moved)

    def _felt(self) -> NDArray[np.float64]:
        """The derivative of the loss by a gate on each unit, ``(units,)``."""
        layers = list(self.graph.layers.values())
        tensors, parameters = layer_tensors(self.model, layers), by_name(self.model)
        felt = np.zeros(self.graph.unit_count)
        changes = {name: self._silence.felt(name, parameters[name]) for name in tensors}
        for layer in layers:
            each = values_by_neuron(layer, changes).double().sum(1).cpu().numpy()
            np.add.at(felt, self.graph.layer_units[layer.name], each)
        for name, units in norms(self.graph, parameters, tensors).items():
            np.add.at(felt, units, self._silence.felt(name, parameters[name]).double().cpu().numpy())
        return felt

    def _margins(self) -> Scores:
        """How far each neuron is above its layer's threshold, from 0 on."""
        found = {name: score - self.thresholds[name] for name, score in self._scores.items()}
        least = min(float(each.min()) for each in found.values())
        return {name: each - least for name, each in found.items()}


def _plain(config: PruningConfig) -> PruningConfig:
    """The settings with one line for all scores as they are."""
    return replace(config, allocation="plain", layer_costs=(), layer_sparsities=())


def thresholds(ground: Ground, options: dict[str, Value]) -> Thresholds:
    """Learnt thresholds with their settings."""
    rate, strength, temperature, end = (float(options[name]) for name in ("rate", "strength", "temperature", "end"))
    return Thresholds(ground, int(options["moments"]), rate, strength, temperature, end)
