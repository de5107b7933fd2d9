"""Scaling: other ways than RANP's to make the scores of layers comparable, one a file.

In: a channel graph and scores. Out: scores of which one line through the whole network is drawn. `SCALES` names them
for `ranp.selection.allocations`.
Test: `pytest tests/selection/test_scaling.py`
"""

from collections.abc import Callable

from ranp.graph import ChannelGraph
from ranp.selection.scaling.density import by_density
from ranp.selection.scaling.norm import by_norm
from ranp.selection.scaling.saved import per_saved_mac
from ranp.types import Scores

SCALES: dict[str, Callable[[ChannelGraph, Scores], Scores]] = {
    "saved": per_saved_mac,
    "erk": by_density,
    "norm": by_norm,
}
