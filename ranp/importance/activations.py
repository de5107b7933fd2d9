"""What a neuron's activation is on data: how often it speaks, and what the loss would lose without it.

With a the activation of a neuron (`ranp.importance.following`) and positions those of its map in space:

    densities   share of examples and positions at which a > 0, of each batch
    changes     sum over examples of |sum over positions of a dL/da|, of each batch: with L a mean over examples, the
                mean change of an example's loss, to first order, without the neuron's map

Density: Foldy-Porto, Venkatesha and Panda, arXiv 2002.02949, who take it of whole layers; of neurons it is one minus
the average percentage of zeros (Hu et al., "Network Trimming", arXiv 1607.03250). Both count zeros behind a ReLU. Here
what is not above zero counts as silent, so that LeakyReLU and GELU can be asked, too.

Taylor on activations: Molchanov et al., ICLR 2017, arXiv 1611.06440, section 2.2. The paper divides by the map's size
and each layer's scores by their Euclidean norm; both are factors of a layer, which balancing the layers takes over.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ranp.importance.following import Following, Place
from ranp.importance.signals import Measured, Signal, Subject, answer, derivatives, loss_at


def densities(subject: Subject) -> Iterator[Measured]:
    """The share of activations above zero, of each batch; nothing goes backward, and the loss is not called."""
    for number, batch in enumerate(subject.batches, start=1):
        with torch.no_grad(), _Counts(subject) as counts:
            answer(subject, batch, number)
        yield subject.weights, counts.shares()


def changes(subject: Subject) -> Iterator[Measured]:
    """What the loss loses to first order without a neuron's map, of each batch."""
    for number, batch in enumerate(subject.batches, start=1):
        gates = _Gates(subject)
        with gates:
            output, target = answer(subject, batch, number)
        value = loss_at(subject, output, target, number)  # whose functions are none of the network's
        with gates:  # also backward, where checkpoints call the network again
            found = derivatives(subject, value, gates.ones)
        yield subject.weights, gates.sizes(found)


class _Counts(Following):
    """Counts what is above zero."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._above: dict[Place, tuple[Tensor, int]] = {}

    def output(self, place: Place, output: Tensor) -> Tensor:
        """The same."""
        above = (output.detach() > 0).movedim(place.dim, 0).flatten(1)
        self._above[place] = (above.sum(1), above.shape[1])
        return output

    def shares(self) -> Signal:
        """Over all calls of a layer together."""
        sums: dict[str, tuple[Tensor, int]] = {}
        for place, (above, size) in self._above.items():
            if self.is_activation(place):
                before, sizes = sums.get(place.layer, (torch.zeros_like(above), 0))
                sums[place.layer] = (before + above, sizes + size)
        return {layer: above.double() / size for layer, (above, size) in sums.items()}


class _Gates(Following):
    """Sends every output through a gate of ones, one for each example and neuron.

    The loss's gradient by a gate is the sum of a dL/da over the positions.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.ones: list[Tensor] = []
        self._gated: list[Place] = []

    def output(self, place: Place, output: Tensor) -> Tensor:
        """The output behind its gate."""
        shape = [size if dim in (0, place.dim) else 1 for dim, size in enumerate(output.shape)]
        gate = torch.ones(shape, dtype=output.dtype, device=output.device).requires_grad_()
        self.ones.append(gate)
        self._gated.append(place)
        return output * gate

    def sizes(self, gradients: list[Tensor | None]) -> Signal:
        """From the gradients of the first so many gates.

        Of a call's gates the last that the loss saw counts, up to that of its activation; the calls of a layer are
        added up example by example, where they are of as many.
        """
        last: dict[tuple[str, int], Tensor] = {}
        for place, gradient in zip(self._gated, gradients, strict=False):
            if gradient is not None and self.is_within(place):
                rows = gradient.float().movedim(place.dim, -1)
                last[place.layer, place.call] = rows.reshape(-1, rows.shape[-1])
        alike: dict[tuple[str, int], Tensor] = {}
        for (layer, _), rows in last.items():
            alike[layer, len(rows)] = rows + alike.get((layer, len(rows)), 0)
        found: dict[str, Tensor] = {}
        for (layer, _), rows in alike.items():
            found[layer] = rows.abs().sum(0) + found.get(layer, 0)
        return found
