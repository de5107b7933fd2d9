"""Settings of a schedule: a number within bounds, or a word."""

import math
from dataclasses import dataclass

from ranp.selection import number_text

Value = float | str


@dataclass(frozen=True)
class Option:
    """One setting: a number from ``low`` to ``high``, ``whole`` or not, or one of ``words``; ``meaning`` says of what.

    >>> Option("by which share", 0.1, high=1).read("early:at", "0.25")
    0.25
    >>> Option("how often", 4, low=1, high=50, whole=True).read("gradual:rounds", "0")
    Traceback (most recent call last):
    ValueError: gradual:rounds must be a whole number from 1 to 50, not 0
    """

    meaning: str
    default: Value
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    words: tuple[str, ...] = ()

    def read(self, name: str, text: str) -> Value:
        """The value that a text names; ``ValueError`` where it is none."""
        if text in self.words:
            return text
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self.low <= number <= self.high or (self.whole and not number.is_integer()):
            raise ValueError(f"{name} must be {self.allowed}, not {text}")
        return number

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        kind = "a whole number" if self.whole else "a number"
        to = f" to {number_text(self.high)}" if self.high < math.inf else " on"
        number = [] if self.high < self.low else [f"{kind} from {number_text(self.low)}{to}"]
        return " or ".join([*number, *self.words])


def text_of(value: Value) -> str:
    """The value as `Option.read` takes it."""
    return value if isinstance(value, str) else number_text(value)
