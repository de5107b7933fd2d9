"""Neurons that are silent for a step: entries of parameters that are zero while a batch passes, and then as they were.

Between two steps `Silence.lift` gives them back while neurons are scored, the line is drawn and the run is kept on the
disk, which so see all of the network. Whoever judges it sees what a step does: the silent ones are zero. What the
optimizer made of them meanwhile is forgotten.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ranp.schedules.entries import by_name


class Silence:
    """What is silent at present; ``before`` are all parameters as they were when that began.

    >>> network = nn.Linear(1, 2, bias=False)
    >>> _ = nn.init.ones_(network.weight)
    >>> silence = Silence()
    >>> silence.fall(network, {"weight": torch.tensor([[True], [False]])})
    >>> network.weight.flatten().tolist()
    [0.0, 1.0]
    >>> silence.lift(network)
    >>> network.weight.flatten().tolist()
    [1.0, 1.0]
    """

    def __init__(self) -> None:
        self.before: dict[str, Tensor] = {}
        self._silent: Mapping[str, Tensor] = {}

    def fall(self, model: nn.Module, silent: Mapping[str, Tensor]) -> None:
        """Set these entries to zero: parameter -> bool of its shape."""
        parameters = by_name(model)
        self._silent = silent
        self.before = {name: parameter.detach().clone() for name, parameter in parameters.items()}
        with torch.no_grad():
            for name, entries in silent.items():
                parameters[name][entries] = 0

    def felt(self, name: str, parameter: Tensor) -> Tensor:
        """Each weight of this parameter, as it was in the step, times its gradient; zero where it has none."""
        before = self.before[name]
        return torch.zeros_like(before) if parameter.grad is None else before * parameter.grad

    def lift(self, model: nn.Module) -> None:
        """Give them back."""
        parameters = by_name(model)
        with torch.no_grad():
            for name, entries in self._silent.items():
                parameters[name][entries] = self.before[name][entries]
        self._silent = {}
