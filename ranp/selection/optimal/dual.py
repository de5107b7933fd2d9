"""The Lagrangian dual: prices at which the limits need no watching, and the bound that they prove.

For any prices of at least 0, no network within the limits B keeps more importance than

    L(prices) = max over n of G(n) - prices . (C(n) - B),

and the lowest of these bounds is looked for by cutting planes: every n that was best at some prices is a line below
which L cannot fall, and the lowest point above all lines is asked next (Kelley, 1960). At the end the prices are what
one more of a resource would buy (shadow prices).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 60
CLOSE = 1e-7
"""How near the lines and the bound must come to each other."""
MOST = 1e3
"""The highest price of a whole limit."""


@dataclass(frozen=True)
class Answer:
    """What is best at some prices: the share of importance that it keeps, and the share of each limit that it uses."""

    importance: float
    used: NDArray[np.float64]


def lowest_bound(ask: Callable[[NDArray[np.float64]], Answer], limits: int) -> NDArray[np.float64]:
    """Prices, each of a whole limit, at which the bound is lowest."""
    answers = [ask(np.zeros(limits)), ask(np.full(limits, MOST))]
    best, prices = np.inf, np.zeros(limits)
    for _ in range(ROUNDS):
        at, floor = _lowest(answers, limits)
        answer = ask(at)
        value = answer.importance - float(at @ (answer.used - 1))
        if value < best:
            best, prices = value, at
        if best - floor <= CLOSE:
            break
        answers.append(answer)
    return prices


def _lowest(answers: list[Answer], limits: int) -> tuple[NDArray[np.float64], float]:
    """The lowest point above all lines: minimise t over prices, t >= importance - prices . (used - 1)."""
    from scipy.optimize import linprog  # not with `import ranp`, which it would make slow

    rows = np.array([[*(1 - answer.used), -1.0] for answer in answers])
    found = linprog(
        [0.0] * limits + [1.0],
        A_ub=rows,
        b_ub=[-answer.importance for answer in answers],
        bounds=[(0, MOST)] * limits + [(None, None)],
        method="highs",
    )
    assert found.success, "prices are bounded, and so is the bound"
    return np.maximum(found.x[:limits], 0), float(found.x[limits])
