"""One method, one colour: how every page, chart and table draws a method and whoever races beside the methods.

The only table of these colours; the live charts get it with the packet of a network. Okabe and Ito's colours and
others that stay apart from them; whatever differs in colour differs in dash, too.
"""

from dataclasses import dataclass

from explorer.charts.palette import DARK, Palette


@dataclass(frozen=True)
class MethodLook:
    """A colour on light and on dark ground, and a dash: lengths of line and gap in pixels, none for a solid line."""

    light: str
    dark: str
    dash: tuple[int, ...] = ()

    def colour(self, colours: Palette) -> str:
        """The colour for a theme."""
        return self.dark if colours is DARK else self.light

    @property
    def stroke(self) -> str:
        """The dash as plotly has it.

        >>> MethodLook("#000000", "#ffffff", (9, 4)).stroke
        '9px,4px'
        """
        return ",".join(f"{length}px" for length in self.dash) or "solid"


METHOD_LOOKS: dict[str, MethodLook] = {
    "ranp-f": MethodLook("#0072B2", "#56B4E9"),
    "ranp-m": MethodLook("#D55E00", "#F08A3C", (9, 4)),
    "ranp-t": MethodLook("#B2182B", "#FF8A80", (7, 2, 2, 2)),
    "blend": MethodLook("#A8578A", "#D98CBB", (2, 3)),
    "weighted": MethodLook("#009E73", "#2CC295", (9, 3, 2, 3)),
    "vanilla": MethodLook("#B07A00", "#E9B949", (5, 4)),
    "layerwise": MethodLook("#3A7CA5", "#9CCBEA", (1, 3)),
    "random": MethodLook("#6B7078", "#A2A8B0", (4, 3)),
    "magnitude": MethodLook("#5B4B8A", "#A99BD8", (12, 3, 2, 3, 2, 3)),
    "thin": MethodLook("#8C564B", "#C49C94", (6, 3)),
    "shuffled": MethodLook("#7A7A00", "#C9C24A", (2, 2)),
    "worst": MethodLook("#9C1F4B", "#F29AB8", (10, 2)),
    "synflow": MethodLook("#00736B", "#5FD0C5", (8, 2, 1, 2)),
    "3sp": MethodLook("#4F6B00", "#A9C76B", (3, 1)),
    "erk": MethodLook("#6A3D9A", "#C6A8F0", (12, 4)),
    "layerwise-original": MethodLook("#20618C", "#7FB8DC", (1, 2)),
}
"""By the method's name, or the contestant's."""
