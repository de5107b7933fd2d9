"""What a training check found: one entry for each network and seed.

An `Entry` is the one shape in which a result travels, from who trains to who shows it. Databases and the races' file
hold it as `Entry.as_dict` writes it; `ranp.checks.summary` adds the entries of a network up.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ranp.files import ANYTHING, COUNT, NOTHING, TEXT, Leaf, check
from ranp.schedules import PHASES, Charge, Size
from ranp.training import FIGURE, FIGURES, Point


@dataclass(frozen=True)
class Entry:
    """How one network did from one seed; ``reason`` says in a sentence why it failed, where it did.

    With neither a score nor a reason it is still in training, and ``curve`` is what there is of it.
    ``score`` is the figure that networks are compared by (`ranp.data.metrics`). ``macs``, ``params`` and
    ``activations`` are those of `ranp.graph.Cost`, at batch 1; ``peak_training_bytes`` is that of a step at the
    recipe's batch. Seconds are those of training alone. ``bill`` is what the network took in all, by phase
    (`ranp.schedules.bill`), and ``total_macs`` and ``total_seconds`` are its sums; ``total_peak_bytes`` is the most
    memory that any step of it needs. ``sizes`` are the MACs over the training, each from a step on.
    """

    contestant: int
    label: str
    seed: int
    reason: str | None = None
    score: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[Point, ...] = ()
    steps: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    sparsity: float | None = None
    """Achieved: the fraction of all neurons that went."""
    macs: int | None = None
    params: int | None = None
    activations: int | None = None
    peak_training_bytes: int | None = None
    network: str | None = None
    """The same text for networks of one seed that start to train as the same (`ranp.checks.controls.alike`)."""
    used: Mapping[str, float] = field(default_factory=dict)
    """How much of each of its budgets the network has, by kind: 1 is all of it."""
    sizes: tuple[Size, ...] = ()
    bill: tuple[Charge, ...] = ()
    total_macs: int | None = None
    total_seconds: float | None = None
    total_peak_bytes: int | None = None

    @property
    def failed(self) -> bool:
        """Whether there is no score."""
        return self.reason is not None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Entry":
        """The entry of `as_dict`."""
        try:
            check({key: document[key] for key in _FORM if key in document}, _form_of(document), "this result")
            curve = tuple(Point.from_dict(point) for point in document["curve"])
            sizes = tuple(Size(**each) for each in document.get("sizes", ()))
            bill = tuple(Charge(**each) for each in document.get("bill", ()))
            return cls(**{**document, "curve": curve, "sizes": sizes, "bill": bill})
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"this result cannot be read ({error}); it was made by another version") from error


_FORM = {
    "contestant": COUNT,
    "label": TEXT,
    "seed": COUNT,
    **dict.fromkeys(("reason", "network"), TEXT | NOTHING),
    **dict.fromkeys(("figures", "used"), FIGURES),
    "curve": [ANYTHING],
    "steps": COUNT,
    **dict.fromkeys(("wall_seconds", "cpu_seconds"), FIGURE),
    **dict.fromkeys(("score", "sparsity", "macs", "params", "activations", "peak_training_bytes"), FIGURE | NOTHING),
    **dict.fromkeys(("total_macs", "total_seconds", "total_peak_bytes"), FIGURE | NOTHING),
    "sizes": [{"step": COUNT, "macs": COUNT}],
    "bill": [{"phase": Leaf(f"one of {', '.join(PHASES)}", PHASES.__contains__), "macs": COUNT, "seconds": FIGURE}],
}
"""What is in a result that we wrote; an older version may have written less of it."""


def _form_of(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: form for key, form in _FORM.items() if key in document}
