"""Predicted against measured step times as an SVG, from figures that `make bench ARGS="--only time"` kept:

python -m tests.benchmarks.time_picture FILE.json --out PICTURE.svg
"""

import argparse
import math
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ranp.files import check_writable, write_atomically

from .kept import Kept
from .load import caution
from .row import Row

SIDE, LEFT, TOP, RIGHT, BOTTOM = 440, 64, 76, 190, 64
BAND = 0.15
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
"""Okabe and Ito's, which colour-blind people tell apart."""
INK, FAINT = "#24292f", "#d0d7de"
TICKS = tuple(digit * 10.0**power for power in range(-4, 3) for digit in (1, 2, 5))


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.time_picture", description="Draw a picture.")
    parser.add_argument("file", type=Path, help="figures of make bench")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    options = parser.parse_args(given)
    check_writable(options.out)
    write_atomically(options.out, picture(Kept.read(options.file)).encode())
    return 0


def picture(kept: Kept) -> str:
    """A square of both axes, in milliseconds and logarithmic; ``ValueError`` where nothing was measured."""
    rows = [row for row in kept.rows.get("time", []) if row.points]
    if not rows:
        raise ValueError('there are no predicted and measured times; measure them: make bench ARGS="--only time"')
    seconds = [second for row in rows for _, *both in row.points for second in both]
    scale = _Scale(min(seconds) / 1.15, max(seconds) * 1.15)
    width, height = LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
            f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
            *_heads(kept),
            *_frame(scale),
            *(mark for number, row in enumerate(rows) for mark in _marks(row, number, scale)),
            "</svg>\n",
        ]
    )


class _Scale:
    """Where on the axes a number of seconds lies, from 0 to `SIDE`."""

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def __call__(self, seconds: float) -> float:
        return round(SIDE * math.log(seconds / self.least) / math.log(self.most / self.least), 1)

    def ticks(self) -> list[float]:
        return [tick for tick in TICKS if self.least <= tick <= self.most]


def _heads(kept: Kept) -> list[str]:
    machine = kept.machine
    words = (
        f"{machine['processor']}, one thread, torch {machine['torch']}; a dot is a plan; in brackets the median error"
    )
    warned = caution({"time": kept.busy["time"]})
    lines = [("Step time: predicted from a table, and measured", 17, INK), (warned or words, 13, "#57606a")]
    return [
        f'<text x="{LEFT}" y="{30 + 24 * number}" font-size="{size}" fill="{colour}">{escape(line)}</text>'
        for number, (line, size, colour) in enumerate(lines)
    ]


def _frame(scale: _Scale) -> list[str]:
    """Axes with their ticks, the line on which predictions are right, and the band in which they nearly are."""
    bottom, right = TOP + SIDE, LEFT + SIDE
    shift = round(SIDE * math.log(1 + BAND) / math.log(scale.most / scale.least), 1)
    band = f"{LEFT},{bottom} {LEFT},{bottom - shift} {right - shift},{TOP} {right},{TOP} {right},{TOP + shift} "
    marks = [
        f'<polygon points="{band}{LEFT + shift},{bottom}" fill="#eaeef2"/>',
        f'<line x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{TOP}" stroke="#57606a"/>',
        f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{FAINT}"/>',
        f'<text x="{LEFT + SIDE / 2}" y="{bottom + 46}" text-anchor="middle">measured, ms</text>',
        f'<text x="18" y="{TOP + SIDE / 2}" text-anchor="middle" transform="rotate(-90 18 {TOP + SIDE / 2})">'
        "predicted, ms</text>",
        f'<text x="{right + 20}" y="{bottom - 4}" font-size="12" fill="#57606a">band: within {BAND:.0%}</text>',
    ]
    for tick in scale.ticks():
        place, text = scale(tick), f"{1e3 * tick:g}"
        marks += [
            f'<line x1="{LEFT + place}" y1="{bottom}" x2="{LEFT + place}" y2="{bottom + 5}" stroke="{INK}"/>',
            f'<text x="{LEFT + place}" y="{bottom + 21}" text-anchor="middle">{text}</text>',
            f'<line x1="{LEFT - 5}" y1="{bottom - place}" x2="{LEFT}" y2="{bottom - place}" stroke="{INK}"/>',
            f'<text x="{LEFT - 9}" y="{bottom - place + 4}" text-anchor="end">{text}</text>',
        ]
    return marks


def _marks(row: Row, number: int, scale: _Scale) -> list[str]:
    colour, height = COLOURS[number % len(COLOURS)], TOP + 14 + 24 * number
    dots = [
        f'<circle cx="{LEFT + scale(measured)}" cy="{TOP + SIDE - scale(predicted)}" r="4" fill="{colour}" '
        f'fill-opacity="0.75"><title>{escape(title)}: predicted {1e3 * predicted:.4g} ms, measured '
        f"{1e3 * measured:.4g} ms</title></circle>"
        for title, predicted, measured in row.points
    ]
    name = row.name.rpartition(": ")[2].partition(" ")[0]
    legend = [
        f'<circle cx="{LEFT + SIDE + 24}" cy="{height - 4}" r="5" fill="{colour}"/>',
        f'<text x="{LEFT + SIDE + 36}" y="{height}">{escape(name)} ({row.ours:.1%})</text>',
    ]
    return [*dots, *legend]


if __name__ == "__main__":
    sys.exit(main())
