"""What the notebooks share: the explorer's own charts, made live with sliders, and exercises that answer.

Nothing here computes anything of the method: the cells of a notebook call `ranp` themselves.
"""

from explorer.lessons.answers import check
from explorer.lessons.figures import graph_of, importance_of, resources_of, retention_of, thinning_of
from explorer.lessons.live import choice, live, slider
from explorer.linking import explorer_link

__all__ = [
    "check",
    "choice",
    "explorer_link",
    "graph_of",
    "importance_of",
    "live",
    "resources_of",
    "retention_of",
    "slider",
    "thinning_of",
]
