"""What criteria of trained networks are tried on: cases as training might leave them, and as they were before."""

import copy

import torch
from torch import nn

from tests.cases import Case

UNFIT = {
    ("upsampler", "bn-scale"): "no layer of this network has a norm with a scale",
    ("siamese", "di"): "the target must be a tensor of classes as whole numbers.*that of batch 1 is float32",
}
"""Cases that a criterion refuses, and why."""


def moved(model: nn.Module) -> nn.Module:
    """A copy whose parameters, scales of norms included, are a little off."""
    model, generator = copy.deepcopy(model), torch.Generator().manual_seed(7)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.1 * torch.randn(value.shape, generator=generator, dtype=torch.float64).to(value))
    return model


def trained(case: Case) -> tuple[Case, nn.Module]:
    """The case with the network moved, and the network before."""
    return Case(moved(case.model), case.batches, case.loss), case.model
