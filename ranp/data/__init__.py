"""Tasks: data, losses and metrics.

In: a task's name, the shape of an input and a seed. Out: batches, drawn by default and read from the real data set's
folder on request; the task's loss and its metric. A task is a file, and `TASKS` lists them.
Test: `pytest tests/data`
"""

from ranp.data.metrics import METRICS
from ranp.data.task import stream
from ranp.data.tasks import TASKS, Batch, Inputs, Loaded, RealData, Task, batches, load, loss, task

__all__ = [
    "METRICS",
    "TASKS",
    "Batch",
    "Inputs",
    "Loaded",
    "RealData",
    "Task",
    "batches",
    "load",
    "loss",
    "stream",
    "task",
]
