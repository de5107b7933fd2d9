"""Initialisation: the seeded weights that are scored, and that a pruned network starts from again.

Convolution and linear weights are Xavier-normal (or orthogonal), their biases zero; normalisation layers have scale one
and bias zero. RANP (arXiv 2010.02488, section 5) scores networks in this state, before any training.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from ranp.layers import NEURON_MODULES

Network = TypeVar("Network", bound=nn.Module)

_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)

INITIALISERS: dict[str, Callable[..., Tensor]] = {
    "xavier": nn.init.xavier_normal_,
    "orthogonal": nn.init.orthogonal_,
}


def initialise(model: Network, seed: int, init: str = "xavier") -> Network:
    """Give every convolution, linear and norm layer of `model` its starting values, in place; return the model.

    Numbers are drawn on the CPU in float32 and in the order of the modules, so one seed gives one network on every
    device. Parameters of other modules (position embeddings, PReLU slopes) and parameters on `meta` are left as they
    are. A weight that two modules share is drawn once. Raises `ValueError` for an unknown `init`.

    >>> first = initialise(nn.Conv3d(2, 4, 3), seed=0)
    >>> again = initialise(nn.Conv3d(2, 4, 3), seed=0)
    >>> torch.equal(first.weight, again.weight), first.bias.abs().max().item()
    (True, 0.0)
    """
    if init not in INITIALISERS:
        raise ValueError(f"init must be one of {', '.join(INITIALISERS)}, not {init!r}")
    generator = torch.Generator().manual_seed(seed)
    drawn: set[int] = set()
    with torch.no_grad():
        for module in model.modules():
            parameters = module._parameters
            weight, bias = parameters.get("weight"), parameters.get("bias")
            if isinstance(module, NEURON_MODULES):
                if weight is not None and not weight.is_meta and id(weight) not in drawn:
                    drawn.add(id(weight))
                    start = torch.empty(weight.shape, dtype=torch.float32)
                    weight.copy_(INITIALISERS[init](start, generator=generator))
            elif isinstance(module, _NORMS):
                if weight is not None:
                    weight.fill_(1)
            else:
                continue
            if bias is not None:
                bias.zero_()
    return model
