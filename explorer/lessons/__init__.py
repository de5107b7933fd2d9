"""What the notebooks share.

In: values of `ranp`, which the cells of a notebook compute themselves. Out: the explorer's charts with sliders, slices
of volumes, questions, answers to exercises, and links into the app.
Test: `pytest tests/lessons`
"""

from explorer.lessons.answers import check
from explorer.lessons.figures import graph_of, importance_of, resources_of, retention_of, score_cost_of, thinning_of
from explorer.lessons.linking import explorer_link
from explorer.lessons.live import choice, live, slider
from explorer.lessons.predicting import predict, predict_one, predict_share
from explorer.lessons.volumes import slice_of

__all__ = [
    "check",
    "choice",
    "explorer_link",
    "graph_of",
    "importance_of",
    "live",
    "predict",
    "predict_one",
    "predict_share",
    "resources_of",
    "retention_of",
    "score_cost_of",
    "slice_of",
    "slider",
    "thinning_of",
]
