"""How charts draw the contestants of checks and races: a method has its colour, dash and mark wherever it is drawn.

All marks are filled, so that an empty one can say that a figure is known from few seeds.
"""

from collections.abc import Sequence
from typing import NamedTuple

from explorer.charts.palette import LIGHT, Palette
from explorer.charts.series import Look, look
from ranp.selection import METHODS

SLOTS = {
    "full": -1,
    "ranp-f": 0,
    "random": 1,
    "thin": 2,
    "ranp-m": 3,
    "synflow": 4,
    "3sp": 5,
    "weighted": 6,
    "layerwise-original": 7,
    "vanilla": 8,
    "layerwise": 9,
    "shuffled": 10,
    "worst": 11,
}
"""Contestant -> its mark below; -1 is the star."""

_MARKS = (
    ("circle", "●"), ("square", "■"), ("diamond", "◆"), ("triangle-up", "▲"), ("triangle-down", "▼"), ("cross", "✚"),
    ("pentagon", "⬟"), ("hexagon", "⬢"), ("hexagram", "✶"), ("diamond-tall", "⬧"), ("bowtie", "⧓"), ("hourglass", "⧗"),
)  # fmt: skip


def contestant_looks(labels: Sequence[str], colours: Palette = LIGHT) -> list[Look]:
    """A look for each label, in their order, no two the same up to thirteen; the full network is a star.

    A label begins with the name of a method, as in "ranp-f, weights kept", whose colour it has; of several that begin
    alike the first has the method's mark, the others one that is left.

    >>> [drawn.symbol for drawn in contestant_looks(["full", "random", "random, weights kept", "ranp-f"])]
    ['star', 'square', 'hourglass', 'circle']
    """
    own: dict[int, int] = {}
    for place, label in enumerate(labels):
        slot = SLOTS.get(method_of(label))
        if slot is not None and slot not in own.values():
            own[place] = slot
    free = [slot for slot in reversed(range(len(_MARKS))) if slot not in own.values()]
    for place in range(len(labels)):
        if place not in own:
            own[place] = free.pop(0) if free else place
    return [_look(own[place], method_of(label), colours) for place, label in enumerate(labels)]


class Told(NamedTuple):
    """A contestant within a sentence or a table, and in the list from which it is chosen."""

    name: str
    title: str


CONTESTANTS = {
    "thin": Told("thin", "Thin: one factor for every layer"),
    "shuffled": Told("shuffled", "Shuffled: other neurons, at random"),
    "worst": Told("worst", "Worst: the neurons of the lowest scores"),
    "synflow": Told("SynFlow", "SynFlow, in rounds"),
    "3sp": Told("3SP", "3SP: sensitivity per MAC"),
    "erk": Told("ERK", "ERK: densities by shape"),
    "layerwise-original": Told("layerwise-original", "Layer-wise, rounded up"),
}
"""Who may race beside the methods, and what pages call it."""

_NAMES = {name: method.title for name, method in METHODS.items()} | {
    name: contestant.name for name, contestant in CONTESTANTS.items()
}


def called(label: str) -> str:
    """The label with the name of its method, as *Train check* has it.

    Charts of the races that come with the library (`score_cost`) keep labels as the command line has them.

    >>> called("ranp-f, weights kept"), called("thin"), called("3sp (1 of 5 runs failed)")
    ('RANP-f, weights kept', 'thin', '3SP (1 of 5 runs failed)')
    """
    method = method_of(label)
    return f"{_NAMES.get(method, method)}{label.removeprefix(method)}"


def method_of(label: str) -> str:
    """What the label begins with.

    >>> method_of("ranp-f, weights kept"), method_of("thin (1 of 5 runs failed)")
    ('ranp-f', 'thin')
    """
    return label.partition(",")[0].partition(" (")[0]


def _look(slot: int, method: str, colours: Palette) -> Look:
    drawn = look(slot, method, colours)
    mark = (drawn.symbol, drawn.sign) if slot < 0 else _MARKS[slot % len(_MARKS)]
    return Look(drawn.colour, drawn.dash if slot >= 0 else "solid", *mark)
