"""A figure as wide as the notebook's page: plotly draws it before it stands on the page, 700 pixels wide."""

import anywidget
import plotly.graph_objects as go

_ESM = """
// Plotly's figures follow the window's size, not their place's: tell them once drawn, and when the place changes.
const tell = () => window.dispatchEvent(new Event("resize"));
function render({ el }) {
  const observer = new ResizeObserver(tell);
  observer.observe(el);
  document.addEventListener("plotlywidget-after-render", tell);
  return () => {
    observer.disconnect();
    document.removeEventListener("plotlywidget-after-render", tell);
  };
}
export default { render };
"""


class Fit(anywidget.AnyWidget):
    """Without a look of its own: beside a figure of `fitting`, in one box, it keeps the figure as wide as the box."""

    _esm = _ESM


def fitting(figure: go.Figure) -> go.FigureWidget:
    """A live figure that follows the window's size."""
    widget = go.FigureWidget(figure)
    widget._config = {**widget._config, "responsive": True}
    return widget
