"""What a network took in all: scoring, training at every size, norm statistics; in MACs and in seconds.

    MACs = passes x examples x MACs of a forward pass of one example, at the size that the network has by then

A training step is `STEP` forward passes: the forward pass itself, and a backward pass that computes two products of the
same size for each of its own, one for the weights and one for the inputs. Scoring by gradients is the same. Forward
MACs are the channel graph's, of the input that was traced. Judging a network on held-out examples is in no bill, and
neither is the training that a checkpoint came from, of which a file says nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ranp.files import COUNT, MAPPING, NOTHING, NUMBER, check

STEP = 3
"""Forward passes that a step forward and backward is worth."""

PHASES: dict[str, str] = {
    "scoring": "scores of neurons",
    "full": "training at full size",
    "rounds": "training between the first and the last removal",
    "final": "training at the final size",
    "statistics": "norm statistics, taken anew",
}
"""What a bill is made of."""


@dataclass(frozen=True)
class Size:
    """What a forward pass costs from this step on, for one example."""

    step: int
    macs: int


@dataclass(frozen=True)
class Charge:
    """What one of `PHASES` took. Seconds are those of the processor, or wall time on an accelerator; scores that came
    from the cache took only what reading them took."""

    phase: str
    macs: int
    seconds: float


@dataclass
class Meter:
    """Counts what is spent while a network trains; ``full`` are the MACs of the full network.

    All MACs that it is told are those of a forward pass of ``batch`` examples, as the network was traced with.

    >>> meter = Meter(full=100, sizes=[Size(0, 100)])
    >>> meter.charge("scoring", passes=1 * STEP, examples=8, macs=100, seconds=0.5)
    >>> meter.step(examples=4, seconds=2.0)
    >>> meter.resized(1, 40)
    >>> meter.step(examples=4, seconds=3.0)
    >>> [(charge.phase, charge.macs) for charge in meter.bill], meter.spent
    ([('scoring', 2400), ('full', 1200), ('final', 480)], 4080)
    """

    full: int
    sizes: list[Size]
    charged: dict[str, list[float]] = field(default_factory=dict)
    """Phase -> MACs and seconds, of what is not training."""
    trained: list[list[float]] = field(default_factory=list)
    """MACs and seconds at each size."""
    seconds: float = 0.0
    """Of training, when a step was counted last."""
    batch: int = 1
    peak: int | None = None
    """The most bytes that a step of it needs, where that is known."""

    def charge(self, phase: str, passes: int | Fraction, examples: int, macs: int, seconds: float) -> None:
        """Something that is not a training step: so many forward passes over so many examples."""
        before = self.charged.get(phase, [0, 0.0])
        self.charged[phase] = [before[0] + passes * examples * macs // self.batch, before[1] + seconds]

    def step(self, examples: int, seconds: float) -> None:
        """A training step on so many examples; ``seconds`` are those of all training until here."""
        while len(self.trained) < len(self.sizes):
            self.trained.append([0, 0.0])
        self.trained[-1][0] += STEP * examples * self.sizes[-1].macs // self.batch
        self.trained[-1][1] += seconds - self.seconds
        self.seconds = seconds

    def resized(self, step: int, macs: int) -> None:
        """The network costs so much from here on."""
        if self.sizes[-1].step == step:
            self.sizes.pop()
        self.sizes.append(Size(step, macs))

    @property
    def spent(self) -> int:
        """MACs until here."""
        return int(sum(macs for macs, _ in (*self.charged.values(), *self.trained)))

    @property
    def bill(self) -> tuple[Charge, ...]:
        """All of it, by phase."""
        found = {phase: list(amounts) for phase, amounts in self.charged.items()}
        for place, (macs, seconds) in enumerate(self.trained):
            before = found.get(self._phase(place), [0, 0.0])
            found[self._phase(place)] = [before[0] + macs, before[1] + seconds]
        return tuple(Charge(phase, int(found[phase][0]), found[phase][1]) for phase in PHASES if phase in found)

    def _phase(self, place: int) -> str:
        if self.sizes[place].macs == self.full:
            return "full"
        return "final" if place == len(self.sizes) - 1 else "rounds"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        sizes = [[size.step, size.macs] for size in self.sizes]
        return {**{name: getattr(self, name) for name in _FORM if name != "sizes"}, "sizes": sizes}

    @classmethod
    def from_dict(cls, document: Any) -> "Meter":
        """What `as_dict` wrote; ``ValueError`` for anything else."""
        check(document, _FORM, "what was spent")
        return cls(**{**document, "sizes": [Size(step, macs) for step, macs in document["sizes"]]})


_FORM = {
    "full": COUNT,
    "sizes": [[NUMBER]],
    "charged": MAPPING,
    "trained": [[NUMBER]],
    "seconds": NUMBER,
    "batch": COUNT,
    "peak": COUNT | NOTHING,
}
