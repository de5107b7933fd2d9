"""Running statistics of norm layers, taken anew from batches."""

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from ranp.inputs import Arguments
from ranp.training import Alone, Material, Speed, refresh_norm_statistics
from ranp.training.norm_statistics import BATCHES


class _Noise:
    """Batch after batch, without end."""

    def __init__(self) -> None:
        self.given: list[Tensor] = []

    def batches(self, batch_size: int, seed: int, processes: Alone) -> Iterator[tuple[Arguments, Tensor]]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            self.given.append(torch.randn(batch_size, 2, 4, 4, 4, generator=generator) * 3 + 1)
            yield Arguments((self.given[-1],)), torch.zeros(batch_size)


def _refreshed(model: nn.Module) -> tuple[int, list[Tensor]]:
    noise = _Noise()
    count = refresh_norm_statistics(model, cast(Material, noise), 3, 0, Alone(), Speed())
    return count, noise.given


def test_they_are_the_mean_over_the_batches_and_nothing_else_changes() -> None:
    model = nn.Sequential(nn.Dropout(0.9), nn.BatchNorm3d(2), nn.Conv3d(2, 4, 1), nn.InstanceNorm3d(4))
    weights = {name: value.clone() for name, value in model.named_parameters()}
    norm = model[1]
    norm.running_mean.fill_(100)
    model.eval()
    count, given = _refreshed(model)
    assert (count, len(given)) == (3 * BATCHES, BATCHES)
    means = torch.stack([batch.mean((0, 2, 3, 4)) for batch in given])
    variances = torch.stack([batch.var((0, 2, 3, 4)) for batch in given])
    assert torch.allclose(norm.running_mean, means.mean(0), atol=1e-5)
    assert torch.allclose(norm.running_var, variances.mean(0), atol=1e-4)
    assert (norm.momentum, model.training, norm.training) == (0.1, False, False)
    assert all(torch.equal(value, weights[name]) for name, value in model.named_parameters())


def test_without_such_layers_no_batch_is_asked_for() -> None:
    model = nn.Sequential(nn.Conv3d(2, 4, 1), nn.GroupNorm(2, 4), nn.BatchNorm3d(4, track_running_stats=False))
    assert _refreshed(model) == (0, [])
    assert model.training
