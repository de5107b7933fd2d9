"""Score against cost as a picture: an SVG file for the README, written by hand so that it is the same everywhere.

A panel a task, as `explorer.charts.score_cost` draws it: a line a contestant, marks that are empty where they are known
from few seeds, with their number, and crosses where runs failed.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

from explorer.charts import LIGHT, Look, all_of, contestant_looks, score_cost_in_words
from explorer.charts.score_cost import TICKS, Shown, span
from ranp.checks import FEW, METHOD, PLAIN, AgainstCost, CostCurve, Race, ScorePoint, against_cost
from tests.benchmarks.evidence.marks import mark

PANEL, HEIGHT, GAP, ROW, LEFT, TOP = 300, 210, 62, 312, 58, 96
COLUMNS = 3
LEAST = 0.035
"""Where the axis of MACs begins, a share."""
APART = 6.5
"""Pixels between neighbours' marks of one share."""


def svg(races: Mapping[str, Race]) -> str:
    """The picture of all tasks that were raced."""
    tasks = against_cost(races)
    labels = list(dict.fromkeys(curve.label for task in tasks for curve in task.curves))
    looks = dict(zip(["full", *labels], contestant_looks(["full", *labels]), strict=True))
    width = LEFT + COLUMNS * PANEL + (COLUMNS - 1) * GAP + 20
    total = TOP + ROW * max(1, math.ceil(len(tasks) / COLUMNS)) - 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" width="{width}" height="{total}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{LIGHT.text}" role="img">'
    )
    parts = [head, f"<title>{escape(in_words(races))}</title>", '<rect width="100%" height="100%" fill="#ffffff"/>']
    panels = [
        _panel(task, looks, LEFT + place % COLUMNS * (PANEL + GAP), TOP + ROW * (place // COLUMNS))
        for place, task in enumerate(tasks)
    ]
    return "\n".join([*parts, *_legend(looks), *panels, "</svg>", ""])


def in_words(races: Mapping[str, Race]) -> str:
    """The picture for a reader who does not see it: RANP-f and the plain controls; the tables have the others."""
    told = [score_cost_in_words(task, Shown((METHOD, *PLAIN), task.shares)) for task in against_cost(races)]
    return " ".join(told) or "No race was run yet."


def _legend(looks: Mapping[str, Look]) -> list[str]:
    found = []
    for place, (label, drawn) in enumerate(looks.items()):
        x, y = LEFT + 165 * (place % 6), 18 + 22 * (place // 6)
        line = f'<path d="M{x} {y}h30" stroke="{drawn.colour}" stroke-width="1.8"{_dashes(drawn)}/>'
        found.append(f'{line}{mark(drawn, x + 15, y)}<text x="{x + 38}" y="{y + 4.5}">{escape(label)}</text>')
    few, bars = f"from fewer than {FEW} seeds, with their number", "95 % intervals, the full network's in grey"
    note = f"empty: {few}; ×: runs failed; bars: {bars}"
    return [*found, f'<text x="{LEFT}" y="{18 + 22 * 2 + 5}" font-size="12">{escape(note)}</text>']


def _panel(task: AgainstCost, looks: Mapping[str, Look], left: float, top: float) -> str:
    shown, better = all_of(task), "higher" if task.score.higher_is_better else "lower"
    ends = span(task, shown)
    title = f"<tspan font-weight='bold'>{escape(task.name)}</tspan>: {escape(task.score.title)}"
    parts = [f'<text x="{left}" y="{top - 8}" font-size="12">{title} ({better} is better)</text>']
    for level in _levels(*ends):
        y = _y(level, ends, top)
        parts.append(f'<path d="M{left} {y}h{PANEL}" stroke="#d9d9e0"/>')
        parts.append(f'<text x="{left - 7}" y="{y + 4.5}" text-anchor="end" font-size="12">{level:g}</text>')
    for share in TICKS:
        x = _x(share, left)
        parts.append(f'<path d="M{x} {top + HEIGHT}v5" stroke="{LIGHT.text}"/>')
        parts.append(f'<text x="{x}" y="{top + HEIGHT + 19}" text-anchor="middle" font-size="12">{share:.0%}</text>')
    at = f'x="{left + PANEL / 2}" y="{top + HEIGHT + 37}"'
    named = f'<text {at} text-anchor="middle" font-size="12">MACs left</text>'
    curves = list(shown.curves(task))
    drawn = [
        _curve(curve, shown, looks[curve.label], place - (len(curves) - 1) / 2, ends, (left, top))
        for place, curve in enumerate(curves)
    ]
    return "\n".join([*parts, named, *_full(task, looks["full"], ends, (left, top)), *drawn])


def _full(task: AgainstCost, drawn: Look, ends: tuple[float, float], corner: tuple[float, float]) -> list[str]:
    full, (left, top) = task.full, corner
    if full is None or full.mean is None:
        return []
    y = _y(full.mean, ends, top)
    found = []
    if full.half_width is not None:
        high, low = (_y(full.mean + side * full.half_width, ends, top) for side in (1, -1))
        found.append(f'<rect x="{left}" y="{high}" width="{PANEL}" height="{round(low - high, 2)}" fill="#eceef2"/>')
    found.append(f'<path d="M{left} {y}h{PANEL}" stroke="{drawn.colour}" stroke-width="1.4" stroke-dasharray="2 4"/>')
    return [*found, mark(drawn, _x(1.0, left), y, full.few), _number(full, _x(1.0, left), y, drawn)]


def _curve(
    curve: CostCurve, shown: Shown, drawn: Look, steps: float, ends: tuple[float, float], corner: tuple[float, float]
) -> str:
    left, top = corner
    at = [(_x(_macs(point), left) + round(steps * APART, 2), point) for point in curve.points]
    known = [(x, _y(point.mean, ends, top), point) for x, point in at if point.mean is not None]
    line = " ".join(f"{x:g},{y}" for x, y, _ in known)
    paint = f'fill="none" stroke="{drawn.colour}" stroke-width="1.2" opacity="0.7"{_dashes(drawn)}'
    parts = [f'<polyline points="{line}" {paint}/>']
    for x, y, point in known:
        _, half = shown.value(point)
        if half is not None and point.mean is not None:
            high, low = (_y(point.mean + side * half, ends, top) for side in (1, -1))
            parts.append(f'<path d="M{x:g} {high}V{low}" stroke="{drawn.colour}" stroke-width="1.2"/>')
        parts += [mark(drawn, x, y, point.few), _number(point, x, y, drawn)]
    for x, point in at:
        if point.failures:
            y = top + HEIGHT - 9
            cross = f"M{x - 3.5:g} {y - 3.5}l7 7m0 -7l-7 7"
            parts.append(f'<path d="{cross}" stroke="{drawn.colour}" stroke-width="2"/>')
    return "".join(parts)


def _number(point: ScorePoint, x: float, y: float, drawn: Look) -> str:
    if not point.few:
        return ""
    at = f'x="{x:g}" y="{round(y - 8, 2)}"'
    return f'<text {at} text-anchor="middle" font-size="9" fill="{drawn.colour}">{point.ended}</text>'


def _dashes(drawn: Look) -> str:
    return ' stroke-dasharray="5 3"' if drawn.dash == "dash" else ""


def _macs(point: ScorePoint) -> float:
    return point.allowed if point.macs is None else point.macs


def _x(share: float, left: float) -> float:
    return round(left + PANEL * 0.97 * math.log(max(share, LEAST) / LEAST) / math.log(1 / LEAST), 2)


def _y(value: float, ends: tuple[float, float], top: float) -> float:
    low, high = ends
    return round(top + HEIGHT * (high - min(max(value, low), high)) / (high - low), 2)


def _levels(low: float, high: float) -> Sequence[float]:
    """Round numbers within, four or so."""
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= rough)
    return [round(place * step, 10) for place in range(math.ceil(low / step), math.floor(high / step) + 1)]
