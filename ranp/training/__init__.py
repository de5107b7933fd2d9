"""One short training run.

In: a network, a recipe and material: batches, a loss, figures. Out: the points of its learning curve; the speed of a
step, and the same in several processes.
Test: `pytest tests/training`
"""

from ranp.training.between import Between, Ran
from ranp.training.loop import Step, Trained, train
from ranp.training.material import Answering, Material, Pair
from ranp.training.norm_statistics import refresh_norm_statistics
from ranp.training.own import OwnMaterial
from ranp.training.parallel import Alone, processes
from ranp.training.point import FIGURE, FIGURES, Point
from ranp.training.pools import Pools
from ranp.training.speed import Speed

__all__ = [
    "FIGURE",
    "FIGURES",
    "Alone",
    "Answering",
    "Between",
    "Material",
    "OwnMaterial",
    "Pair",
    "Point",
    "Pools",
    "Ran",
    "Speed",
    "Step",
    "Trained",
    "processes",
    "refresh_norm_statistics",
    "train",
]
