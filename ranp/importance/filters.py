"""What a layer's filters are beside each other, and beside what they were before training.

    distances        of neuron u, weight i:  sum over the layer's neurons v of (w_ui - w_vi)^2 / |w_u - w_v|,
                     which adds up over i to the sum of the distances |w_u - w_v|
    weights_before   the weights as they were, once

The filter with the least sum of distances lies nearest to the layer's geometric median, so others can stand in for it
(FPGM, He et al., CVPR 2019, arXiv 1811.00250). Here a filter is all that produces a neuron, bias included.

How far a filter moved while training, |w - w_before|, is the criterion of progressive gradient pruning (PGP,
Nguyen-Meidine et al., arXiv 1906.08746), which takes it from epoch to epoch while it prunes. Here it is taken once,
since training began.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ranp.graph import layer_weights
from ranp.importance.signals import Measured, Subject


def distances(rows: Tensor) -> Tensor:
    """What each weight contributes to its filter's distances; of and to ``(neurons, weights)``.

    >>> distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))  # a distance of 5, from 9/5 and 16/5
    tensor([[1.8000, 3.2000],
            [1.8000, 3.2000]])
    """
    filters = rows.double()
    apart = torch.cdist(filters, filters, compute_mode="donot_use_mm_for_euclid_dist")
    share = torch.where(apart > 0, 1 / apart.clamp(min=torch.finfo(apart.dtype).tiny), 0)
    filters = filters - filters.mean(0)  # distances stay, and squares cancel less
    squares = filters.square() * share.sum(1, keepdim=True) + share @ filters.square()
    return (squares - 2 * filters * (share @ filters)).clamp(min=0).to(rows.dtype)


def weights_before(subject: Subject) -> Iterator[Measured]:
    """The weights, and what they were before training; no batch is read.

    Raises `ValueError` where nobody says what they were, where they are another network's, and where none moved.
    """
    if subject.before is None:
        raise ValueError(
            "criterion 'pgp' measures how far weights moved while training, and needs the weights before it; give them "
            "(before=..., or --checkpoint FILE --before FILE), train with --schedule after or early, or use another "
            "criterion"
        )
    before = _of(subject.before, subject)
    if all(torch.equal(before[name], value) for name, value in subject.weights.items()):
        raise ValueError(
            "criterion 'pgp' measures how far weights moved while training, and they have not moved; train before the "
            "network is cut down (--schedule after:pretraining=0.5), give its earlier weights (--before FILE), or use "
            "another criterion"
        )
    yield subject.weights, before


def _of(model: nn.Module, subject: Subject) -> dict[str, Tensor]:
    _, found = layer_weights(model, subject.given)
    for name, value in subject.weights.items():
        if name not in found or found[name].shape != value.shape:
            given = "none" if name not in found else f"one of shape {list(found[name].shape)}"
            raise ValueError(
                f"the network before training must have a weight {name!r} of shape {list(value.shape)}, and it has "
                f"{given}; give the same network with its earlier weights"
            )
    return {name: found[name].to(value.device, value.dtype) for name, value in subject.weights.items()}
