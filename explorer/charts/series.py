"""How charts tell many plans apart: a colour, a dash and a mark each, the same in every chart of a page.

Six of Okabe and Ito's colours, twice: solid lines first, dashed ones after. No two plans share a mark.
"""

from dataclasses import dataclass

from explorer.charts.palette import DARK, Palette

_LIGHT_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#B8860B", "#56B4E9")
_DARK_COLOURS = ("#56B4E9", "#F08A3C", "#2CC295", "#E08FC0", "#F0C04A", "#B39DFF")
_MARKS = (
    ("circle", "●"), ("square", "■"), ("diamond", "◆"), ("triangle-up", "▲"), ("triangle-down", "▼"), ("cross", "✚"),
    ("circle-open", "○"), ("square-open", "□"), ("diamond-open", "◇"), ("triangle-up-open", "△"),
    ("triangle-down-open", "▽"), ("x", "✖"),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How one plan is drawn; `sign` is its mark as a character."""

    colour: str
    dash: str
    symbol: str
    sign: str


def look(slot: int, colours: Palette) -> Look:
    """The look of a slot; -1 is the present plan, a star in the colour of the text."""
    if slot < 0:
        return Look(colours.text, "dot", "star", "★")
    own = _DARK_COLOURS if colours is DARK else _LIGHT_COLOURS
    symbol, sign = _MARKS[slot % len(_MARKS)]
    dash = "solid" if slot % len(_MARKS) < len(own) else "dash"
    return Look(own[slot % len(own)], dash, symbol, sign)
