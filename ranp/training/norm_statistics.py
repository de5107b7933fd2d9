"""Running statistics of norm layers, taken anew: those of a pruned network's inputs are no longer what they were.

Batch norms judge by running means and variances that training gathered. Once neurons are gone, what reaches the layers
behind them is another sum, so that the first answers of a pruned network would be judged by statistics of another one.
"""

from itertools import islice

import torch
from torch import nn

from ranp.training.material import Answering, Material
from ranp.training.parallel import Alone
from ranp.training.speed import Speed

_Norm = nn.modules.batchnorm._NormBase

BATCHES = 8
"""So many training batches are averaged over."""


def refresh_norm_statistics(
    model: nn.Module, material: Material, batch_size: int, seed: int, processes: Alone, speed: Speed
) -> int:
    """Give ``model``'s norm layers the plain mean of their statistics over `BATCHES` training batches, in place.

    Weights stay as they are, and dropout is off. Returns from how many examples; none, and nothing is computed,
    where no layer has such statistics.
    """
    norms = [module for module in model.modules() if isinstance(module, _Norm) and module.running_mean is not None]
    if not norms:
        return 0
    network, training = Answering(model.to(processes.device), processes.device, speed), model.training
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # every batch counts the same
        norm.train()
    try:
        examples = 0
        with torch.no_grad():
            for given, _ in islice(material.batches(batch_size, seed, processes), BATCHES):
                network.answer(given)
                examples += len(given.tensors[0]) * processes.world
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        model.train(training)
    return examples
