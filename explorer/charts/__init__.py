"""The figures: plain values in, `plotly.graph_objects` out; a chart a file. No Streamlit, no torch.

Every axis has a fixed scale, so that a change in the picture is a change in the network. Layer names are escaped:
plotly reads a few HTML tags in text.
"""

from plotly.graph_objects import Figure

from explorer.charts.importance import every_nth, importance, importance_in_words
from explorer.charts.palette import DARK, LIGHT, Palette
from explorer.charts.resources import resources, resources_in_words
from explorer.charts.retention import retention, retention_in_words

__all__ = [
    "DARK",
    "LIGHT",
    "Figure",
    "Palette",
    "every_nth",
    "importance",
    "importance_in_words",
    "resources",
    "resources_in_words",
    "retention",
    "retention_in_words",
]
