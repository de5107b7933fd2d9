"""What values of a setting that speaks of layers are: names, groups of them, and a number for each."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranp.selection.forms import Form, is_number, is_whole, number_text

MOST_LAYERS = 500
"""That one link may name."""


@dataclass(frozen=True)
class Layers(Form):
    """Names of layers."""

    expected = f"at most {MOST_LAYERS} layers"

    def read(self, texts: Sequence[str]) -> tuple[str, ...]:
        if len(texts) > MOST_LAYERS:
            raise ValueError(len(texts))
        return tuple(dict.fromkeys(texts))

    def check(self, name: str, value: Any) -> None:
        if isinstance(value, str) or not all(isinstance(layer, str) for layer in value):
            raise ValueError(f"{name} must be a tuple of layer names, not {value!r}")

    def write(self, value: Any) -> list[str]:
        return list(value)

    def to_json(self, value: Any) -> Any:
        return list(value)

    def from_json(self, value: Any) -> Any:
        return tuple(value)

    def texts_of_json(self, value: Any) -> list[str]:
        return [str(layer) for layer in value] if isinstance(value, list) else []


@dataclass(frozen=True)
class LayerNumbers(Form):
    """Pairs of a layer and a number from 0 to ``high``; ``allowed`` says the range in words, ``one`` and ``each`` what
    a number is.
    """

    one: str
    each: str
    allowed: str
    high: float = 1.0

    @property
    def expected(self) -> str:
        return "a layer and a share from 0 to 1, like encoder1.conv1=0.5"

    def read(self, texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
        found = {}
        for text in Layers().read(texts):
            layer, _, share = text.rpartition("=")
            found[layer] = float(share)
            if not layer or not 0 <= found[layer] <= self.high:
                raise ValueError(text)
        return tuple(found.items())

    def check(self, name: str, value: Any) -> None:
        pairs = isinstance(value, (tuple, list)) and all(isinstance(p, (tuple, list)) and len(p) == 2 for p in value)
        if not pairs:
            raise ValueError(
                f"{name} must be pairs of a layer and {self.each}, such as (('conv1', 0.5),), not {value!r}"
            )
        for layer, number in value:
            self._check_one(layer, number)
        if len(dict(value)) < len(value):
            raise ValueError(f"{name} must name each layer once, not {value!r}")

    def _check_one(self, layer: str, number: Any) -> None:
        if not is_number(number) or not 0 <= number <= self.high:
            raise ValueError(f"the {self.one} of layer '{layer}' must be {self.allowed}, not {number!r}")

    def write(self, value: Any) -> list[str]:
        return [f"{layer}={number_text(share)}" for layer, share in value]

    def to_json(self, value: Any) -> Any:
        return dict(value)

    def from_json(self, value: Any) -> Any:
        for layer, number in value.items():
            self._check_one(layer, number)  # a whole number may be too large for a float
        return tuple((layer, float(number)) for layer, number in value.items())

    def texts_of_json(self, value: Any) -> list[str]:
        return [f"{layer}={share}" for layer, share in value.items()] if isinstance(value, Mapping) else []


@dataclass(frozen=True)
class LayerGroups(Form):
    """Groups of names of layers; a text is a group, in JSON."""

    expected = 'groups of layers, like ["conv1", "conv2"]'

    def read(self, texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        groups = [json.loads(text) for text in texts]
        self.check("groups", groups)
        return tuple(Layers().read(group) for group in groups)

    def check(self, name: str, value: Any) -> None:
        groups = isinstance(value, (tuple, list)) and all(isinstance(group, (tuple, list)) for group in value)
        if not groups or not all(isinstance(layer, str) for group in value for layer in group):
            raise ValueError(
                f"{name} must be groups of layer names, such as (('conv1', 'conv2'), ('conv3',)), not {value!r}"
            )
        layers = [layer for group in value for layer in group]
        twice = next((layer for layer, count in Counter(layers).items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"{name} must name each layer once, and names '{twice}' again")

    def write(self, value: Any) -> list[str]:
        return [json.dumps(group) for group in value]

    def to_json(self, value: Any) -> Any:
        return [list(group) for group in value]

    def from_json(self, value: Any) -> Any:
        return tuple(tuple(group) for group in value)

    def texts_of_json(self, value: Any) -> list[str]:
        return [json.dumps(group) for group in value] if isinstance(value, list) else []


@dataclass(frozen=True)
class LayerCounts(LayerNumbers):
    """Pairs of a layer and how many of its neurons are meant."""

    @property
    def expected(self) -> str:
        return "a layer and a number of neurons, like encoder1.conv1=24"

    def read(self, texts: Sequence[str]) -> tuple[tuple[str, int], ...]:
        found = {}
        for text in Layers().read(texts):
            layer, _, count = text.rpartition("=")
            found[layer] = int(count)
            if not layer or found[layer] < 1:
                raise ValueError(text)
        return tuple(found.items())

    def _check_one(self, layer: str, number: Any) -> None:
        if not is_whole(number, 1):
            raise ValueError(f"the {self.one} of layer '{layer}' must be {self.allowed}, not {number!r}")

    def write(self, value: Any) -> list[str]:
        return [f"{layer}={count}" for layer, count in value]

    def from_json(self, value: Any) -> Any:
        for layer, number in value.items():
            self._check_one(layer, number)
        return tuple(value.items())
