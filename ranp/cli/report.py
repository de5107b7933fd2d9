"""Results for a person: aligned tables, bytes, and text that a terminal may show."""

from collections.abc import Mapping, Sequence
from typing import Any

import ranp.units
from ranp.files import one_line
from ranp.models import checkpoint_title
from ranp.plan import Provenance
from ranp.units import count

_COSTS = (("MACs", "macs"), ("parameters", "params"), ("activations", "activations"))


def binary_bytes(value: float | None) -> str:
    """Bytes in KiB, MiB or GiB.

    >>> binary_bytes(3 * 2**29), binary_bytes(None)
    ('1.50 GiB', 'unknown')
    """
    return "unknown" if value is None else ranp.units.binary_bytes(value)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], left: int = 1) -> str:
    """Lines under a header; the first ``left`` columns to the left, the others to the right. A row is one line.

    >>> print(table(["layer", "kept"], [["conv", 12], ["head", 3]]))
    layer  kept
    conv     12
    head      3
    """
    cells = [list(header), *([one_line(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        padded = [f"{cell:{'<' if column < left else '>'}{widths[column]}}" for column, cell in enumerate(row)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def trained_weights(known: Provenance) -> dict[str, str | None]:
    """The checkpoint that a network has its weights from, for JSON; null where they are as they were drawn."""
    return {"checkpoint": known.checkpoint, "checkpoint_sha256": known.checkpoint_sha256}


def weights_line(result: Mapping[str, Any]) -> list[str]:
    """A line on them, where a result with the keys of `trained_weights` has any.

    >>> weights_line({"checkpoint": "best.pt", "checkpoint_sha256": "9f86d081884c7d65"})
    ['trained weights: best.pt (SHA-256 9f86d081)']
    """
    named = result["checkpoint"], result["checkpoint_sha256"]
    return [] if named == (None, None) else [f"trained weights: {checkpoint_title(*named)}"]


def cost_rows(*costs: Mapping[str, int]) -> list[list[str]]:
    """A row of each cost, of as many networks as are given.

    >>> cost_rows({"macs": 2000, "params": 30, "activations": 4})
    [['MACs', '2.00 k'], ['parameters', '30'], ['activations', '4']]
    """
    return [[name, *(count(cost[key]) for cost in costs)] for name, key in _COSTS]


def share_rows(full: Mapping[str, int], *pruned: Mapping[str, int]) -> list[list[str]]:
    """The same of the full network and of what plans leave of it, each followed by its share.

    >>> share_rows({"macs": 4, "params": 5, "activations": 0}, {"macs": 1, "params": 2, "activations": 0})
    [['MACs', '4', '1', '25.0%'], ['parameters', '5', '2', '40.0%'], ['activations', '0', '0', '']]
    """
    rows = []
    for (_, key), (name, whole, *left) in zip(_COSTS, cost_rows(full, *pruned), strict=True):
        shares = [f"{one[key] / full[key]:.1%}" if full[key] else "" for one in pruned]
        rows.append([name, whole, *(cell for pair in zip(left, shares, strict=True) for cell in pair)])
    return rows


def printable(text: str) -> str:
    r"""The text with what a terminal would act on, and what no file can hold, as escapes; lines stay lines.

    Names in a stranger's file may hold anything.

    >>> print(printable("conv\x1b[2J\ud800, 3 × 3"))
    conv\x1b[2J\ud800, 3 × 3
    """
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)


def layer_name(name: str) -> str:
    """A layer's name within a line; a network that is itself one layer has the empty name."""
    return one_line(name) or "(the network)"
