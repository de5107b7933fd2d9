"""Weights that a module makes from parameters of its own before it is called: masked, normalised, reparametrised.

The value that the layer computes with is not a parameter then, so whoever reads weights (a criterion) or draws them (an
initialisation) has to ask here. Four makers are known: masks of `torch.nn.utils.prune`, the hooks of
`torch.nn.utils.weight_norm` and `spectral_norm`, and `torch.nn.utils.parametrize`. What a layer's own ``forward``
computes of a parameter (a standardised or fake-quantised weight) is not made in this sense: there the parameter is
what can be read and drawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm, _WeightNorm
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ranp.graph.recording.compiled import named_as_written

_POWER_ITERATIONS = 15
"""What PyTorch runs when a spectral norm is set up."""

Hook = BasePruningMethod | WeightNorm | SpectralNorm


@dataclass(frozen=True, eq=False)
class Made:
    """The tensor ``name`` that a module makes; ``hook`` is what makes it, or its parametrizations do.

    ``parameters`` are the qualified names of what it is made from, the largest first: the one of its shape.
    """

    module: nn.Module
    path: str
    name: str
    parameters: tuple[str, ...]
    hook: Hook | None = None

    @property
    def full_name(self) -> str:
        """Its qualified name, as that of a parameter."""
        return _joined(self.path, self.name)

    @property
    def parametrizations(self) -> ParametrizationList:
        """What makes it where no hook does."""
        assert isinstance(self.module.parametrizations, nn.ModuleDict)
        found = self.module.parametrizations[self.name]
        assert isinstance(found, ParametrizationList)
        return found

    @property
    def mask(self) -> Tensor | None:
        """The mask that it is multiplied by, where that is how it is made."""
        return self.module._buffers[f"{self.name}_mask"] if isinstance(self.hook, BasePruningMethod) else None

    @property
    def factors(self) -> tuple[str, ...]:
        """Those of its parameters whose zeros are zeros of it: also the lengths of a weight norm."""
        makers = () if self.hook is not None else tuple(self.parametrizations)
        normed = isinstance(self.hook, WeightNorm) or any(isinstance(maker, _WeightNorm) for maker in makers)
        return self.parameters[: 2 if normed else 1]

    def parameter(self, name: str) -> nn.Parameter:
        """One of its parameters, by qualified name."""
        return self.module.get_parameter(name.removeprefix(f"{self.path}." if self.path else ""))

    def value(self) -> Tensor:
        """What the next call will compute with; whatever else making it does is undone."""
        with torch.no_grad(), _undisturbed(self.module):
            if self.hook is not None:
                self.hook(self.module, ())
            return torch.as_tensor(getattr(self.module, self.name)).detach().clone()

    def set_to(self, value: Tensor) -> None:
        """Set the parameters so that ``value`` is what is made of them, as far as its maker can make it.

        A mask stays, so its zeros stay zero; a spectral norm divides the values by their norm. Raises ``ValueError``
        where a parametrization knows no way back from a weight to its parameters.
        """
        with torch.no_grad():
            if self.hook is None:
                self._set_parametrized(value)
                return
            if isinstance(self.hook, WeightNorm):
                self._own("_v").copy_(value)
                self._own("_g").copy_(torch.norm_except_dim(self._own("_v"), 2, self.hook.dim))
            else:
                self._own("_orig").copy_(value)
            if isinstance(self.hook, SpectralNorm):
                for _ in range(_POWER_ITERATIONS):
                    self.hook.compute_weight(self.module, do_power_iteration=True)
            setattr(self.module, self.name, self.value())

    def _own(self, ending: str) -> nn.Parameter:
        found = self.module._parameters[self.name + ending]
        assert found is not None
        return found

    def _set_parametrized(self, value: Tensor) -> None:
        value = value.to(self.parameter(self.parameters[0]))
        try:
            setattr(self.module, self.name, value)
        except (RuntimeError, NotImplementedError, ValueError) as error:
            makers = ", ".join(type(maker).__name__ for maker in self.parametrizations)
            raise ValueError(
                f"'{self.full_name}' cannot be drawn anew, since {makers} does not say which parameters make a given "
                "weight; give it a right_inverse that does, or leave the initialisation out"
            ) from error
        for maker in self.parametrizations:
            if isinstance(maker, _SpectralNorm) and value.ndim > 1:
                maker._power_method(maker._reshape_weight_to_matrix(value), _POWER_ITERATIONS)


def made_tensors(model: nn.Module) -> dict[str, Made]:
    """Every weight and bias that a module of ``model`` makes, by the qualified name under which it is used.

    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> {name: made.parameters for name, made in made_tensors(nn.Sequential(layer)).items()}
    {'0.weight': ('0.parametrizations.weight.original1', '0.parametrizations.weight.original0')}
    """
    found: dict[str, Made] = {}
    for path, module in named_as_written(dict(model.named_modules(remove_duplicate=False))).items():
        for made in (*_by_hooks(module, path), *_by_parametrizations(module, path)):
            found[made.full_name] = made
    return found


def _by_hooks(module: nn.Module, path: str) -> Iterator[Made]:
    for hook in module._forward_pre_hooks.values():
        names = _read_by(hook)
        if names and all(name in module._parameters for name in names):
            assert isinstance(hook, (WeightNorm, SpectralNorm, BasePruningMethod))
            name = hook._tensor_name if isinstance(hook, BasePruningMethod) else hook.name
            yield Made(module, path, name, tuple(_joined(path, own) for own in names), hook)


def _read_by(hook: object) -> list[str]:
    """The parameters of its module that a hook makes a weight of."""
    if isinstance(hook, WeightNorm):
        return [f"{hook.name}_v", f"{hook.name}_g"]
    if isinstance(hook, SpectralNorm):
        return [f"{hook.name}_orig"]
    return [f"{hook._tensor_name}_orig"] if isinstance(hook, BasePruningMethod) else []


def _by_parametrizations(module: nn.Module, path: str) -> Iterator[Made]:
    if not is_parametrized(module):
        return
    assert isinstance(module.parametrizations, nn.ModuleDict)
    for name, makers in module.parametrizations.items():
        inside = sorted(
            makers.named_parameters(), key=lambda entry: (not entry[0].startswith("original"), -entry[1].numel())
        )
        yield Made(module, path, name, tuple(_joined(path, f"parametrizations.{name}.{own}") for own, _ in inside))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@contextmanager
def _undisturbed(module: nn.Module) -> Iterator[None]:
    """Puts back the buffers within a module (a power iteration moves its vectors) and what it holds itself."""
    held = dict(vars(module))
    buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        vars(module).update(held)
        for buffer, before in buffers:
            if not buffer.is_meta and not torch.equal(buffer, before):
                buffer.copy_(before)
