"""Discriminant information: how well a neuron alone tells the classes of a target apart.

With S_T the variance of a neuron's activation over all samples and S_B the part of it that lies between the classes,

    S_B / (S_T + RHO)        from 0 (the classes look alike) to 1 (each class has a value of its own)

Where examples have a label, a sample is the mean of an example's map; where positions have one, each position of the
map is a sample, with the label nearest to it. What has no label is left out (a number below zero or, where positions
have labels, `IGNORED`), and so is a map of another number of dimensions than the labels.

Source: Hou and Kung, "A Feature-map Discriminant Perspective for Pruning Deep Neural Networks", arXiv 2005.13796.
Simplified: the paper takes tr((S_T + RHO I)^-1 S_B) of a map as a vector, which grows with its size; here a sample is
one number.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ranp.importance.following import Following, Place
from ranp.importance.signals import Measured, Subject, answer, to_device

RHO = 1e-12
"""Added to the whole variance, so that a neuron that says nothing scores zero."""

IGNORED = 255
"""The label that segmentation uses for a position that has none; numbers below zero (torch's -100) mean the same."""


def discriminants(subject: Subject) -> Iterator[Measured]:
    """S_B / (S_T + RHO), once, over all batches; nothing goes backward, and the loss is not called.

    Raises `ValueError` unless targets are tensors of whole numbers, of more than one class.
    """
    batches = list(subject.batches)
    labels = [_labels(to_device(target, subject.device), number) for number, (_, target) in enumerate(batches, start=1)]
    if not batches:
        return
    present = torch.cat([each[_known(each)] for each in labels]).unique()
    if len(present) < 2:
        raise ValueError(
            "criterion 'di' asks how well neurons tell classes apart, and these batches hold fewer than two classes; "
            "score on more examples"
        )
    sums: dict[str, Tensor] = {}
    for number, (batch, of_batch) in enumerate(zip(batches, labels, strict=True), start=1):
        numbers = torch.where(_known(of_batch), torch.searchsorted(present, of_batch.contiguous()), len(present))
        with torch.no_grad(), _Pools(subject, numbers, len(present)) as pools:
            answer(subject, batch, number)
        for place, moments in pools.found.items():
            if moments is not None and pools.is_activation(place):
                sums[place.layer] = moments + sums.get(place.layer, 0)
    yield subject.weights, {layer: _between(moments) for layer, moments in sums.items()}


def _labels(target: Any, number: int) -> Tensor:
    if not isinstance(target, Tensor) or target.is_floating_point() or target.is_complex() or target.ndim == 0:
        numbers = isinstance(target, Tensor) and target.ndim > 0
        given = str(target.dtype).removeprefix("torch.") if numbers else type(target).__name__
        raise ValueError(
            "criterion 'di' asks how well neurons tell classes apart, so the target must be a tensor of classes as "
            f"whole numbers, one an example or a position; that of batch {number} is {given}; use another criterion"
        )
    return target.long()


def _known(labels: Tensor) -> Tensor:
    return labels >= 0 if labels.ndim == 1 else (labels >= 0) & (labels != IGNORED)


class _Pools(Following):
    """Adds up, of each call's activation and by class, what variances are made of.

    ``labels`` are the classes by number from 0; what has none is of the number behind the last.
    """

    def __init__(self, subject: Subject, labels: Tensor, classes: int) -> None:
        super().__init__(subject)
        self._labels, self._classes = labels, classes
        self.found: dict[Place, Tensor | None] = {}

    def output(self, place: Place, output: Tensor) -> Tensor:
        """The same."""
        maps = output.detach().double().movedim(place.dim, -1)
        self.found[place] = _moments(maps, self._labels, self._classes)
        return output


def _moments(maps: Tensor, labels: Tensor, classes: int) -> Tensor | None:
    """Of ``maps``, ``(batch, ..., neurons)``, by class: samples, sums and squares, ``(classes, 3, neurons)``.

    None where the labels say nothing of these maps: of other examples, or of another number of dimensions.
    """
    if labels.ndim > 1 and labels.ndim == maps.ndim and labels.shape[1] == 1:
        labels = labels[:, 0]
    if len(labels) != len(maps) or (labels.ndim > 1 and labels.ndim != maps.ndim - 1):
        return None
    if labels.ndim == 1:
        samples = maps.reshape(len(maps), -1, maps.shape[-1]).mean(1)
    else:
        labels, samples = _nearest(labels, maps.shape[1:-1]).flatten(), maps.flatten(0, -2)
    counts = torch.bincount(labels, minlength=classes + 1).to(samples.dtype)[:, None].expand(-1, samples.shape[1])
    none = torch.zeros_like(counts)
    sums, squares = none.index_add(0, labels, samples), none.index_add(0, labels, samples.square())
    return torch.stack([counts, sums, squares], dim=1)[:classes]


def _nearest(labels: Tensor, shape: torch.Size) -> Tensor:
    """The labels, ``(batch, ...)``, at the positions of maps of another size."""
    for dim, size in enumerate(shape, start=1):
        places = ((torch.arange(size, device=labels.device) + 0.5) * labels.shape[dim] / size).long()
        labels = labels.index_select(dim, places)
    return labels


def _between(moments: Tensor) -> Tensor:
    """S_B / (S_T + RHO) of each neuron."""
    counts, sums, squares = moments.unbind(1)
    samples = counts.sum(0).clamp(min=1)
    mean = sums.sum(0) / samples
    whole = (squares.sum(0) / samples - mean.square()).clamp(min=0)
    means = sums / counts.clamp(min=1)
    between = (counts * (means - mean).square()).sum(0) / samples
    return (between / (whole + RHO)).clamp(0, 1)
