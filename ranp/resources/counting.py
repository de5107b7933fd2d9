"""The same figures once more, by counters that know nothing of the channel graph.

A network is run on tensors without storage while others watch: ``ptflops`` (its ``aten`` engine), PyTorch's own
`torch.utils.flop_counter`, and hooks on its leaf modules. Nothing is computed, so the largest network takes seconds.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from ranp.extras import extra
from ranp.graph import NEURON_MODULES, as_written, plain_copy, tensors_in
from ranp.inputs import Arguments, Examples, InputSpec

_PASS_ON = (nn.Identity, nn.Sequential)
"""Leaf modules that hand on what they are given and put out nothing of their own; a `Sequential` may be empty."""

_WITH_BIAS = {
    *(F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d),
    *(torch.conv1d, torch.conv2d, torch.conv3d, torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d),
    F.linear,
}
"""Functions whose third argument is a bias."""

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


def independent_counts(model: nn.Module, inputs: Examples) -> Counted:
    """Count ``model`` anew; it is left as it is, and of ``inputs`` (batch first) only shapes and dtypes matter.

    >>> network = nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 2, 1, bias=False))
    >>> counted = independent_counts(network, (torch.empty(1, 1, 2, 2, 2),))
    >>> counted.ptflops_macs, counted.ptflops_macs_without_bias, counted.torch_flops
    (128, 96, 192)
    >>> counted.params, counted.activations, counted.bias
    (16, 80, 32)
    """
    empty = plain_copy(as_written(model)).to("meta").eval()
    values = InputSpec.of(inputs).empty()
    with torch.no_grad(), FlopCounterMode(display=False) as counter, _watched(empty) as seen:
        values.call(empty)
    with _WithoutBiases():
        without_bias = _ptflops(empty, values)
    return Counted(
        ptflops_macs=_ptflops(empty, values),
        ptflops_macs_without_bias=without_bias,
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
        elements = sum(tensor.numel() for tensor in tensors_in(output))
        seen["activations"] += elements
        seen["bias"] += elements if isinstance(module, NEURON_MODULES) and module.bias is not None else 0
        seen["norm"] += 4 * elements if isinstance(module, _NORMS) else 0

    making = {part for module in model.modules() for part in _weight_makers(module)}
    watched = [module for module in model.modules() if module not in making and making.issuperset(module.children())]
    leaves = [module for module in watched if not isinstance(module, _PASS_ON)]
    handles = [module.register_forward_hook(note) for module in leaves]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _weight_makers(module: nn.Module) -> Iterator[nn.Module]:
    """The modules within one that make its weights of parameters, by the names that PyTorch gives to such."""
    for name, child in module.named_children():
        if name in ("parametrizations", "weight_fake_quant"):
            yield from child.modules()


class _WithoutBiases(TorchFunctionMode):
    """Convolutions and linear maps leave their bias out, wherever it comes from."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func in _WITH_BIAS:
            args = (*args[:2], None, *args[3:])
            kwargs.pop("bias", None)
        return func(*args, **kwargs)


class _Called(nn.Module):
    """The network for a caller who has one argument only, by keyword: that holds all of the network's."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, given: Arguments) -> Any:
        return given.call(self.model)


def _ptflops(model: nn.Module, inputs: Arguments) -> int | None:
    with extra("counting", "an independent count"):
        from ptflops import get_model_complexity_info

    with torch.no_grad():
        macs, _ = get_model_complexity_info(
            _Called(model),
            (1,),  # a size that counts for nothing beside the constructor
            input_constructor=lambda _: {"given": inputs},
            backend="aten",
            as_strings=False,
            print_per_layer_stat=False,
            ost=io.StringIO(),
        )
    return None if macs is None else int(macs)
