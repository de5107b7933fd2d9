"""Criteria: what makes a weight, and with it a neuron, important; RANP's own two and those of others.

A criterion measures a signal at every weight w, such as the loss's gradient g = dL/dw, and turns it into the importance
of an output channel u in steps, most of which most criteria leave out:

    per_weight   of a weight and its signal, for each batch
    (reduce      over the weights and the bias that produce u: `REDUCTIONS`, chosen apart from the criterion)
    per_batch    of each batch's reduced score; the mean over batches follows
    per_neuron   of the batches' mean
    overall      of all layers' scores at once

In every case a larger score is kept longer, and no score is negative, so that layers can be balanced and reweighted.

In front of a norm layer the loss does not depend on the length of a neuron's weights, so the sum of w g over them is
zero: what `mnmg` and `taylor` give such a neuron is rounding. By the same argument `grasp` gives it -|g|^2 (before the
lowest score is made the zero), so that the neurons with the largest gradients go first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from ranp.importance.signals import Measured, Subject, gradients, hessian_gradients, weights_alone
from ranp.importance.synflow import flow, quick_flow
from ranp.types import Scores

Choice = TypeVar("Choice")


def _unchanged(score: Tensor) -> Tensor:
    return score


def _from_lowest(scores: Scores) -> Scores:
    """Shift all layers by one number, so that the lowest score is zero; who outranks whom stays."""
    lowest = torch.stack([score.amin() for score in scores.values()]).amin()
    return {name: score - lowest for name, score in scores.items()}


def _relative(scores: Scores) -> Scores:
    """Scale all layers by one number, so that the highest score is one."""
    highest = torch.stack([score.amax() for score in scores.values()]).amax()
    return {name: score / highest for name, score in scores.items()}


@dataclass(frozen=True)
class Criterion:
    """One criterion; the steps are told above. `needs_data` is False where neither data nor the loss is looked at.

    Of these some look at the weights alone, for which the network is not run (`runs_network`).

    ``words`` say to a newcomer what it asks of a weight.
    """

    title: str
    source: str
    words: str
    per_weight: Callable[[Tensor, Tensor], Tensor]
    signal: Callable[[Subject], Iterator[Measured]] = gradients
    per_batch: Callable[[Tensor], Tensor] | None = None
    per_neuron: Callable[[Tensor], Tensor] = _unchanged
    overall: Callable[[Scores], Scores] = dict
    needs_data: bool = True
    rounds: int = 1
    """More than one: scored and cut down by turns, `ranp.importance.rounds`."""

    @property
    def runs_network(self) -> bool:
        """Whether anything goes through the network, for which it needs memory."""
        return self.signal is not weights_alone

    @property
    def once(self) -> "Criterion":
        """The same in one pass."""
        return replace(self, rounds=1)


CRITERIA: dict[str, Criterion] = {
    # |w g|: connection sensitivity, its magnitude added up
    "mpmg": Criterion(
        title="magnitude of parameters' mask gradients",
        source="arXiv 2010.02488, section 4.1",
        words=(
            "Imagine a switch on every weight w of the untrained network. How fast does the loss L change as the "
            "switch is turned? That is the weight's sensitivity g. Sizes count here, not signs, averaged over the "
            "batches."
        ),
        per_weight=lambda weight, gradient: (weight * gradient).abs(),
    ),
    # |sum of w g|: connection sensitivity, added up with its sign
    "mnmg": Criterion(
        title="magnitude of the neuron's mask gradient",
        source="arXiv 2010.02488, section 4.1",
        words=(
            "Imagine a switch on every weight w of the untrained network. How fast does the loss L change as the "
            "switch is turned? That is the weight's sensitivity g. Here it counts with its sign, so contributions can "
            "cancel."
        ),
        per_weight=lambda weight, gradient: weight * gradient,
        per_neuron=torch.abs,
    ),
    # (sum of w g)^2 of each batch: to first order, the squared change of the loss without the neuron
    "taylor": Criterion(
        title="squared first-order change of the loss",
        source="Molchanov et al., CVPR 2019, arXiv 1906.10771",
        words=(
            "How much would the loss L change, to first order, if the weight were gone? These changes are added up "
            "with their sign, and the sum is squared for each batch."
        ),
        per_weight=lambda weight, gradient: weight * gradient,
        per_batch=torch.square,
    ),
    # sqrt(sum of g^2), as a root mean square over batches
    "gradient-norm": Criterion(
        title="Euclidean norm of the gradient",
        source="Abdelfattah et al., ICLR 2021, arXiv 2101.08134",
        words="How steep is the loss L along each weight? The weight's own size does not count.",
        per_weight=lambda _, gradient: gradient.square(),
        per_neuron=torch.sqrt,
    ),
    # w Hg. The paper's score -w Hg is the rise of the gradient's norm without the weight, and its highest go first; so
    # its negative is what to keep. It has a sign: the lowest neuron of the network becomes the zero.
    "grasp": Criterion(
        title="gradient flow that the neuron preserves",
        source="Wang et al., ICLR 2020, arXiv 2002.07376",
        words=(
            "How much of the gradient's flow does the weight preserve? H is the Hessian of the loss: how the gradient "
            "itself changes. The lowest score of the network is then made the zero."
        ),
        signal=hessian_gradients,
        per_weight=lambda weight, product: weight * product,
        overall=_from_lowest,
    ),
    # |w| dR/d|w|, in a hundred rounds; the score tells in which of them the neuron goes
    "synflow": Criterion(
        title="synaptic flow, in 100 rounds",
        source="Tanaka et al., NeurIPS 2020, arXiv 2006.05467",
        words=(
            "How much of a stream of ones passes the weight on its way through the network? No data are looked at; R "
            "is the sum of all outputs. In a hundred rounds the neurons that pass least go, and what is left is asked "
            "again; the score says how long a neuron stayed. Shown are the weights in the first round."
        ),
        signal=quick_flow,
        per_weight=lambda size, gradient: (size * gradient).abs(),
        overall=_relative,
        needs_data=False,
        rounds=100,
    ),
    # the same in one pass; scores grow with the product of all layers' weights, so only their ratios are told
    "synflow-once": Criterion(
        title="synaptic flow, one pass",
        source="Tanaka et al., NeurIPS 2020, arXiv 2006.05467",
        words=(
            "How much of a stream of ones passes the weight on its way through the network? No data are looked at; R "
            "is the sum of all outputs. The highest score is then made the one."
        ),
        signal=flow,
        per_weight=lambda size, gradient: (size * gradient).abs(),
        overall=_relative,
        needs_data=False,
    ),
    # |w g| of what is left, in rounds; the score tells in which of them the neuron goes
    "mpmg-rounds": Criterion(
        title="connection sensitivity, in 10 rounds",
        source="de Jorge et al., ICLR 2021, arXiv 2006.09081 (Iterative SNIP)",
        words=(
            "Imagine a switch on every weight w, and ask how fast the loss L changes as it is turned, as MPMG does. In "
            "ten rounds the neurons of the lowest sensitivity go, and what is left is asked again; the score says how "
            "long a neuron stayed. Shown are the weights in the first round."
        ),
        per_weight=lambda weight, gradient: (weight * gradient).abs(),
        rounds=10,
    ),
    # |w|
    "l1": Criterion(
        title="sum of absolute weights",
        source="Li et al., ICLR 2017, arXiv 1608.08710",
        words="How large is the weight? Neither data nor the loss are looked at.",
        signal=weights_alone,
        per_weight=lambda weight, _: weight.abs(),
        needs_data=False,
    ),
    # sqrt(sum of w^2)
    "l2": Criterion(
        title="Euclidean norm of the weights",
        source="He et al., IJCAI 2018, arXiv 1808.06866",
        words="How large is the weight, squared? Neither data nor the loss are looked at.",
        signal=weights_alone,
        per_weight=lambda weight, _: weight.square(),
        per_neuron=torch.sqrt,
        needs_data=False,
    ),
}

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda rows: rows.sum(dim=1),
    "mean": lambda rows: rows.mean(dim=1),
    "max": lambda rows: rows.amax(dim=1),
}
"""From ``(neurons, weights that produce the neuron)`` to ``(neurons,)``; the papers sum."""


def choose(choices: dict[str, Choice], given: str, argument: str) -> Choice:
    """The choice of that name; a `ValueError` that lists them where there is none."""
    if given not in choices:
        raise ValueError(f"{argument} must be one of {', '.join(choices)}, not {given!r}")
    return choices[given]
