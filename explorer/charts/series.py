"""How charts tell many plans apart: the colour and dash of their method, and a mark each, the same in every chart."""

from dataclasses import dataclass

from explorer.charts.methods import METHOD_LOOKS
from explorer.charts.palette import Palette

_MARKS = (
    ("circle", "●"), ("square", "■"), ("diamond", "◆"), ("triangle-up", "▲"), ("triangle-down", "▼"), ("cross", "✚"),
    ("circle-open", "○"), ("square-open", "□"), ("diamond-open", "◇"), ("triangle-up-open", "△"),
    ("triangle-down-open", "▽"), ("x", "✖"),
)  # fmt: skip
_PRESENT = ("star", "★")


@dataclass(frozen=True)
class Look:
    """How one plan is drawn; `sign` is its mark as a character."""

    colour: str
    dash: str
    symbol: str
    sign: str


def look(slot: int, method: str, colours: Palette) -> Look:
    """The look of the plan in a slot: its method's colour, and a mark of its own; -1 is the present plan, a star.

    What no method made is drawn in the colour of the text.
    """
    symbol, sign = _PRESENT if slot < 0 else _MARKS[slot % len(_MARKS)]
    if (drawn := METHOD_LOOKS.get(method)) is None:
        return Look(colours.text, "dot", symbol, sign)
    return Look(drawn.colour(colours), drawn.stroke, symbol, sign)
