"""Cells of a grid that stand out: timed again as a table is made, and seen in a table where somebody doubled one."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ranp
from ranp.timing import making, read_work, shipped_table
from ranp.timing.grid import axes
from ranp.timing.measure import Timed
from tests.timing.test_shipped import CLASSROOMS

SEEN = 0.7
"""Of a table's cells, that stand out once they are doubled."""


@pytest.mark.parametrize("again", [1.0, 4.0])
def test_what_stands_out_is_timed_again(again: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as long the first time: it stays where it takes that again, and counts no more where it does not."""
    model = nn.Sequential(nn.Conv3d(1, 16, 3), nn.Conv3d(16, 12, 3), nn.Conv3d(12, 2, 1))
    graph = ranp.trace(model, (torch.empty(1, 1, 8, 8, 8),))
    task = next(task for task in read_work(model, graph, batch=1).tasks.values() if len(task.full) == 2)
    odd = tuple(axis[2] for axis in axes(task, 8))
    calls: list[tuple[int, ...]] = []

    def timed(_: Any, widths: tuple[int, ...], device: torch.device) -> Timed:
        times = 1.0 if tuple(widths) != odd else again if odd in calls else 4.0
        calls.append(tuple(widths))
        return Timed(1e-3 * times, 0.0)

    monkeypatch.setattr(making, "time_example", timed)
    grid, _ = making._timed(task, 8, torch.device("cpu"))
    assert grid.seconds.shape == tuple(map(len, axes(task, 8)))
    assert calls.count(odd) == 2
    assert len(calls) == grid.seconds.size + 1
    assert grid.seconds.max() == pytest.approx(1e-3 * again)


@pytest.mark.parametrize(("architecture", "preset"), CLASSROOMS)
def test_a_doubled_cell_of_a_shipped_table_stands_out(architecture: str, preset: str) -> None:
    """Of the cells as they are nearly none does."""
    table = shipped_table(architecture, preset)
    assert table is not None
    grids = [grid.seconds for grid in table.grids.values() if grid.seconds.size > 1]
    assert sum(len(making.odd_cells(seconds)) for seconds in grids) < 1e-3 * sum(seconds.size for seconds in grids)
    draw = np.random.default_rng(0)
    seen = 0
    for number in draw.integers(len(grids), size=200):
        doubled = grids[number].copy()
        place = tuple(int(draw.integers(size)) for size in doubled.shape)
        doubled[place] *= 2
        seen += place in making.odd_cells(doubled)
    assert seen >= SEEN * 200
