"""Results for a person: aligned tables and counts with a unit."""

from collections.abc import Sequence
from typing import Any


def quantity(value: float) -> str:
    """A count with three digits and a prefix.

    >>> quantity(237_846_396_928), quantity(950), quantity(1_500)
    ('238 G', '950', '1.50 k')
    """
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= 0.9995 * size:
            scaled = value / size
            return f"{scaled:.{2 if scaled < 9.995 else 1 if scaled < 99.95 else 0}f} {prefix}"
    return f"{value:g}"


def binary_bytes(value: float | None) -> str:
    """Bytes in MiB or GiB.

    >>> binary_bytes(3 * 2**29), binary_bytes(None)
    ('1.50 GiB', 'unknown')
    """
    if value is None:
        return "unknown"
    return f"{value / 2**30:.2f} GiB" if value >= 2**30 else f"{value / 2**20:.1f} MiB"


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], left: int = 1) -> str:
    """Lines under a header; the first ``left`` columns to the left, the others to the right.

    >>> print(table(["layer", "kept"], [["conv", 12], ["head", 3]]))
    layer  kept
    conv     12
    head      3
    """
    cells = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        padded = [f"{cell:{'<' if column < left else '>'}{widths[column]}}" for column, cell in enumerate(row)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def printable(text: str) -> str:
    r"""The text with what a terminal would act on, and what no file can hold, as escapes; lines stay lines.

    Names in a stranger's file may hold anything.

    >>> print(printable("conv\x1b[2J\ud800, 3 × 3"))
    conv\x1b[2J\ud800, 3 × 3
    """
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)


def layer_name(name: str) -> str:
    """A network that is itself one layer has the empty name."""
    return name or "(the network)"
