"""What a folder of data holds, and its lists, as people mean them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ranp.files import check_regular, read_text

_NUMBER = re.compile(r"([0-9]+)")


def in_order(paths: Iterable[Path]) -> list[Path]:
    """By name, numbers in it by their value: frame 2 comes before frame 10, with leading zeros or without.

    Hidden files are left out: they are what systems leave, such as a Mac's ``._1.jpg`` beside each ``1.jpg``.

    >>> [path.stem for path in in_order(map(Path, ("f10.jpg", "f2.jpg", "f1.jpg", "._f1.jpg")))]
    ['f1', 'f2', 'f10']
    """
    return sorted((path for path in paths if not path.name.startswith(".")), key=_natural)


def lines(path: Path) -> list[str]:
    """The lines of a list that hold anything, without spaces at their ends; ``ValueError`` where it is no text."""
    return [line.strip() for line in read_text(path).splitlines() if line.strip()]


def check_sample(path: Path, remedy: str) -> None:
    """Raise a ``ValueError`` where there is no file; ``remedy`` ends the sentence about one that is missing."""
    try:
        check_regular(path)
    except OSError as error:
        raise ValueError(f"{path} is missing; {remedy}") from error


def _natural(path: Path) -> tuple[list[str | int], str]:
    """Texts and numbers take turns, so that only like is compared with like."""
    parts = _NUMBER.split(path.name)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], str(path)
