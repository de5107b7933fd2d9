"""The same figures once more, by counters that know nothing of the channel graph.

A network is run on tensors without storage while others watch: ``ptflops`` (its ``aten`` engine), PyTorch's own
`torch.utils.flop_counter`, and hooks on its leaf modules. Nothing is computed, so the largest network takes seconds.
"""

import inspect
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten
from torch.utils.flop_counter import FlopCounterMode

from ranp.graph.skeleton import plain_copy
from ranp.layers import NEURON_MODULES

_PASS_ON = (nn.Identity, nn.Sequential)
"""Leaf modules that hand on what they are given and put out nothing of their own; a `Sequential` may be empty."""

_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)


@dataclass(frozen=True)
class Counted:
    """What each counter found for one forward pass; ``None`` where it could not follow the network.

    ``ptflops_macs`` is what ptflops prints, which has one for each output element of a layer with a bias;
    ``ptflops_macs_without_bias`` is its count of the same network without biases, which is `ranp.graph.Cost.macs`.
    ``params`` adds up the parameters that there are; ``activations`` the outputs of leaf modules; ``bias`` and ``norm``
    are the additions for biases and the four operations for each normalised element of the original code's count.
    """

    ptflops_macs: int | None
    ptflops_macs_without_bias: int | None
    torch_flops: int
    params: int
    activations: int
    bias: int
    norm: int

    @property
    def paper_macs(self) -> int | None:
        """The original code's count, put together from what was found."""
        macs = self.ptflops_macs_without_bias
        return None if macs is None else macs + self.bias + self.norm


def independent_counts(model: nn.Module, inputs: tuple[Tensor, ...]) -> Counted:
    """Count ``model`` anew; it is left as it is, and ``inputs`` (batch first) give only their shapes.

    >>> network = nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 2, 1, bias=False))
    >>> counted = independent_counts(network, (torch.empty(1, 1, 2, 2, 2),))
    >>> counted.ptflops_macs, counted.ptflops_macs_without_bias, counted.torch_flops
    (128, 96, 192)
    >>> counted.params, counted.activations, counted.bias
    (16, 80, 32)
    """
    empty = plain_copy(model).to("meta").eval()
    values = tuple(tensor.to("meta") for tensor in inputs)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, _watched(empty) as seen:
        empty(*values)
    with_bias = _ptflops(empty, values)
    for module in empty.modules():
        if isinstance(module, NEURON_MODULES):
            module.bias = None
    return Counted(
        ptflops_macs=with_bias,
        ptflops_macs_without_bias=_ptflops(empty, values),
        torch_flops=counter.get_total_flops(),
        params=sum(parameter.numel() for parameter in model.parameters()),
        activations=seen["activations"],
        bias=seen["bias"],
        norm=seen["norm"],
    )


@contextmanager
def _watched(model: nn.Module) -> Iterator[dict[str, int]]:
    """Elements that leaf modules put out: all of them, those of layers with a bias, and four times those of norms."""
    seen = dict.fromkeys(("activations", "bias", "norm"), 0)

    def note(module: nn.Module, _: Any, output: Any) -> None:
        elements = sum(leaf.numel() for leaf in tree_flatten(output)[0] if isinstance(leaf, Tensor))
        seen["activations"] += elements
        seen["bias"] += elements if isinstance(module, NEURON_MODULES) and module.bias is not None else 0
        seen["norm"] += 4 * elements if isinstance(module, _NORMS) else 0

    without_children = (module for module in model.modules() if next(module.children(), None) is None)
    leaves = [module for module in without_children if not isinstance(module, _PASS_ON)]
    handles = [module.register_forward_hook(note) for module in leaves]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _ptflops(model: nn.Module, inputs: tuple[Tensor, ...]) -> int | None:
    from ptflops import get_model_complexity_info

    names = list(inspect.signature(model.forward).parameters)[: len(inputs)]
    with torch.no_grad():
        macs, _ = get_model_complexity_info(
            model,
            tuple(inputs[0].shape[1:]),
            input_constructor=lambda _: dict(zip(names, inputs, strict=True)) if len(inputs) > 1 else inputs[0],
            backend="aten",
            as_strings=False,
            print_per_layer_stat=False,
            ost=io.StringIO(),
        )
    return None if macs is None else int(macs)
