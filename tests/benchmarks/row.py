"""What one measurement says: ours, what it is set beside, and what was aimed at."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `beside` share a unit; `beside` is None for an absolute figure."""

    name: str
    ours: float
    unit: Literal["s", "bytes", "share", ""]
    limit: float | None  # on the ratio where there is one, else on `ours`; None where nothing was aimed at
    how: str  # what was measured, on what, in one sentence
    beside: float | None = None
    beside_name: str = ""
    ratio: float | None = None
    sense: Literal["at least", "at most"] = "at most"
    points: tuple[tuple[str, float, float], ...] = ()  # plans with predicted and measured seconds, for a picture

    @property
    def figure(self) -> float:
        """The number that the aim is about."""
        return self.ours if self.ratio is None else self.ratio

    @property
    def met(self) -> bool:
        if self.limit is None:
            return True
        return self.figure >= self.limit if self.sense == "at least" else self.figure <= self.limit
