"""Layers whose weight is computed, drawn at random: masked, normalised by a hook or a parametrization, standardised."""

import warnings
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.utils import parametrizations, prune

Random = np.random.Generator
CONVOLVE = {2: F.conv2d, 3: F.conv3d}


def masked(random: Random, layer: nn.Module) -> None:
    """Some weights, or whole neurons, at zero as `torch.nn.utils.prune` has it; perhaps some biases, too."""
    if random.integers(2):
        prune.ln_structured(layer, "weight", 1, n=2, dim=1 if isinstance(layer, _ConvTransposeNd) else 0)
    else:
        prune.l1_unstructured(layer, "weight", 0.3)
    if layer.bias is not None and random.integers(2):
        prune.l1_unstructured(layer, "bias", 0.5)


def normed(random: Random, layer: nn.Module) -> None:
    """A weight norm of today's."""
    parametrizations.weight_norm(layer, dim=_norm_dim(random, layer))


def normed_by_hook(random: Random, layer: nn.Module) -> None:
    """The weight norm of older networks, whose weight is a plain attribute that a hook sets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it is deprecated, and there in networks of today
        nn.utils.weight_norm(layer, dim=_norm_dim(random, layer))


def _norm_dim(random: Random, layer: nn.Module) -> int:
    return int(random.integers(2)) if isinstance(layer, _ConvTransposeNd) else 0


CHANGES: tuple[Callable[[Random, nn.Module], None], ...] = (masked, normed, normed_by_hook)


def compute_weights(random: Random, model: nn.Module) -> None:
    """Change some of the convolutions and linear layers of ``model``; a module in two places changes once."""
    for layer in [module for module in model.modules() if isinstance(module, (_ConvNd, nn.Linear))]:
        if random.integers(2):
            CHANGES[int(random.integers(len(CHANGES)))](random, layer)


def standardise(weight: Tensor) -> Tensor:
    """Mean zero and deviation one over what each output channel reads."""
    dims = tuple(range(1, weight.ndim))
    return (weight - weight.mean(dims, keepdim=True)) / (weight.std(dims, keepdim=True) + 1e-5)


class ComputedConvolution(nn.Module):
    """A convolution that computes its own weight: standardised, by arithmetic or as timm does, or squashed."""

    def __init__(self, random: Random, channels: int, out_channels: int, dims: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, channels, *[3] * dims))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if random.integers(2) else None
        self.gain = nn.Parameter(torch.ones(out_channels))
        self.how = int(random.integers(3))

    def computed(self) -> Tensor:
        gain = self.gain.view(-1, *[1] * (self.weight.ndim - 1))
        if self.how == 0:
            return standardise(self.weight) * gain
        if self.how == 1:
            rows = self.weight.reshape(1, self.weight.shape[0], -1)
            return F.batch_norm(rows, None, None, self.gain, training=True, momentum=0.0).reshape_as(self.weight)
        return torch.sigmoid(self.weight) * gain

    def forward(self, x: Tensor) -> Tensor:
        return CONVOLVE[x.ndim - 2](x, self.computed(), self.bias, padding=1)
