"""Run in a notebook's kernel before its cells: what a widget shows travels in its output, in the widget's place.

A figure goes as the JSON that plotly draws it from; what its controls are set to, what is said above it, and a question
with its options as Markdown.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import plotly.graph_objects as go
from IPython.core.getipython import get_ipython
from ipywidgets import HTML, Dropdown, FloatSlider, RadioButtons, VBox, Widget

FIGURE = "application/vnd.ranp.figure+json"


def capture() -> None:
    """Have this kernel show figures and boxes as `shown` has them."""
    bundles = get_ipython().display_formatter.mimebundle_formatter
    for kind in (VBox, go.FigureWidget):
        bundles.for_type(kind, shown)


def shown(widget: Widget) -> dict[str, Any]:
    """MIME type -> content."""
    parts = list(leaves(widget))
    figures = [part.to_json() for part in parts if isinstance(part, go.FigureWidget)]
    found: dict[str, Any] = {"text/plain": ""}
    if figures:
        found[FIGURE] = figures[0]
    if words := in_words(parts):
        found["text/markdown"] = words
    return found


def leaves(widget: Widget) -> Iterator[Widget]:
    """The widgets that a box holds, in their order."""
    inside = getattr(widget, "children", None)
    if inside is None:
        yield widget
    for child in inside or ():
        yield from leaves(child)


def in_words(parts: list[Widget]) -> str:
    """What stands beside a figure: how its controls are set, and sentences without the link into the explorer."""
    controls = [f"{part.description} **{_value(part)}**" for part in parts if isinstance(part, (Dropdown, FloatSlider))]
    paragraphs = [" · ".join(controls)]
    for part in parts:
        if isinstance(part, HTML) and not part.value.startswith("<a "):
            paragraphs.append(unescape(re.sub(r"<(/?)b>", "**", part.value)))
        if isinstance(part, RadioButtons):
            paragraphs.append("\n".join(f"- {option}" for option in part.options))
    return "\n\n".join(filter(None, paragraphs))


def _value(control: Widget) -> str:
    return str(control.label if isinstance(control, Dropdown) else format(control.value, control.readout_format))
