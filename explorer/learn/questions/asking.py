"""How a question is made: what it may look at, and options of which those that are true are marked.

Layers' names are quoted: they may be a stranger's.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.facts import LayerFacts, NetworkFacts, PlanFacts
from explorer.state import quote
from explorer.units import percent
from ranp.checks import AgainstCost, When
from ranp.selection import METHODS

COMPARED = {name: METHODS[name].title for name in ("vanilla", "weighted", "ranp-f")}
ENDS = {"ranp-m": "α = 0 (RANP-m)", "ranp-f": "α = 1 (RANP-f)"}
"""Methods that questions set side by side, each with the words of its option."""

MOST_LAYERS = 4
CLOSE = 0.005
"""Shares of one that differ by no more are called equal."""


@dataclass(frozen=True)
class Question:
    """A question with its options; ``right`` are the places of those that are true, ``because`` says it in figures.

    ``raced`` is the task whose scores are drawn once it is answered.
    """

    text: str
    options: tuple[str, ...]
    right: frozenset[int]
    because: str
    raced: AgainstCost | None = None


@dataclass(frozen=True)
class Seen:
    """What one setting makes of the network."""

    plan: PlanFacts
    scores: Mapping[str, NDArray[np.float64]]  # of every neuron, as shares of the highest
    fates: Mapping[str, NDArray[np.int8]]
    first_empty_layer: str | None  # the layer that ends this method's sparsities

    @property
    def macs_left(self) -> float:
        return self.plan.pruned.macs / self.plan.full.macs

    @property
    def kept(self) -> dict[str, LayerFacts]:
        return {layer.name: layer for layer in self.plan.layers}


@dataclass(frozen=True)
class Timed:
    """Seconds of a training step, predicted from a time table.

    ``whose`` says of which machine and batch, ``before`` are the full network's and ``modules`` those of its modules.
    ``after`` takes a setting, as `Evidence.look`, and is ``None`` where that leaves no network; ``layer`` takes a layer
    and how many of its neurons stay, all others whole.
    """

    whose: str
    before: float
    modules: Mapping[str, float]
    after: Callable[..., float | None]
    layer: Callable[[str, int], float]


@dataclass(frozen=True)
class Evidence:
    """What a question may look at: the network, its layers' costs by resource, and what any setting makes of it.

    ``timed`` raises ``ValueError`` where no table tells the network's seconds. ``raced`` are the tasks of the races
    that ship, the network's own first, and ``when`` those whose networks were cut down at several times.
    """

    network: NetworkFacts
    costs: Mapping[str, Mapping[str, float]]
    look: Callable[..., Seen]
    timed: Callable[[], Timed]
    raced: tuple[AgainstCost, ...] = ()
    when: tuple[When, ...] = ()


def choice(text: str, options: Mapping[str, bool], because: str) -> Question:
    """One question; the options in the order given, each with whether it is true."""
    right = frozenset(place for place, true in enumerate(options.values()) if true)
    return Question(text, tuple(options), right, because)


def layers(
    evidence: Evidence, text: str, right: Collection[str], others: Iterable[str], because: str, none: str | None = None
) -> Question:
    """Which layer it is: a right one among a few others, in network order; `none` is the option that there is none."""
    first = [name for name in evidence.network.layers if name in right][:1]
    shown = list(dict.fromkeys([*first, *others]))[:MOST_LAYERS]
    options: dict[str, bool] = {}
    for name in evidence.network.layers:
        if name in shown:
            options[named(name)] = options.get(named(name), False) or name in right
    if none is not None:
        options[none] = not right
    return choice(text, options, because)


def change(
    text: str, words: tuple[str, str, str], before: float, after: float, because: str, close: float = 0.0
) -> Question:
    """Whether a figure falls, stays or rises; one that moves by no more than `close` stays."""
    side = 1 if abs(after - before) <= close else 0 if after < before else 2
    return choice(text, {word: place == side for place, word in enumerate(words)}, because)


def bucket(text: str, ratio: float, because: str) -> Question:
    """Between which powers a ratio lies."""
    bounds = {
        "less than 3 times": 3,
        "3 to 10 times": 10,
        "10 to 100 times": 100,
        "100 to 1,000 times": 1000,
        "more": np.inf,
    }
    found = next(words for words, bound in bounds.items() if ratio < bound or bound == np.inf)
    return choice(text, {words: words == found for words in bounds}, because)


def extreme(values: Mapping[str, float], pick: Callable[[Iterable[float]], float]) -> dict[str, bool]:
    """Each name with whether its value is the highest, or lowest, or as good as that."""
    best = pick(values.values()) if values else 0.0
    return {name: abs(value - best) <= CLOSE for name, value in values.items()}


def listing(what: str, shares: Mapping[str, float]) -> str:
    """
    >>> listing("Left of the MACs", {"Vanilla": 0.55, "RANP-f": 0.145})
    'Left of the MACs: Vanilla 55.0 %, RANP-f 14.5 %.'
    """
    return f"{what}: {', '.join(f'{name} {percent(share)}' for name, share in shares.items())}."


def largest(costs: Mapping[str, float], number: int) -> list[str]:
    """The names of the layers that cost most, from the top."""
    return sorted(costs, key=lambda name: -costs[name])[:number]


def means(seen: Seen) -> dict[str, float]:
    """Every layer's mean score."""
    return {name: float(scores.mean()) for name, scores in seen.scores.items()}


def least(values: Mapping[str, float]) -> float:
    """The smallest of the values that is not zero."""
    return min((value for value in values.values() if value > 0), default=1.0)


def named(layer: str) -> str:
    """A layer in a sentence; of a long name its end, which tells it from its neighbours."""
    return quote(layer if len(layer) <= 40 else f"…{layer[-38:]}")


def times(ratio: float) -> str:
    """
    >>> times(3.42), times(1234.5), times(np.inf)
    ('3.4 times', '1,234 times', 'beyond all bounds')
    """
    if not np.isfinite(ratio):
        return "beyond all bounds"
    return f"{ratio:,.1f} times" if ratio < 20 else f"{ratio:,.0f} times"


def ranked(number: int, superlative: str) -> str:
    """
    >>> [ranked(number, "lowest") for number in (1, 2, 3, 11, 24)]
    ['lowest', '2nd lowest', '3rd lowest', '11th lowest', '24th lowest']
    """
    if number == 1:
        return superlative
    last = 0 if number % 100 in (11, 12, 13) or number % 10 > 3 else number % 10
    return f"{number}{('th', 'st', 'nd', 'rd')[last]} {superlative}"
