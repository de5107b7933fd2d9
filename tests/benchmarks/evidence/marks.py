"""The marks of `explorer.charts.contestants` as SVG."""

import math

from explorer.charts import Look

SIZE = 4.6

_CORNERS: dict[str, tuple[tuple[float, float], ...]] = {
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "diamond-tall": ((0, -1.4), (0.8, 0), (0, 1.4), (-0.8, 0)),
    "triangle-up": ((0, -1.1), (1.05, 0.8), (-1.05, 0.8)),
    "triangle-down": ((0, 1.1), (1.05, -0.8), (-1.05, -0.8)),
    "cross": (
        (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4), (0.4, 1.1), (-0.4, 1.1),
        (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4),
    ),
    "bowtie": ((-1.1, -0.9), (1.1, 0.9), (1.1, -0.9), (-1.1, 0.9)),
    "hourglass": ((-0.9, -1.1), (0.9, -1.1), (-0.9, 1.1), (0.9, 1.1)),
}  # fmt: skip
"""Mark -> its corners, right and down."""

_REGULAR = {"pentagon": (5, 1.0), "hexagon": (6, 1.0), "hexagram": (6, 0.55), "star": (5, 0.42)}
"""Mark -> how many corners, and how far out the points between them lie."""


def mark(drawn: Look, x: float, y: float, empty: bool = False) -> str:
    """The look's mark at a place, filled or empty."""
    fill = "#ffffff" if empty else drawn.colour
    paint = f'fill="{fill}" stroke="{drawn.colour}" stroke-width="1.5"'
    if drawn.symbol == "circle":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{SIZE * 0.95:g}" {paint}/>'
    points = " ".join(f"{x + SIZE * right:.2f},{y + SIZE * down:.2f}" for right, down in corners(drawn.symbol))
    return f'<polygon points="{points}" {paint}/>'


def corners(symbol: str) -> tuple[tuple[float, float], ...]:
    """The corners of a mark, around zero."""
    if symbol in _CORNERS:
        return _CORNERS[symbol]
    number, between = _REGULAR[symbol]
    stretched = 1.25 if between < 1 else 1.05
    return tuple(
        (stretched * far * math.sin(math.pi * place / number), -stretched * far * math.cos(math.pi * place / number))
        for place in range(2 * number)
        for far in [1.0 if place % 2 == 0 else between * math.cos(math.pi / number) if between == 1 else between]
    )
