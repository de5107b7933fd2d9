"""What values a setting may have, and how they are written: as texts in a link, as JSON in a plan and in a browser.

``read`` takes what a stranger wrote, within the range that pages offer; ``check`` takes what a caller gives, and is as
wide as the method allows.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranp.importance import choose
from ranp.own import is_name, name_of


class Form(ABC):
    """The values of one kind of setting."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What a text must be, in words."""

    @abstractmethod
    def read(self, texts: Sequence[str]) -> Any:
        """The value that the texts say; ``ValueError`` where they make no sense."""

    @abstractmethod
    def check(self, name: str, value: Any) -> None:
        """Raise ``ValueError`` with a sentence unless the value may be used."""

    def write(self, value: Any) -> list[str]:
        """The texts from which `read` makes the value."""
        return [number_text(value) if isinstance(value, float) else str(value)]

    def to_json(self, value: Any) -> Any:
        """The value as JSON holds it."""
        return value

    def from_json(self, value: Any) -> Any:
        """What `to_json` made of a value."""
        return value

    def texts_of_json(self, value: Any) -> list[str]:
        """What a stranger's JSON says, as texts for `read`; none where it is something else."""
        return [] if value is None else [str(value)]


@dataclass(frozen=True)
class OneOf(Form):
    """A name out of several, each with what a screen calls it."""

    titles: Mapping[str, str]

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.titles)

    def read(self, texts: Sequence[str]) -> str:
        if texts[-1] not in self.titles:
            raise ValueError(texts[-1])
        return texts[-1]

    def check(self, name: str, value: Any) -> None:
        choose(dict(self.titles), value, name)


@dataclass(frozen=True)
class OneOfOrOwn(OneOf):
    """A name out of several, or a function of one's own, which travels as its name alone.

    A link and a page can say neither the function nor its name.
    """

    def check(self, name: str, value: Any) -> None:
        if not callable(value) and not is_name(value):
            super().check(name, value)

    def write(self, value: Any) -> list[str]:
        return [self.to_json(value)]

    def to_json(self, value: Any) -> Any:
        return name_of(value) if callable(value) else value


@dataclass(frozen=True)
class Number(Form):
    """A number from ``low`` to ``high``; pages and links offer ``offered``, ``allowed`` says the range in words."""

    offered: tuple[float, float]
    allowed: str
    low: float = 0.0
    high: float = sys.float_info.max

    @property
    def expected(self) -> str:
        return f"a number from {self.offered[0]:g} to {self.offered[1]:g}"

    def read(self, texts: Sequence[str]) -> float:
        value = float(texts[-1])
        if not self.offered[0] <= value <= self.offered[1]:  # nan is neither
            raise ValueError(texts[-1])
        return value

    def check(self, name: str, value: Any) -> None:
        if not is_number(value) or not self.low <= value <= self.high:
            raise ValueError(f"{name} must be {self.allowed}, not {value}")


@dataclass(frozen=True)
class Whole(Form):
    """A whole number of at least ``least``; pages and links offer ``offered``."""

    offered: tuple[int, int]
    least: int = 0

    @property
    def expected(self) -> str:
        return f"a whole number from {self.offered[0]} to {self.offered[1]}"

    def read(self, texts: Sequence[str]) -> int:
        value = int(texts[-1])
        if not self.offered[0] <= value <= self.offered[1]:
            raise ValueError(texts[-1])
        return value

    def check(self, name: str, value: Any) -> None:
        if not is_whole(value, self.least):
            raise ValueError(f"{name} must be a whole number of at least {self.least}, not {value!r}")


def number_text(value: float) -> str:
    """The shortest text that is read back as the same number: one that is rounded up may be infeasible.

    >>> number_text(11.0), number_text(0.87764215)
    ('11', '0.87764215')
    """
    return repr(float(value)).removesuffix(".0")


def is_whole(value: object, least: int) -> bool:
    """A whole number of at least ``least``, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_number(value: object) -> bool:
    """A finite number, and no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
