"""Ways to train faster that leave the network as it is; all off unless asked for.

Each changes in what order or with how many digits the same sums are done. What each gains is measured by
``python -m tests.benchmarks --only training``; none is a gain on every machine.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Speed:
    """What to try: volumes laid out channels-last, bfloat16 in the forward pass, a compiled network.

    Pictures keep their layout: torch 2.13 damages its memory in the backward pass of pruned 2D convolutions that are
    laid out channels-last (PSMNet at a fifth of its MACs, on a CPU).

    >>> Speed().describe(), Speed(channels_last=True, bfloat16=True).describe()
    ('', 'channels-last, bfloat16')
    """

    channels_last: bool = False
    bfloat16: bool = False
    compiled: bool = False

    def describe(self) -> str:
        """The options that are on, for a person; empty where none is."""
        named = {"channels-last": self.channels_last, "bfloat16": self.bfloat16, "compiled": self.compiled}
        return ", ".join(name for name, on in named.items() if on)

    def prepare(self, model: nn.Module) -> nn.Module:
        """The network, ready to be trained this way."""
        if self.channels_last:
            for parameter in model.parameters():
                parameter.data = self.laid_out(parameter.data)
        return torch.compile(model) if self.compiled else model  # type: ignore[return-value]

    def laid_out(self, value: Any) -> Any:
        """A tensor, or a tuple of them, in the layout that the network was prepared for."""
        if not self.channels_last:
            return value
        if isinstance(value, tuple):
            return tuple(self.laid_out(each) for each in value)
        assert isinstance(value, Tensor), "inputs are tensors"
        return value.contiguous(memory_format=torch.channels_last_3d) if value.ndim == 5 else value

    def arithmetic(self, device: torch.device) -> AbstractContextManager[Any]:
        """The context of the forward pass."""
        return torch.autocast(device.type, torch.bfloat16) if self.bfloat16 else nullcontext()
