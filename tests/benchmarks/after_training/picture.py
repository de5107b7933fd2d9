"""The learning curves as a picture: an SVG file for the README, written by hand so that it is the same everywhere."""

from html import escape
from typing import Any

from explorer.charts import LIGHT
from tests.benchmarks.after_training.measuring import CONTESTANTS, NETWORKS

PANEL, GAP, LEFT, TOP, HEIGHT, BOTTOM = 350, 70, 56, 78, 220, 52
WIDTH = LEFT + 2 * PANEL + GAP + 24
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
LOOKS = dict(zip(CONTESTANTS, ((LIGHT.text, "6 4"), (LIGHT.kept, ""), (LIGHT.warning, "2 3")), strict=True))
"""Colour and dashes of each curve, so that they are told apart without colour, too."""


def svg(kept: dict[str, Any]) -> str:
    """The picture: a panel a network, a curve a contestant, scores from 0 to 1 over further steps."""
    panels = [_panel(NETWORKS[name], found, place) for place, (name, found) in enumerate(kept["networks"].items())]
    total = TOP + HEIGHT + BOTTOM
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" height="{total}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{LIGHT.text}" role="img">'
    )
    parts = [head, f"<title>{escape(in_words(kept))}</title>", '<rect width="100%" height="100%" fill="#ffffff"/>']
    return "\n".join([*parts, *_legend(), *panels, "</svg>", ""])


def in_words(kept: dict[str, Any]) -> str:
    """The picture for a reader who does not see it: where each curve begins and ends."""
    told = [
        f"{NETWORKS[name]}: "
        + ", ".join(
            f"{one['label']} from {one['points'][0][1]:.2f} to {one['points'][-1][1]:.2f}" for one in found["curves"]
        )
        for name, found in kept["networks"].items()
    ]
    return f"Scores over further training steps. {'; '.join(told)}."


def _legend() -> list[str]:
    found, left = [], LEFT
    for label, (colour, dashes) in LOOKS.items():
        line = f'<path d="M{left} 22h34" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
        found.append(f'{line}<text x="{left + 42}" y="26">{escape(label)}</text>')
        left += 210
    return found


def _panel(title: str, found: dict[str, Any], place: int) -> str:
    left, last = LEFT + place * (PANEL + GAP), max(one["points"][-1][0] for one in found["curves"])
    named = f"<tspan font-weight='bold'>{escape(title)}</tspan>: {escape(found['score'])}"
    parts = [f'<text x="{left}" y="{TOP - 16}">{named}</text>']
    for level in LEVELS:
        y = _y(level)
        parts.append(f'<path d="M{left} {y}h{PANEL}" stroke="#d9d9e0"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4.5}" text-anchor="end">{level:g}</text>')
    for step in sorted({step for one in found["curves"] for step, _ in one["points"]}):
        x = left + PANEL * step / last
        parts.append(f'<text x="{x:g}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{step}</text>')
    middle = left + PANEL / 2
    parts.append(f'<text x="{middle:g}" y="{TOP + HEIGHT + 42}" text-anchor="middle">further steps</text>')
    return "\n".join([*parts, *(_curve(one, left, last) for one in found["curves"])])


def _curve(one: dict[str, Any], left: float, last: int) -> str:
    colour, dashes = LOOKS[one["label"]]
    places = [(left + PANEL * step / last, _y(score)) for step, score in one["points"]]
    line = " ".join(f"{x:g},{y}" for x, y in places)
    marks = "".join(f'<circle cx="{x:g}" cy="{y}" r="3.2" fill="{colour}"/>' for x, y in places)
    drawn = f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
    return f"{drawn}{marks}"


def _y(score: float) -> float:
    return round(TOP + HEIGHT * (1 - score), 2)
