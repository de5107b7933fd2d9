"""How long a measurement takes, and what is left out and priced by the rest where it takes too long."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ranp
from ranp.graph import ChannelGraph
from ranp.timing import STEPS, Machine, TimePrices, Work, estimate, estimating, make_table, read_work, table_bytes
from ranp.timing import table_from as read
from ranp.timing.amounts import amount
from ranp.timing.filling import filled
from ranp.timing.grid import axes
from ranp.timing.kept import Kept
from ranp.timing.measure import Timed
from ranp.timing.work import Example, merged_tasks

BATCH = 2


@pytest.fixture(scope="module")
def network() -> tuple[nn.Module, ChannelGraph]:
    model = nn.Sequential(nn.Conv3d(1, 40, 3), nn.BatchNorm3d(40), nn.ReLU(), nn.Conv3d(40, 24, 3), nn.Conv3d(24, 2, 1))
    return model, ranp.trace(model, (torch.empty(1, 1, 8, 8, 8),))


@pytest.fixture(scope="module")
def work(network: tuple[nn.Module, ChannelGraph]) -> Work:
    return read_work(*network, "training", BATCH)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which a multiply-add takes a microsecond, and an element a tenth of one."""

    def timed(example: Example, widths: tuple[int, ...], device: torch.device) -> Timed:
        by_width = "convolution" in example.operation.name
        return Timed(1e-6 * amount(example, widths) if by_width else 1e-7 * example.elements(widths), 0.0)

    monkeypatch.setattr(estimating, "time_example", timed)
    monkeypatch.setattr("ranp.timing.making.time_example", timed)


def test_the_amount_of_a_convolution_is_its_multiply_adds(network: tuple[nn.Module, ChannelGraph], work: Work) -> None:
    """By the channel graph's own count, at all widths: a backward pass has two of a forward one's."""
    total = 0
    for call in work.calls:
        task = work.tasks[call.task]
        if call.sets and "backward" not in call.task:
            total += amount(task.examples[0], task.full)
    assert total == BATCH * network[1].cost().macs
    forward = next(work.tasks[call.task] for call in work.calls if call.sets)
    assert amount(forward.examples[0], [13]) * 40 == amount(forward.examples[0], [40]) * 13


@pytest.mark.usefixtures("slow")
def test_with_little_time_what_takes_most_of_the_step_comes_first(work: Work) -> None:
    full = estimate([work], budget=1e9)
    assert (full.step, full.timed, full.share) == (STEPS[0], None, 1.0)
    coarse = next(found for budget in np.geomspace(1e9, 1, 100) if (found := estimate([work], budget=budget)).timed)
    assert coarse.step == STEPS[-1]
    assert coarse.timed is not None
    assert 0.5 < coarse.share < 1
    assert Counter(work.tasks[key].by_width for key in coarse.timed).keys() == {True, False}
    less = estimate([work], budget=coarse.seconds / 2)
    assert less.share < coarse.share
    assert less.seconds <= coarse.seconds / 2


@pytest.mark.usefixtures("slow")
def test_without_time_for_a_single_operation_a_sentence_says_so(work: Work) -> None:
    with pytest.raises(ValueError, match=r"timing one operation on the coarsest grid takes about .* allow more time"):
        estimate([work], budget=1e-6)


@pytest.mark.usefixtures("slow")
def test_what_is_kept_takes_no_time_again(work: Work, network: tuple[nn.Module, ChannelGraph], tmp_path: Path) -> None:
    machine = ranp.timing.this_machine()
    before = estimate([work], budget=1e9, folder=tmp_path, machine=machine)
    make_table(*network, [work], "net", before.step, tmp_path, within=replace(before, whole=0.0))
    after = estimate([work], budget=1e9, folder=tmp_path, machine=machine)
    assert after.step == before.step
    assert after.seconds < before.seconds / 2  # whole steps are timed each time
    assert Kept(tmp_path, merged_tasks([work])[0], before.step, Machine("other", "cpu", 1, "")).read() is None


@pytest.mark.usefixtures("slow")
def test_a_table_in_part_prices_the_rest_by_what_was_timed(
    work: Work, network: tuple[nn.Module, ChannelGraph], tmp_path: Path
) -> None:
    """Where time follows amounts, a table of a part is that of all."""
    model, graph = network
    within = next(found for budget in np.geomspace(1e9, 1, 100) if (found := estimate([work], budget=budget)).timed)
    assert within.timed is not None
    part = make_table(model, graph, [work], "net", within.step, tmp_path, within=replace(within, whole=0.0))
    assert len(list(tmp_path.iterdir())) == len(within.timed)
    assert part.measured == within.share < 1
    assert part.errors == {}
    table = read(table_bytes(part), "table.json")
    assert table.measured == pytest.approx(part.measured)
    whole = make_table(
        model, graph, [work], "net", within.step, tmp_path, within=replace(within, timed=None, whole=0.0)
    )
    half = graph.resolve({name: torch.arange(each.neurons) < each.neurons / 2 for name, each in graph.layers.items()})
    for kept in (None, half):
        expected = TimePrices(graph, work, whole).at(kept)
        assert TimePrices(graph, work, table).at(kept) == pytest.approx(expected, rel=1e-3)


def test_what_was_timed_stays_as_it_is(work: Work) -> None:
    tasks = merged_tasks([work])
    grid = next(task for task in tasks if task.by_width)
    one = ranp.timing.Grid(
        tuple(np.array(axis, float) for axis in axes(grid, 128)), np.ones([*map(len, axes(grid, 128))])
    )
    other = next(task for task in tasks if not task.by_width)
    size = ranp.timing.Sizes(np.array([10.0]), np.array([5.0]))
    found = filled(tasks, {grid.key: one, other.key: size}, 128)
    assert found.keys() == {task.key for task in tasks}
    assert found[grid.key] is one
    assert found[other.key] is size
    assert all((each.seconds > 0).all() for each in found.values())


def test_a_device_that_is_not_there_is_named(
    work: Work, network: tuple[nn.Module, ChannelGraph], tmp_path: Path
) -> None:
    for call in (
        lambda: estimate([work], "xpu:7"),
        lambda: make_table(*network, [work], "net", 8, tmp_path, "xpu:7"),
    ):
        with pytest.raises(ValueError, match=r"this machine has no device 'xpu:7'; use cpu"):
            call()
