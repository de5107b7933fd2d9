"""A figure with sliders: redrawn in place while they move, with a link that opens the same state in the explorer."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from ipywidgets import HTML, Dropdown, FloatSlider, HBox, Layout, VBox, Widget

from explorer.lessons.fitting import Fit, fitting

Draw = Callable[..., go.Figure]

_WIDE = Layout(width="420px")
_LINK = "color: var(--jp-content-link-color, #0072B2); text-decoration: underline"
_LABEL = {"description_width": "120px"}


def slider(low: float, high: float, value: float, step: float = 0.01, name: str = "") -> FloatSlider:
    """A slider of numbers, which draws while it is dragged."""
    places = ".2f" if step < 0.1 else ".1f" if step < 1 else ".0f"
    return FloatSlider(value, min=low, max=high, step=step, readout_format=places, description=name, style=_LABEL,
                       layout=_WIDE)  # fmt: skip


def choice(options: Sequence[Any] | Mapping[str, Any], value: Any = None, name: str = "") -> Dropdown:
    """A list to choose from; the first entry unless told otherwise."""
    pairs = list(options.items()) if isinstance(options, Mapping) else [(str(entry), entry) for entry in options]
    return Dropdown(options=pairs, value=pairs[0][1] if value is None else value, description=name, style=_LABEL,
                    layout=_WIDE)  # fmt: skip


def live(
    draw: Draw,
    link: Callable[..., str] | None = None,
    say: Callable[..., str] | None = None,
    clicked: Callable[[str], Mapping[str, Any]] | None = None,
    **controls: Widget,
) -> VBox:
    """The controls, a sentence, the figure that ``draw`` makes of their values, and a link to the explorer.

    ``draw``, ``link`` and ``say`` take the values by the controls' names. ``clicked`` turns the name of a mark that was
    clicked (its ``customdata``) into new values of controls. The figure keeps its place and its zoom.
    """
    for name, control in controls.items():
        control.description = control.description or name

    def values() -> dict[str, Any]:
        return {name: control.value for name, control in controls.items()}

    figure = fitting(draw(**values()))
    sentence, below = HTML(), HTML()

    def redraw(_: Any = None) -> None:
        _show(figure, draw(**values()))
        describe()

    def describe() -> None:
        sentence.value = escape(say(**values())) if say else ""
        below.value = _anchor(link(**values())) if link else ""

    def click(trace: Any, points: Any, _: Any) -> None:
        if points.point_inds and clicked is not None:
            name = trace.customdata[points.point_inds[0]]
            for control, value in clicked(str(name[0] if isinstance(name, (list, tuple)) else name)).items():
                controls[control].value = value

    for control in controls.values():
        control.observe(redraw, "value")
    if clicked is not None:
        for trace in figure.data:
            if trace.customdata is not None:
                trace.on_click(click)
    describe()
    return VBox([HBox(list(controls.values()), layout=Layout(flex_flow="row wrap")), sentence, figure, below, Fit()])


def _show(figure: go.FigureWidget, drawn: go.Figure) -> None:
    """Take over what ``drawn`` shows. Where it has other traces, they replace the old ones."""
    with figure.batch_update():
        if [trace.type for trace in figure.data] == [trace.type for trace in drawn.data]:
            for old, new in zip(figure.data, drawn.data, strict=True):
                old.update(new.to_plotly_json(), overwrite=True)
        else:
            figure.data = []
            figure.add_traces(list(drawn.data))
        figure.layout = drawn.layout


def _anchor(address: str) -> str:
    return f'<a href="{escape(address)}" style="{_LINK}" target="_blank" rel="noopener">Open this in the explorer ↗</a>'
