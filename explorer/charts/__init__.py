"""Figures that several pages show.

In: plain values. Out: a `plotly.graph_objects.Figure` with fixed scales, so that a change in the picture is a change in
the network, and the same in words. Layer names are escaped: plotly reads a few HTML tags in text.
Test: `pytest tests/charts`
"""

from plotly.graph_objects import Figure

from explorer.charts.architecture import lay_out
from explorer.charts.channel_graph import channel_graph, channel_graph_in_words
from explorer.charts.contestants import CONTESTANTS, called, contestant_looks
from explorer.charts.frame import SHARES, finish, layer_axis, names_height
from explorer.charts.importance import every_nth, importance, importance_in_words
from explorer.charts.layer_names import short_names
from explorer.charts.methods import METHOD_LOOKS, MethodLook
from explorer.charts.palette import DARK, LIGHT, Palette
from explorer.charts.resources import resources, resources_in_words
from explorer.charts.retention import retention, retention_in_words
from explorer.charts.score_cost import Shown, all_of, score_cost, score_cost_in_words, seeds
from explorer.charts.series import Look, look
from explorer.charts.spots import Drawing, Spot
from explorer.charts.thinning import thinning, thinning_panels

__all__ = [
    "CONTESTANTS",
    "DARK",
    "LIGHT",
    "METHOD_LOOKS",
    "SHARES",
    "Drawing",
    "Figure",
    "Look",
    "MethodLook",
    "Palette",
    "Shown",
    "Spot",
    "all_of",
    "called",
    "channel_graph",
    "channel_graph_in_words",
    "contestant_looks",
    "every_nth",
    "finish",
    "importance",
    "importance_in_words",
    "lay_out",
    "layer_axis",
    "look",
    "names_height",
    "resources",
    "resources_in_words",
    "retention",
    "retention_in_words",
    "score_cost",
    "score_cost_in_words",
    "seeds",
    "short_names",
    "thinning",
    "thinning_panels",
]
