"""Networks of a check beside each other: the differences between their scores, and what they allow to say."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ranp.averages import mean_of_known
from ranp.checks.entry import Entry
from ranp.statistics import Difference, differences, precision, seeds_needed, signed, verdict

PRECISION = 0.02
"""Half of the width of an interval that is wished for: of scores up to 1, and of larger ones that share."""


OTHER_NEURONS = ("shuffled", "worst")
"""Controls that keep as many neurons of each layer as a method, and other ones."""


@dataclass(frozen=True)
class Compared:
    """One network beside another: ``difference`` is the score of ``label`` minus that of ``other``."""

    label: str
    other: str
    difference: Difference
    text: str
    """The verdict: the end of a sentence that begins with ``label``."""
    ahead: bool | None
    """Whether the score of ``label`` is the better one; None where no difference is sure."""
    precision: float
    """The wished one, in the unit of the score."""

    @property
    def interval(self) -> str:
        """The difference with half of its 95% interval, for a table."""
        return signed(self.difference.mean, self.difference.half_width)

    @property
    def seeds_needed(self) -> int | None:
        """How many seeds the wished precision takes; None where nobody knows, and above a million."""
        deviation = self.difference.deviation
        return None if deviation is None else seeds_needed(deviation, self.precision)

    @property
    def needs(self) -> str:
        """The same in words; empty where nobody knows."""
        return precision(self.difference, self.precision)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "label": self.label,
            "other": self.other,
            **asdict(self.difference),
            "verdict": self.text,
            "precision": self.precision,
            "seeds_needed": self.seeds_needed,
        }


def compare(entries: Iterable[Entry], higher_is_better: bool, wish: float | None = None) -> list[Compared]:
    """All pairs of networks, the later beside the earlier; entries still in training are left out.

    ``wish`` is the precision that is wished for (default: `usual_precision` of the first network's scores).

    >>> scores = {"full": (0.9, 0.8, 0.8), "random": (0.7, 0.7, 0.6)}
    >>> entries = [Entry(place, label, seed, score=score) for place, (label, found) in enumerate(scores.items())
    ...     for seed, score in enumerate(found)]
    >>> [(each.label, each.interval, each.text) for each in compare(entries, True)]
    [('random', '-0.167 ± 0.143', 'worse by 0.023 to 0.310')]
    """
    runs: dict[int, dict[int, float | None]] = {}
    labels: dict[int, str] = {}
    for entry in sorted(entries, key=lambda each: each.contestant):
        if entry.failed or entry.score is not None:
            runs.setdefault(entry.contestant, {})[entry.seed] = entry.score
            labels[entry.contestant] = entry.label
    wish = wish or usual_precision(next(iter(runs.values()), {}).values())
    return [
        Compared(
            labels[each.first], labels[each.second], each, verdict(each, higher_is_better),
            ((each.mean or 0.0) > 0) is higher_is_better if each.shown else None, wish,
        )
        for each in differences(runs)
    ]  # fmt: skip


def criterion_matters(compared: Sequence[Compared]) -> str:
    """Whether it matters which neurons stay: what controls of the same widths say beside the method.

    The method is the first network that is pruned. Empty where no such control was trained from two seeds, or where
    new weights make them the same network.
    """
    method = next((each.other for each in compared if _head(each.other) != "full"), None)
    controls = [each for each in compared if each.other == method and _head(each.label) in OTHER_NEURONS]
    ahead = [each.ahead for each in controls if each.difference.p is not None]
    if not ahead:
        return ""
    others = "other neurons, as many of each layer,"
    if False in ahead:
        return f"It matters here which neurons stay: {others} do worse{' or better' if True in ahead else ''}."
    if True in ahead:
        return f"It matters here which neurons stay, but not as the criterion has it: {others} do better."
    return f"That it matters which neurons stay is not shown here: {others} do neither better nor worse for sure."


def _head(label: str) -> str:
    return label.partition(",")[0]


def usual_precision(scores: Iterable[float | None]) -> float:
    """`PRECISION` of scores whose mean is at most 1, else that share of it, to one digit.

    >>> usual_precision([0.9, None]), usual_precision([3.4, 3.6])
    (0.02, 0.07)
    """
    found = abs(mean_of_known(scores) or 0.0)
    return PRECISION if found <= 1 else float(f"{PRECISION * found:.1g}")
