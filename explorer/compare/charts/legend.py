"""One legend for all curves of the board: mark, line and name of each plan."""

from collections.abc import Sequence
from html import escape

from explorer.charts import LIGHT, Palette, look
from explorer.compare.facts import Entry

_LINE = 34  # pixels
_ITEM = "display:inline-flex;align-items:center;gap:0.375rem;white-space:nowrap"


def legend(entries: Sequence[Entry], colours: Palette = LIGHT) -> str:
    """The legend as HTML; names are text."""
    items = "".join(f'<li style="{_ITEM}">{_swatch(entry, colours)}{escape(entry.name)}</li>' for entry in entries)
    style = "display:flex;flex-wrap:wrap;gap:0.25rem 1.25rem;margin:0;padding:0;list-style:none;font-size:0.875rem"
    return f'<ul aria-label="Legend of the curves" style="{style}">{items}</ul>'


def _swatch(entry: Entry, colours: Palette) -> str:
    drawn = look(entry.slot, entry.method, colours)
    dash = "" if drawn.dash == "solid" else f' stroke-dasharray="{drawn.dash.replace("px", "")}"'
    line = f'<path d="M0 8H{_LINE}" stroke="{drawn.colour}" stroke-width="2"{dash}/>'
    sign = f'<span style="color:{drawn.colour}">{drawn.sign}</span>'
    return f'<svg aria-hidden="true" width="{_LINE}" height="16">{line}</svg><span aria-hidden="true">{sign}</span>'
