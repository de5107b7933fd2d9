"""The table of real networks, from the figures that were kept."""

import statistics
from typing import Any

from .networks_row import TOLERANCE, NetworkRow
from .table import quantity, ratio

HEAD = (
    "network", "neurons", "can go", "least MACs", "least parameters", "trace", "Torch-Pruning", "times as long",
    "masked = shrunk",
)  # fmt: skip


def rows(kept: dict[str, Any]) -> dict[str, NetworkRow]:
    """Title -> what was measured."""
    return {title: NetworkRow(**figures) for title, figures in kept["networks"].items()}


def markdown(kept: dict[str, Any]) -> str:
    """A line a network, under a sentence that sums them up."""
    body = [HEAD, ("---", *("---:",) * 5, "---", "---:", "---"), *(cells(*row) for row in rows(kept).items())]
    return "\n".join([summary(kept), "", *("| " + " | ".join(line) + " |" for line in body)])


def summary(kept: dict[str, Any]) -> str:
    """How many there are, how many hold, and how long a trace takes."""
    found = rows(kept)
    right = sum(row.right for row in found.values())
    ratios = [row.ratio for row in found.values() if row.ratio is not None]
    failed = sum(row.failure is not None for row in found.values())
    median, most = (quantity(pick(row.trace for row in found.values()), "s") for pick in (statistics.median, max))
    longest = max(found, key=lambda title: found[title].trace)
    sentences = (
        kept["caution"],
        f"Of {len(found)} networks, {right} compute the same when shrunk as when masked, in both modes.",
        f"A trace takes {median} in the median and {most} at most ({longest}).",
        ratios and f"In the median it takes {ratio(statistics.median(ratios))} as long as Torch-Pruning's analysis.",
        failed and f"That fails on {failed}.",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def cells(title: str, row: NetworkRow) -> tuple[str, ...]:
    return (
        title,
        f"{row.neurons:,}",
        share(row.free, row.neurons),
        share(row.least_macs, row.macs),
        share(row.least_params, row.params),
        quantity(row.trace, "s"),
        f"fails: {escaped(row.failure)}" if row.beside is None else quantity(row.beside, "s"),
        "" if row.ratio is None else ratio(row.ratio),
        verdict(row),
    )


def verdict(row: NetworkRow) -> str:
    precision = "" if row.tolerance <= TOLERANCE else " in single precision"
    answer = "yes" if row.right else "NO"
    return f"{answer}, to {row.difference:.0e}{precision}, with {share(row.removed, row.neurons)} gone"


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0"


def escaped(text: str | None, longest: int = 80) -> str:
    """Short enough for a cell, and without what Markdown would read as its own."""
    plain = " ".join((text or "").replace("|", "/").replace("<", "").replace(">", "").split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"
