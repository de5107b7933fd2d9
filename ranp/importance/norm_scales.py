"""The scale of the norm behind a neuron: |gamma|, by which training can turn a channel down.

Source: Liu et al., "Network Slimming", ICCV 2017, arXiv 1708.06519, who train with an L1 penalty on the scales of batch
norms. Here nothing is added to the training, and any norm with a scale a channel counts. A layer without one behind it
scores one, as if it had one that scales nothing.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ranp.graph import values_by_neuron
from ranp.importance.following import Following, Place
from ranp.importance.signals import Measured, Subject, answer


def norm_scales(subject: Subject) -> Iterator[Measured]:
    """|gamma| of the norm behind each layer, the mean where there are several; of the first batch only shapes matter.

    Raises `ValueError` where no norm scales a layer's neurons, and where all scales are alike, as before training.
    """
    for batch in subject.batches:
        with torch.no_grad(), _Scales(subject) as scales:
            answer(subject, batch, 1)
        found = {layer: torch.stack(several).mean(0) for layer, several in scales.found.items()}
        _check(found)
        weights = subject.weights
        alone = {layer.name: torch.ones(len(values_by_neuron(layer, weights))) for layer in subject.layers}
        yield weights, {**alone, **found}
        return


def _check(found: dict[str, Tensor]) -> None:
    if not found:
        raise ValueError(
            "criterion 'bn-scale' ranks neurons by the scales of the norms behind their layers, and no layer of this "
            "network has a norm with a scale a channel behind it; use another criterion"
        )
    pool = torch.cat(list(found.values()))
    if bool((pool == pool[0]).all()):
        raise ValueError(
            f"criterion 'bn-scale' needs trained norms, and all scales here are {float(pool[0]):g}, as before "
            "training; give trained weights (--checkpoint FILE), train with --schedule after or early, or use another "
            "criterion"
        )


class _Scales(Following):
    """Notes the scales of norms."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.found: dict[str, list[Tensor]] = {}

    def output(self, place: Place, output: Tensor) -> Tensor:
        """The same."""
        return output

    def scale(self, place: Place, scale: Tensor) -> None:
        """One more norm behind the layer."""
        self.found.setdefault(place.layer, []).append(scale.detach().abs().double())
