"""Criteria: what makes a weight, and with it a neuron, important; RANP's own two and those of others.

A criterion measures a signal at every weight w, such as the loss's gradient g = dL/dw, and turns it into the importance
of an output channel u in steps, most of which most criteria leave out:

    per_weight   of a weight and its signal, for each batch
    per_layer    of what that makes of a layer's filters, which are compared
    (reduce      over the weights and the bias that produce u: `REDUCTIONS`, chosen apart from the criterion)
    per_batch    of each batch's reduced score; the mean over batches follows
    per_neuron   of the batches' mean
    overall      of all layers' scores at once

Some measure neurons as a whole (`of_neurons`), so that no weight has a share in what they find: there the signal is the
batch's score already, and a reduction has nothing to reduce. They, and how far filters moved, are asked of trained
networks: before training all neurons would be alike, or nearly so.

The conditional mutual information between filters of adjacent layers (MINT, Ganesh, Corso and Sekeh, ICPR 2020, arXiv
2003.08472) has no entry: it estimates, for each pair of a filter and one of the layer before, a graph of nearest
neighbours over hundreds of examples, given all other filters. A layer of 32 x 16 asks for 512 such estimates.

In every case a larger score is kept longer, and no score is negative, so that layers can be balanced and reweighted.

In front of a norm layer the loss does not depend on the length of a neuron's weights, so the sum of w g over them is
zero: what `mnmg` and `taylor` give such a neuron is rounding. By the same argument `grasp` gives it -|g|^2 (before the
lowest score is made the zero), so that the neurons with the largest gradients go first.
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from ranp.importance import zeros
from ranp.importance.activations import changes, densities
from ranp.importance.discriminants import discriminants
from ranp.importance.filters import distances, weights_before
from ranp.importance.norm_scales import norm_scales
from ranp.importance.signals import Measured, Subject, gradients, hessian_gradients, weights_alone
from ranp.importance.synflow import flow, quick_flow
from ranp.importance.zeros import Zero
from ranp.types import Scores

Choice = TypeVar("Choice")


def _unchanged(score: Tensor) -> Tensor:
    return score


def _no_share(weight: Tensor, signal: Tensor) -> Tensor:
    raise AssertionError("a criterion of whole neurons asks for no weight's share")


def _from_lowest(scores: Scores) -> Scores:
    """Shift all layers by one number, so that the lowest score is zero; who outranks whom stays."""
    lowest = torch.stack([score.amin() for score in scores.values()]).amin()
    return {name: score - lowest for name, score in scores.items()}


def _relative(scores: Scores) -> Scores:
    """Scale all layers by one number, so that the highest score is one."""
    highest = torch.stack([score.amax() for score in scores.values()]).amax()
    return {name: score / highest for name, score in scores.items()}


FORWARD = Fraction(1, 3)
"""Of a pass forward and backward, which is counted as three as long."""


@dataclass(frozen=True)
class Criterion:
    """One criterion; the steps are told above.

    ``words`` say to a newcomer what it asks of a weight.
    """

    title: str
    source: str
    words: str
    per_weight: Callable[[Tensor, Tensor], Tensor] = _no_share
    signal: Callable[[Subject], Iterator[Measured]] = gradients
    per_layer: Callable[[Tensor], Tensor] = _unchanged
    per_batch: Callable[[Tensor], Tensor] | None = None
    per_neuron: Callable[[Tensor], Tensor] = _unchanged
    overall: Callable[[Scores], Scores] = dict
    rounds: int = 1
    """More than one: scored and cut down by turns, `ranp.importance.rounds`."""
    of_neurons: bool = False
    """Measures neurons as a whole, and no weights."""
    untrained: str | None = None
    """What it would find in a network that is not trained, where that is nothing, in words."""

    passes: Fraction = Fraction(1)
    """Passes forward and backward that a round takes, zero where nothing goes through the network."""
    examples: Literal["all", "first", "one"] = "all"
    """What it looks at: all batches, the shapes of the first one, or at most one made-up example of its shape."""
    at_once: bool = False
    """Needs all batches at once, so that several processes cannot share them."""
    one_figure: bool = False
    """Measures all batches together, and not each."""
    needs_before: bool = False
    """Has to know the network before it was trained."""
    zero: Zero = zeros.GRADIENT
    """What is said where all neurons of a layer score zero."""

    @property
    def needs_data(self) -> bool:
        """Whether it looks at the values of data."""
        return self.examples == "all"

    @property
    def runs_network(self) -> bool:
        """Whether anything goes through the network, for which it needs memory."""
        return self.passes > 0

    def measurements(self, batches: Iterable[Any]) -> int | None:
        """How many there will be of these batches; None where nobody knows how many they are."""
        if self.one_figure or not self.needs_data:
            return 1
        return len(batches) if isinstance(batches, Sized) else None

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
        zero=zeros.GRADIENT_ALONE,
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
        passes=Fraction(3),  # the third one back through the second
        at_once=True,
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
        rounds=100,
        examples="one",
        zero=zeros.FLOW,
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
        examples="one",
        zero=zeros.FLOW,
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
        passes=Fraction(0),
        examples="one",
        zero=zeros.WEIGHTS,
    ),
    # sqrt(sum of w^2)
    "l2": Criterion(
        title="Euclidean norm of the weights",
        source="He et al., IJCAI 2018, arXiv 1808.06866",
        words="How large is the weight, squared? Neither data nor the loss are looked at.",
        signal=weights_alone,
        per_weight=lambda weight, _: weight.square(),
        per_neuron=torch.sqrt,
        passes=Fraction(0),
        examples="one",
        zero=zeros.WEIGHTS,
    ),
    # the sum over the layer's filters of their distances
    "fpgm": Criterion(
        title="distance from the layer's geometric median",
        source="FPGM: He et al., CVPR 2019, arXiv 1811.00250",
        words=(
            "How far is the neuron's filter from the others of its layer? The distances are added up, each as the sum "
            "of what single weights contribute. A filter in the middle of the others can be replaced by them, and goes "
            "first. Neither data nor the loss are looked at."
        ),
        signal=weights_alone,
        per_weight=lambda weight, _: weight,
        per_layer=distances,
        passes=Fraction(0),
        examples="one",
        zero=zeros.FILTERS,
    ),
    # sqrt(sum of (w - w before)^2)
    "pgp": Criterion(
        title="change of the filter while training",
        source="PGP: Nguyen-Meidine et al., 2019, arXiv 1906.08746",
        words=(
            "How far has training moved the weight from where it began? What hardly moved was hardly needed. It asks "
            "for the weights before training beside those after."
        ),
        signal=weights_before,
        per_weight=lambda weight, before: (weight - before).square(),
        per_neuron=torch.sqrt,
        untrained="how far training moved the weights, and nothing has been trained here",
        passes=Fraction(0),
        examples="one",
        needs_before=True,
        zero=zeros.CHANGE,
    ),
    # the share of activations above zero
    "activation-density": Criterion(
        title="share of activations above zero",
        source="Foldy-Porto et al., 2020, arXiv 2002.02949; Hu et al., 2016, arXiv 1607.03250",
        words=(
            "How often does the neuron say anything? Counted are the examples and positions at which its activation, "
            "behind the norm and the activation function, is above zero."
        ),
        signal=densities,
        of_neurons=True,
        passes=FORWARD,
        zero=zeros.DENSITY,
    ),
    # S_B / (S_T + rho)
    "di": Criterion(
        title="discriminant information of the feature map",
        source="DI: Hou and Kung, 2020, arXiv 2005.13796",
        words=(
            "How well does the neuron alone tell the classes apart? Of the variance of its activation, the share that "
            "lies between the classes."
        ),
        signal=discriminants,
        of_neurons=True,
        passes=FORWARD,
        at_once=True,
        one_figure=True,
        zero=zeros.CLASSES,
    ),
    # sum over examples of |sum over positions of a dL/da|
    "taylor-activations": Criterion(
        title="first-order change of the loss without the feature map",
        source="Molchanov et al., ICLR 2017, arXiv 1611.06440",
        words=(
            "How much would the loss L of an example change, to first order, if the neuron's activation a, behind the "
            "norm and the activation function, were zero everywhere?"
        ),
        signal=changes,
        of_neurons=True,
        zero=zeros.ACTIVATIONS,
    ),
    # |gamma|
    "bn-scale": Criterion(
        title="scale of the norm behind the neuron",
        source="Network Slimming: Liu et al., ICCV 2017, arXiv 1708.06519",
        words=(
            "By what does the norm behind the layer multiply the neuron? Training can turn it down there. A layer "
            "without such a norm scores one."
        ),
        signal=norm_scales,
        of_neurons=True,
        untrained="the scales of its norms, which are alike before training",
        passes=FORWARD,
        examples="first",
        zero=zeros.SCALES,
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
