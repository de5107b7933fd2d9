"""How long and how fast a preset is trained: literal values, tried on the data that its task draws."""

from dataclasses import dataclass

RECIPES = {
    "quick": "as long as somebody waits for it; one weight moved by a millionth may move the score by much",
    "converging": "about four times as long, so that such a move moves it less",
}
"""The recipes that a preset may have, and what each is for."""


@dataclass(frozen=True)
class Recipe:
    """The settings of a short training run; ``ValueError`` at construction names the one that makes no sense.

    ``steps`` of ``batch_size`` examples, drawn again and again from ``train_examples``; the answer is judged on
    ``test_examples`` others, ``evaluations`` times, the last at the end.

    >>> Recipe(steps=0)
    Traceback (most recent call last):
    ValueError: steps must be at least 1, not 0
    """

    steps: int = 100
    batch_size: int = 4
    learning_rate: float = 1e-3
    train_examples: int = 96
    test_examples: int = 24
    evaluations: int = 5

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "train_examples", "test_examples", "evaluations"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be at least 1, not {value!r}")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate must be a number above 0, not {self.learning_rate}")
        if self.batch_size > self.train_examples:
            raise ValueError(f"batch_size {self.batch_size} is more than the {self.train_examples} train_examples")
