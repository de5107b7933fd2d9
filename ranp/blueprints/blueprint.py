"""A network as a file describes it: a class that is known, its arguments, and which of them say widths.

Which layers follow which number is not read off the code but tried: the network is built once more, without weights,
with each width multiplied by a prime of its own, and a layer follows the width by whose prime it grew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import Any

import torch
from torch import nn

from ranp.extras import extra
from ranp.graph import find_layers

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
MOST_WIDTHS = 16
"""That one network may have."""


@dataclass(frozen=True)
class Kind:
    """A class of an installed package that may be built; ``widths`` is its argument of them, if there is one."""

    module: str
    name: str
    widths: str | None

    def load(self) -> Callable[..., nn.Module]:
        """The class, imported now; ``ValueError`` where its package is not installed."""
        with extra("gallery", f"building {self.name}"):
            found: Callable[..., nn.Module] = getattr(import_module(self.module), self.name)
        return found


@dataclass(frozen=True)
class Blueprint:
    """``kind(**arguments)``, and where the arguments come from, for messages. Arguments were checked."""

    kind: Kind
    arguments: Mapping[str, Any]
    source: str

    def build(self, device: str = "meta") -> nn.Module:
        """The network; ``ValueError`` with the package's own words where it refuses the arguments."""
        made = self.kind.load()
        try:
            with torch.device(device):
                return made(**self.arguments)
        except Exception as error:  # the arguments are a file's, and a constructor may fail anywhere
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise ValueError(f"{self.source}: {self.kind.name} cannot be built ({reason})") from error

    @property
    def widths(self) -> tuple[int, ...]:
        """The numbers that say widths."""
        return tuple(self.arguments[self.kind.widths]) if self.kind.widths is not None else ()

    def with_widths(self, widths: Sequence[int]) -> "Blueprint":
        """The same with other widths."""
        assert self.kind.widths is not None, "widths are replaced where there are some"
        return replace(self, arguments={**self.arguments, self.kind.widths: list(widths)})

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """For each width the layers that follow it; those of equal neighbours that must stay equal go by the first.

        Raises ``ValueError`` where the class has no argument of widths, and where one of its layers follows none, or
        several at once.
        """
        if self.kind.widths is None:
            raise ValueError(f"{self.source}: {self.kind.name} takes no list of widths that could be changed")
        plain = _neurons(self.build())
        primes = self._primes(alike=False)
        marked = self._marked(primes)
        if marked.keys() != plain.keys():  # where neighbours are equal, the code builds no projection
            primes = self._primes(alike=True)
            marked = self._marked(primes)
        groups: list[list[str]] = [[] for _ in self.widths]
        for name, neurons in plain.items():
            grown = marked.get(name, 0)
            if grown == neurons:
                continue  # a layer of the output, which no width says
            followed = [number for number, prime in enumerate(primes) if grown == neurons * prime]
            if not followed:
                raise ValueError(
                    f"{self.source}: the width of layer '{name}' of {self.kind.name} follows no one number"
                )
            groups[followed[0]].append(name)
        return tuple(map(tuple, groups))

    def _marked(self, primes: Sequence[int]) -> dict[str, int]:
        widths = [width * prime for width, prime in zip(self.widths, primes, strict=True)]
        return _neurons(self.with_widths(widths).build())

    def _primes(self, alike: bool) -> list[int]:
        """A factor for each width, so that no two widths become equal; where ``alike``, equal neighbours stay so."""
        found: list[int] = []
        for number, width in enumerate(self.widths):
            if alike and number and width == self.widths[number - 1]:
                found.append(found[-1])
                continue
            marked = {one * prime for one, prime in zip(self.widths, found, strict=False)}
            found.append(next(prime for prime in _PRIMES if prime not in found and width * prime not in marked))
        return found

    def widths_left(self, neurons: Mapping[str, int], kept: Mapping[str, int]) -> tuple[int, ...]:
        """The widths with which the class builds layers of ``kept`` neurons, where now they have ``neurons``.

        Raises ``ValueError`` where no widths do: the plan was made without equal widths, or empties a layer.
        """
        found = []
        for width, names in zip(self.widths, self._followers(), strict=True):
            name = names[0]
            found.append(width * kept[name] // neurons[name])
        smaller = self.with_widths(found)
        built = _neurons(smaller.build()) if all(found) else {}
        odd = next((name for name in kept if built.get(name) != kept[name]), None)
        if odd is not None or built.keys() != kept.keys():
            raise ValueError(
                f"{self.source}: no {self.kind.widths} make the network of this plan (layer '{odd}'); plan it with "
                "equal widths, or export it with free ones"
            )
        return tuple(found)

    def _followers(self) -> list[tuple[str, ...]]:
        """The layers of each width; of equal neighbours, which are marked alike, those of the first."""
        found: list[tuple[str, ...]] = []
        for names in self.groups:
            found.append(names or found[-1])
        return found


def _neurons(network: nn.Module) -> dict[str, int]:
    """Layer -> how many neurons it has."""
    shapes = {name: parameter.shape for name, parameter in network.named_parameters(remove_duplicate=False)}
    return {
        layer.name: shapes[layer.weight][layer.out_dim] * (layer.groups if layer.out_dim else 1)
        for layer in find_layers(network)
    }
