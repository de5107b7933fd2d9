"""Weights that a network makes of parameters, stood in for by tensors that can be measured.

A criterion asks about the weight that a layer computes with, w: its value, and how fast the loss changes with it. Where
w is made of other parameters (masked, normalised: `ranp.graph.made`), a leaf tensor with its value takes its place
while the network is scored, so that a network with a weight norm scores as the one that has the same weights without.
What a mask removed stays removed: it multiplies the leaf.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ranp.graph import Made, NeuronLayer, as_computed, layer_tensors


class StandIns:
    """The leaf tensors by name, in the network's modules while `in_place`."""

    def __init__(self, made: Mapping[str, Made]) -> None:
        self._made = made
        self.values: Mapping[str, Tensor] = {name: one.value().requires_grad_() for name, one in made.items()}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While entered, the modules compute with the leaves."""
        with ExitStack() as stack:
            for name, one in self._made.items():
                if one.hook is not None:
                    stack.callback(vars(one.module).__setitem__, one.name, vars(one.module)[one.name])
                stack.callback(self._put(name, one).remove)
            yield

    @contextmanager
    def replaced(self, values: Mapping[str, Tensor]) -> Iterator[None]:
        """While entered, the leaves are these."""
        before = self.values
        self.values = {name: values[name] for name in before}
        try:
            yield
        finally:
            self.values = before

    def _put(self, name: str, made: Made) -> RemovableHandle:
        """A hook that comes after whatever makes the weight, and undoes it."""

        def parametrized(*_: Any) -> Tensor:
            return self.values[name]

        def called(module: nn.Module, _: Any) -> None:
            mask = made.mask
            vars(module)[made.name] = self.values[name] if mask is None else self.values[name] * mask

        if made.hook is None:
            return made.parametrizations.register_forward_hook(parametrized)
        called(made.module, ())
        return made.module.register_forward_pre_hook(called)


@contextmanager
def weights_to_score(
    model: nn.Module, layers: Sequence[NeuronLayer]
) -> Iterator[tuple[list[NeuronLayer], dict[str, Tensor], StandIns]]:
    """The layers with the weights that they compute with, these by name, and what stands in for those that are made."""
    layers, made = as_computed(model, layers)
    stand_ins = StandIns(made)
    with stand_ins.in_place():
        yield layers, layer_tensors(model, layers, stand_ins.values), stand_ins
