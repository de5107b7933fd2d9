"""A point of the learning curve, and its form in JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ranp.files import COUNT, Leaf, check


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FIGURE = Leaf("a number", _is_figure)
"""Of those that we wrote: numbers that are no numbers may be among them."""
FIGURES = Leaf(
    "an object of numbers", lambda value: isinstance(value, Mapping) and all(map(_is_figure, value.values()))
)

_FORM = {"step": COUNT, "seconds": FIGURE, "loss": FIGURE, "figures": FIGURES}


@dataclass(frozen=True)
class Point:
    """A point of the learning curve: the mean loss since the last one, and how good the answers are by then.

    >>> point = Point(10, 1.5, 0.7, {"dice": 0.4})
    >>> Point.from_dict(point.as_dict()) == point
    True
    """

    step: int
    seconds: float
    """Time of training until here, CPU-seconds of this process (wall time on an accelerator)."""
    loss: float
    figures: Mapping[str, float]
    """As `ranp.data.metrics` names them."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Any) -> "Point":
        """The point of `as_dict`; ``ValueError`` for anything else."""
        check(document, _FORM, "this point of a curve")
        return cls(**document)
