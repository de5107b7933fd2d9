"""Initialisation: the seeded weights that are scored, and that a pruned network starts from again.

Convolution and linear weights are Xavier-normal (or orthogonal), their biases zero; normalisation layers have scale one
and bias zero. RANP (arXiv 2010.02488, section 5) scores networks in this state, before any training.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from ranp.graph import NEURON_MODULES, Made, made_tensors

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
    are. A weight that two modules share is drawn once. Where a layer makes its weight of other parameters, these are
    set so that the weight is the drawn one: masks stay and hide a part of it, a spectral norm divides it by its norm.
    Raises `ValueError` for an unknown `init`, and for a parametrization that cannot be set to a given weight.

    >>> first = initialise(nn.Conv3d(2, 4, 3), seed=0)
    >>> again = initialise(nn.Conv3d(2, 4, 3), seed=0)
    >>> torch.equal(first.weight, again.weight), first.bias.abs().max().item()
    (True, 0.0)
    """
    if init not in INITIALISERS:
        raise ValueError(f"init must be one of {', '.join(INITIALISERS)}, not {init!r}")
    generator = torch.Generator().manual_seed(seed)
    made = made_tensors(model)
    drawn: set[int] = set()
    with torch.no_grad():
        for path, module in model.named_modules():
            weight, bias = (_settable(module, path, name, made) for name in ("weight", "bias"))
            if isinstance(module, NEURON_MODULES):
                if weight is not None and weight.key not in drawn:
                    drawn.add(weight.key)
                    start = torch.empty(weight.shape, dtype=torch.float32)
                    weight.set_to(INITIALISERS[init](start, generator=generator))
            elif isinstance(module, _NORMS):
                if weight is not None:
                    weight.set_to(torch.ones(weight.shape))
            else:
                continue
            if bias is not None:
                bias.set_to(torch.zeros(bias.shape))
    return model


@dataclass(frozen=True)
class _Settable:
    """A parameter, or a tensor that a module makes of some; ``key`` is one number for all modules that share it."""

    key: int
    shape: torch.Size
    set_to: Callable[[Tensor], object]


def _settable(module: nn.Module, path: str, name: str, made: Mapping[str, Made]) -> _Settable | None:
    """None where the module has no such tensor, and on `meta`."""
    one = made.get(f"{path}.{name}" if path else name)
    first = module._parameters.get(name) if one is None else one.parameter(one.parameters[0])
    if first is None or first.is_meta:
        return None
    if one is None:
        return _Settable(id(first), first.shape, first.copy_)
    return _Settable(id(first), one.value().shape, one.set_to)
