"""Which number each class has, from a list of lines such as ``1 ApplyEyeMakeup``, or by the names' order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ranp.data.listing import lines


class ClassIndex(NamedTuple):
    """Class name -> number from 0, and where the numbers were read; ``first`` is the number that counting began at."""

    numbers: Mapping[str, int]
    first: int = 0
    source: Path | None = None

    def check_stated(self, name: str, stated: str | None, listing: Path) -> None:
        """``ValueError`` where ``listing`` says of the class another number than the index that was read."""
        if stated is None or self.source is None:
            return
        expected = self.numbers[name] + self.first
        if stated != str(expected):
            raise ValueError(
                f"{listing} says that '{name}' is class {stated[:20]}, {self.source} that it is {expected}; "
                "take both from one place"
            )


def named_classes(names: Iterable[str]) -> ClassIndex:
    """Numbered in the order of their names.

    >>> named_classes(["b", "a"]).numbers
    {'a': 0, 'b': 1}
    """
    return ClassIndex({name: number for number, name in enumerate(sorted(names))})


def read_index(path: Path) -> ClassIndex:
    """The classes of a list of numbers and names, which counts from 1, or from 0 where a class has the number 0.

    Raises ``ValueError`` for a line of another form, and for a number or a name that appears twice.
    """
    numbers: dict[str, int] = {}
    for line in lines(path):
        number, *named = line.split(maxsplit=1)
        name = "".join(named)
        if not (number.isascii() and number.isdigit() and name) or len(number) > 9:
            raise ValueError(
                f"{path} must hold lines of a number and a class name, as in '1 ApplyEyeMakeup', not '{line[:80]}'"
            )
        if name in numbers or int(number) in numbers.values():
            raise ValueError(f"{path} has the class '{name[:80]}' or its number {number} twice; remove one")
        numbers[name] = int(number)
    if not numbers:
        raise ValueError(f"{path} is empty; add a line for each class, as in '1 ApplyEyeMakeup'")
    first = 0 if 0 in numbers.values() else 1
    return ClassIndex({name: number - first for name, number in numbers.items()}, first, path)
