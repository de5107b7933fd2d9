"""Random numbers that are a function of a seed and of nobody else's draws: torch's, numpy's and Python's."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy
import torch


class Randomness:
    """The streams that code without a generator of its own draws from; each use goes on where the last one ended.

    >>> mine = Randomness(0)
    >>> with mine.drawn():
    ...     first = torch.rand(1)
    >>> _ = torch.rand(1)
    >>> with mine.drawn():
    ...     second = torch.rand(1)
    >>> with Randomness(0).drawn():
    ...     print(torch.equal(torch.rand(2), torch.cat([first, second])))
    True
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._mine: tuple[Any, ...] | None = None

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """While this is held, draws come from these streams; afterwards all others are as they were."""
        theirs = _states()
        if self._mine is None:
            torch.set_rng_state(torch.Generator().manual_seed(self._seed).get_state())
            numpy.random.seed(self._seed % 2**32)
            random.seed(self._seed)
        else:
            _restore(self._mine)
        try:
            yield
        finally:
            self._mine = _states()
            _restore(theirs)


def _states() -> tuple[Any, ...]:
    return torch.get_rng_state(), numpy.random.get_state(), random.getstate()


def _restore(states: tuple[Any, ...]) -> None:
    torch.set_rng_state(states[0])
    numpy.random.set_state(states[1])
    random.setstate(states[2])
