"""A metric of one's own, by name: ``--metric dice=package.module:function``.

The function takes the network's output and the target of a held-out batch and returns a number; what is shown is the
mean over batches, each weighed by its examples. More is better, unless the path ends in ``:lower``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranp.subject.own_code import check_path

_LOWER = ":lower"
_TAKEN = ("loss",)
"""Figures that every run has already."""


@dataclass(frozen=True)
class Metric:
    """Its name among the figures, its import path, and whether more is better."""

    name: str
    path: str
    higher_is_better: bool = True

    @property
    def text(self) -> str:
        """What stands behind ``--metric`` for it."""
        return f"{self.name}={self.path}{'' if self.higher_is_better else _LOWER}"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"name": self.name, "path": self.path, "higher_is_better": self.higher_is_better}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Metric":
        """The metric of `as_dict`; ``TypeError`` or ``KeyError`` for anything else."""
        if not isinstance(document["name"], str) or not isinstance(document["path"], str):
            raise TypeError("the name and the path of a metric are texts")
        return cls(document["name"], document["path"], document["higher_is_better"] is True)


def parse_metric(text: str) -> Metric:
    """What stands behind ``--metric``.

    >>> parse_metric("dice=scores:dice"), parse_metric("apart=scores:distance:lower").higher_is_better
    (Metric(name='dice', path='scores:dice', higher_is_better=True), False)

    Raises:
        ValueError: there is no name, or no import path.
    """
    name, equals, path = text.partition("=")
    lower = path.endswith(_LOWER) and path.count(":") > 1
    path = path.removesuffix(_LOWER) if lower else path
    if not equals or not name.isidentifier() or path.count(":") != 1:
        raise ValueError(
            f"'{text}' is no metric; write a name and a function of (output, target), like dice=package.module:dice, "
            "with :lower behind it where less is better"
        )
    return Metric(name, path, not lower)


def check_metrics(metrics: Sequence[Metric]) -> None:
    """Raise ``ValueError`` where a name is given twice or taken, or a path is none."""
    names = [*_TAKEN, *(metric.name for metric in metrics)]
    for metric in metrics:
        check_path(metric.path)
        if names.count(metric.name) > 1:
            raise ValueError(f"the figure '{metric.name}' would be there twice; give the metric another name")
