"""Connections: what every single weight contributes to its neuron's importance, before anything is added up.

`ranp.importance` keeps one number a neuron. Here each weight's contribution stays: |g| = |w * dL/dw| for MPMG (SNIP,
Lee et al., ICLR 2019), and what `ranp.importance.criteria` says for the others, averaged over batches. From them the
importance is added up once more, in float64 and after the mean over batches: another order than that of
`ranp.importance`, so that the two can be compared.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import NeuronLayer, find_layers, layer_tensors, nothing_compiled, unwrapped, values_by_neuron
from ranp.importance.criteria import REDUCTIONS, Criterion, choose
from ranp.importance.own_criterion import OwnCriterion, find_criterion
from ranp.importance.score import contributions
from ranp.importance.scoring_mode import scoring_mode
from ranp.importance.signals import Batch, Subject
from ranp.importance.stand_ins import weights_to_score
from ranp.inputs import InputSpec
from ranp.types import Scores

ROUNDING = 1e-5
"""What adding up float32 numbers of both signs in another order may change, as a share of the sum of their sizes."""


@dataclass(frozen=True)
class Connections:
    """By layer: ``(neurons, weights that produce the neuron)``, the bias last; and what each neuron's row adds up to.

    `kernels` is the kernel's shape: a row holds a kernel for each input channel (of the neuron's group), in this order.
    `slack` is how far a score may be off where contributions of both signs cancel: zero where none is negative.
    """

    weights: dict[str, Tensor]
    contributions: dict[str, Tensor]
    kernels: dict[str, tuple[int, ...]]
    scores: Scores
    slack: Scores

    def agree(self, scores: Scores, relative: float = 1e-4) -> dict[str, Tensor]:
        """Which neurons' scores are what their weights add up to: layer -> bool ``(neurons,)``."""
        return {
            name: (scores[name].double() - own).abs() <= relative * own.abs() + self.slack[name]
            for name, own in self.scores.items()
        }


def connections(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[Any, Any], Tensor],
    criterion: str | OwnCriterion = "mpmg",
    reduce: str = "sum",
    layers: Sequence[NeuronLayer] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    inputs: InputSpec | None = None,
    before: nn.Module | None = None,
) -> Connections:
    """What each weight contributes to its neuron's importance; arguments and errors as for `ranp.importance`.

    Of a criterion in rounds this is the first round, and `scores` are not those of `ranp.importance`. Of one that looks
    at neurons as a whole, each neuron's only contribution is its score.

    It holds one float32 number for every weight of the network.

    >>> model = nn.Sequential(nn.Conv3d(1, 2, 1, bias=False), nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> with torch.no_grad():
    ...     _ = [weight.copy_(torch.tensor([1.0, 3.0]).view_as(weight)) for weight in model.parameters()]
    >>> batch = (torch.ones(1, 1, 1, 1, 1), torch.zeros(1))
    >>> found = connections(model, [batch], loss=lambda output, target: (output - target).sum())
    >>> found.contributions["2"], found.scores["2"]
    (tensor([[1., 9.]]), tensor([10.], dtype=torch.float64))
    """
    rule, reduction = find_criterion(criterion).once, choose(REDUCTIONS, reduce, "reduce")
    model = unwrapped(model)
    layers = find_layers(model) if layers is None else layers
    given, parameters = layers, layer_tensors(model, layers)
    device = next((parameter.device for parameter in parameters.values()), torch.device("cpu"))
    total = rule.measurements(batches)
    rows: dict[str, Tensor] = {}
    by_batch: Scores = {}
    done = 0
    with (
        scoring_mode(model, list(parameters.values())),
        nothing_compiled(),
        weights_to_score(model, layers) as (layers, weights, stand_ins),
    ):
        earlier = None if before is None else unwrapped(before)
        subject = Subject(model, weights, stand_ins, batches, loss, device, False, inputs, layers, given, earlier)
        for done, measured in enumerate(rule.signal(subject), start=1):
            for layer in layers:
                part = contributions(layer, measured, rule)
                rows[layer.name] = rows[layer.name] + part if layer.name in rows else part
                if rule.per_batch is not None:
                    score = rule.per_batch(reduction(part.double()))
                    by_batch[layer.name] = by_batch.get(layer.name, 0) + score
            if progress is not None:
                progress(done, total)
    if done == 0:
        raise ValueError("there is no batch to score on; give at least one (inputs, target)")
    means = {name: (value / done).cpu() for name, value in rows.items()}
    reduced = {name: reduction(value.double()) for name, value in means.items()}
    if rule.per_batch is not None:
        reduced = {name: (value / done).cpu() for name, value in by_batch.items()}
    scores = rule.overall({name: rule.per_neuron(value) for name, value in reduced.items()})
    kernels = {layer.name: tuple(weights[layer.weight].shape[2:]) for layer in layers}
    return Connections(_weights(weights, layers), means, kernels, scores, _slack(means, rule))


def _weights(parameters: dict[str, Tensor], layers: Sequence[NeuronLayer]) -> dict[str, Tensor]:
    values = {name: parameter.detach().cpu() for name, parameter in parameters.items()}
    return {layer.name: values_by_neuron(layer, values) for layer in layers}


def _slack(means: dict[str, Tensor], rule: Criterion) -> Scores:
    found = {}
    for name, rows in means.items():
        sizes = ROUNDING * rows.double().abs().sum(dim=1) * (rows.min() < 0)
        found[name] = sizes if rule.per_batch is None else rule.per_batch(sizes)
    return found
