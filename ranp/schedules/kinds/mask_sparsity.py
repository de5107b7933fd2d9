"""Sparse regularisation on what a mask selects: only those neurons are pressed towards zero that are to go.

At the share ``start`` of the training the full network is scored, and a line is drawn. Of the neurons u below it,

    R(w) = sum over u of |w_u|_1

is added to the loss until the share ``end``, when just these go; all others train unharmed (MaskSparsity, Jiang et al.,
"Pruning-aware Sparse Regularization for Network Pruning", arXiv 2201.06776). w_u are the weights and the bias that
produce the neuron, and the scale and shift of its norms: with these at zero its removal changes nothing.

Simplified: the paper presses the scales of batch norms alone, which not every network has; its mask comes from a
network that was trained and pruned before, here from the one that is trained, by any criterion, method and budget. What
is divided by (a weight norm's directions) is left alone.
"""

from typing import Any

import torch
from torch import Tensor

from ranp.schedules.entries import belonging, by_name
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.pressed import Pressed
from ranp.schedules.options import Value
from ranp.types import Masks


class MaskSparsity(Pressed):
    """``_stay`` are the neurons that the line leaves, once it is drawn."""

    _stay: Masks
    _pressed: dict[str, Tensor]

    def press(self) -> None:
        """Draw the line."""
        self._select(self.planned(self.ground.config))

    def size(self) -> Tensor:
        """The sum of the absolute values of what belongs to the neurons below the line."""
        parameters = by_name(self.model)
        sizes = [(parameters[name].abs() * entries).sum() for name, entries in self._pressed.items()]
        return torch.stack(sizes).sum() if sizes else torch.zeros(())

    def chosen(self) -> Masks:
        """Those that the line left."""
        return self._stay

    def own_state(self) -> dict[str, Any]:
        """How far it is, and where the line was drawn."""
        stay = self._stay if self._over == 1 else {}
        return {**super().own_state(), "stay": {name: mask.tolist() for name, mask in stay.items()}}

    def take_state(self, state: dict[str, Any]) -> None:
        """The same, given back."""
        super().take_state(state)
        if self._over == 1:
            self._select({name: torch.tensor(mask) for name, mask in state["stay"].items()})

    def _select(self, stay: Masks) -> None:
        self._stay = stay
        found = belonging(self.graph, by_name(self.model), stay)
        self._pressed = {name: entries for name, entries in found.items() if entries.any()}


def mask_sparsity(ground: Ground, options: dict[str, Value]) -> MaskSparsity:
    """MaskSparsity with its settings."""
    strength, start, end = (float(options[name]) for name in ("strength", "start", "end"))
    return MaskSparsity(ground, "sparse", strength, start, end)
