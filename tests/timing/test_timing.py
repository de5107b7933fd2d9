"""Time tables: what is read of a network, how a plan is priced, and what a file of a table must be."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.graph import ChannelGraph
from ranp.plan import load_plan
from ranp.subject import library_network
from ranp.timing import (
    KINDS,
    REST,
    UPDATE,
    Estimate,
    Grid,
    Machine,
    Sizes,
    TimePrices,
    TimeTable,
    Work,
    make_table,
    making,
    read_table,
    read_work,
    table_bytes,
    table_from,
    write_table,
)
from ranp.timing.grid import axes, edges, sizes_to_time
from ranp.timing.making import this_machine
from ranp.timing.measure import Timed
from ranp.timing.work import merged_tasks

BATCH = 2


class Net(nn.Module):
    """Two branches that meet in a concatenation, a norm in each, and a function that is no module."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv3d(1, 6, 3, padding=1)
        self.right = nn.Conv3d(1, 10, 3, padding=1)
        self.norm = nn.BatchNorm3d(10)
        self.deep = nn.Conv3d(16, 12, 1)
        self.head = nn.Conv3d(12, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.left(x).relu(), self.norm(self.right(x))], 1)
        return self.head(torch.relu(self.deep(both)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def network() -> tuple[nn.Module, ChannelGraph]:
    model = Net()
    return model, ranp.trace(model, (torch.empty(1, 1, 6, 6, 6),))


@pytest.fixture(scope="module")
def work(network) -> Work:
    return read_work(*network, "training", BATCH)


def made_up(work: Work, constant: float = 0.5) -> TimeTable:
    """A grid takes its first width plus 100 times its second; anything else a millionth a element."""
    grids, sizes = {}, {}
    for key, task in work.tasks.items():
        if task.by_width:
            found = [np.array(axis, dtype=np.float64) for axis in axes(task, 8)]
            seconds = found[0] if len(found) == 1 else found[0][:, None] + 100 * found[1][None, :]
            grids[key] = Grid(tuple(found), seconds)
        else:
            elements = np.array([size for size, _, _ in sizes_to_time(task)], dtype=np.float64)
            sizes[key] = Sizes(elements, elements * 1e-6)
    machine = Machine("a machine", "cpu", 1, "2.13")
    return TimeTable("net", work.batch, machine, 8, grids, sizes, {work.kind: constant}, 0.1, {work.kind: 0.0}, 0.0, "")


def kept_of(graph: ChannelGraph, share: float) -> dict[str, torch.Tensor]:
    return graph.resolve(
        {name: torch.arange(layer.neurons) < max(1, layer.neurons * share) for name, layer in graph.layers.items()}
    )


def test_every_operation_of_a_step_is_read_with_its_owner(work) -> None:
    names = [call.task.split('"')[1] for call in work.calls]
    assert names.count("aten.convolution.default") == 4
    assert names.count("aten.convolution_backward.default") == 4
    for owner in ("left", "right", "norm", "deep", "head", UPDATE, REST):
        assert owner in work.owners
    backward = [call.owner for call in work.calls if "convolution_backward" in call.task]
    assert backward == ["head", "deep", "right", "left"]


def test_an_inference_has_no_backward_operations(network) -> None:
    found = read_work(*network, "inference", BATCH)
    assert not any("backward" in call.task or call.owner == UPDATE for call in found.calls)


@pytest.mark.parametrize("share", [1.0, 0.7, 0.3])
def test_the_widths_that_are_priced_are_those_of_the_shrunk_network(network, work, share: float) -> None:
    """Read again from the network that is shrunk, every width and every number of elements is the same."""
    model, graph = network
    kept = kept_of(graph, share)
    small = ranp.shrink(model, graph, kept, verify=False)
    again = read_work(small, ranp.trace(small, (torch.empty(1, 1, 6, 6, 6),)), "training", BATCH)
    counts = work.counts(graph.unit_kept(kept)[:, None])
    for call, other in zip(work.calls, again.calls, strict=True):
        example = again.tasks[other.task].examples
        if call.sets:
            assert tuple(counts[list(call.sets), 0]) == example[0].full
        else:
            elements = sum(constant * counts[list(factors), 0].prod() for constant, factors in call.sizes)
            assert elements in [each.elements(each.full) for each in example]


def test_a_plan_costs_the_sum_of_its_operations_and_the_constant(network, work) -> None:
    """By hand: the four convolutions and their gradients at the widths that are left, all else by its elements."""
    graph = network[1]
    prices = TimePrices(graph, work, made_up(work))
    kept = kept_of(graph, 0.5)
    by_owner = prices.by_owner(kept)
    assert prices.at(kept) == pytest.approx(sum(by_owner.values()) + 0.5)
    # From 16 channels to 12, half of both; the gradient's first argument is the one of the output.
    assert by_owner["deep"] == pytest.approx((8 + 100 * 6) + (6 + 100 * 8), rel=1e-3)
    assert prices.layer_costs()["deep"] == pytest.approx((16 + 100 * 12) + (12 + 100 * 16), rel=1e-3)


def test_a_curve_is_its_plans(network, work) -> None:
    graph = network[1]
    prices = TimePrices(graph, work, made_up(work))
    points = 5
    lifetimes = {name: torch.arange(layer.neurons) % points + 1 for name, layer in graph.layers.items()}
    lifetimes = graph.resolve_lifetimes(lifetimes, points)
    curve = prices.curve(lifetimes, points)
    single = [prices.at({name: lives > point for name, lives in lifetimes.items()}) for point in range(points)]
    assert curve.tolist() == pytest.approx(single)
    assert curve[0] == pytest.approx(prices.at())


def test_a_cell_that_is_doubled_shows(network, work) -> None:
    graph, table = network[1], made_up(work)
    before = TimePrices(graph, work, table).at()
    key = next(iter(table.grids))
    grid = table.grids[key]
    seconds = grid.seconds.copy()
    seconds[(-1,) * seconds.ndim] *= 2
    after = TimePrices(graph, work, replace(table, grids={**table.grids, key: replace(grid, seconds=seconds)})).at()
    uses = sum(call.task == key for call in work.calls)
    assert after - before == pytest.approx(uses * grid.seconds[(-1,) * seconds.ndim])


def test_between_widths_steps_stay_steps() -> None:
    grid = Grid((np.array([1.0, 8.0, 9.0, 16.0]),), np.array([2.0, 2.0, 4.0, 4.0]))
    assert grid.at([np.arange(1.0, 17.0)]).tolist() == [2.0] * 8 + [4.0] * 8


def test_a_grid_of_two_widths_is_read_in_both() -> None:
    grid = Grid((np.array([1.0, 3.0]), np.array([1.0, 2.0])), np.array([[0.0, 1.0], [4.0, 5.0]]))
    assert grid.at([np.array([2.0, 1.0, 3.0]), np.array([1.5, 2.0, 1.0])]).tolist() == [2.5, 1.0, 4.0]


def test_edges_of_vector_units_are_in_the_grid() -> None:
    assert edges(1, 8) == (1,)
    assert {15, 16, 17, 31, 32, 33, 40} <= set(edges(40, 16))


@pytest.fixture(scope="module")
def measured(network, tmp_path_factory) -> tuple[TimeTable, Path]:
    model, graph = network
    folder = tmp_path_factory.mktemp("times")
    both = [read_work(model, graph, kind, BATCH) for kind in KINDS]
    return make_table(model, graph, both, "net", 8, folder), folder


def test_a_table_is_measured_for_both_kinds_of_step(network, measured) -> None:
    model, graph = network
    table, _ = measured
    assert set(table.constants) == set(table.errors) == set(KINDS)
    for kind in KINDS:
        assert TimePrices(graph, read_work(model, graph, kind, BATCH), table).at() > 0
    assert table.machine == this_machine()


def test_what_was_timed_is_not_timed_again(network, measured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement that was cut off goes on: what is kept comes from the folder, and a cut file is measured anew."""
    model, graph = network
    table, folder = measured
    both = [read_work(model, graph, kind, BATCH) for kind in KINDS]
    cut = sorted(folder.iterdir())[0]
    cut.write_bytes(cut.read_bytes()[:20])
    timed = []
    time_anew = making._timed
    monkeypatch.setattr(making, "_timed", lambda task, *rest: timed.append(task.key) or time_anew(task, *rest))
    again = make_table(model, graph, both, "net", 8, folder)
    assert len(timed) == 1
    same = [key for key in table.grids if key not in timed]
    assert same
    for key in same:
        assert np.allclose(again.grids[key].seconds, table.grids[key].seconds, rtol=1e-3)


def test_a_measurement_can_be_called_off(network, tmp_path: Path) -> None:
    model, graph = network

    def enough(done: float, of: float) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    work = read_work(model, graph, "inference", BATCH)
    with pytest.raises(KeyboardInterrupt):
        make_table(model, graph, [work], "net", 8, tmp_path, progress=enough)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_measurement_leaves_the_network_as_it_is(network, work, tmp_path: Path) -> None:
    model, graph = network
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    training = model.training
    make_table(model, graph, [work], "net", 8, tmp_path)
    assert model.training == training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_table_of_another_network_batch_or_kind_is_refused(network, work) -> None:
    model, graph = network
    other = nn.Sequential(nn.Conv3d(1, 5, 3), nn.Conv3d(5, 2, 1))
    other_graph = ranp.trace(other, (torch.empty(1, 1, 6, 6, 6),))
    table = made_up(work)
    with pytest.raises(ValueError, match="of another network or input size"):
        TimePrices(other_graph, read_work(other, other_graph, "training", BATCH), table)
    with pytest.raises(ValueError, match="batches of 3, got one of batches of 2"):
        TimePrices(graph, read_work(model, graph, "training", 3), table)
    with pytest.raises(ValueError, match="no steps of kind inference"):
        TimePrices(graph, read_work(model, graph, "inference", BATCH), table)
    with pytest.raises(ValueError, match="kind training or inference, got 'both'"):
        read_work(model, graph, "both")


def test_a_table_whose_grids_end_elsewhere_is_refused(network, work) -> None:
    """As one that somebody edited: a grid that ends before the network's width, has an axis less, or is no grid."""
    table = made_up(work)
    key, grid = next((key, grid) for key, grid in table.grids.items() if len(grid.axes) == 2)
    others = (
        {**table.grids, key: Grid((grid.axes[0][:-1], grid.axes[1]), grid.seconds[:-1])},
        {**table.grids, key: Grid(grid.axes[:1], grid.seconds[:, 0])},
        {name: each for name, each in table.grids.items() if name != key},
    )
    sizes = {**table.sizes, key: Sizes(np.array([1.0]), np.array([1.0]))}
    for grids in others:
        with pytest.raises(ValueError, match=r"of another network or input size \(net\): 1 of"):
            TimePrices(network[1], work, replace(table, grids=grids, sizes=sizes))


def test_a_network_that_changes_with_its_widths_is_refused() -> None:
    class Fickle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv3d(1, 8, 1), nn.Conv3d(8, 2, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.first(x)
            return self.second(x.relu() if x.shape[1] == 8 else x.sigmoid())  # type: ignore[no-any-return]

    model = Fickle()
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),), check=False)
    with pytest.raises(ValueError, match="calls other operations at other widths"):
        read_work(model, graph, "training", BATCH)


def test_a_table_travels_as_a_file(network, work, tmp_path: Path) -> None:
    table = made_up(work)
    write_table(table, tmp_path / "table.json")
    back = read_table(tmp_path / "table.json")
    assert (back.machine, back.step, back.batch, back.constants) == (table.machine, 8, BATCH, {"training": 0.5})
    assert TimePrices(network[1], work, back).at() == pytest.approx(TimePrices(network[1], work, table).at(), rel=1e-3)


def _changed(document, *path_and_value):
    *path, last, value = path_and_value
    for key in path:
        document = document[next(iter(document)) if key is ... else key]
    document[last] = value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("ranp_time_table", 9), "newer version"),
        (("grids", ..., "seconds", [1.0]), "cells are missing"),
        (("grids", ..., "seconds", "fast"), "cells are missing"),
        (("grids", ..., "axes", [[2, 1]]), "do not ascend"),
        (("grids", ..., "axes", []), "one or two axes"),
        (("sizes", ..., "elements", [0, 1]), "from 1 on"),
        (("sizes", ..., "seconds", [-1.0]), "cells are missing|negative"),
        (("batch", "two"), "'batch' in"),
        (("measured", 0), "measured must be a share above 0"),
        (("ranp_time_table", 0), "ranp_time_table must be at least 1, not 0"),
        (("batch", 0), "batch must be at least 1, not 0"),
        (("machine", "threads", 0), "threads must be at least 1, not 0"),
        (("spread", -0.5), "spread must be at least 0"),
        (("busy", -1), "busy must be at least 0"),
        (("sizes", ..., "elements", [0.5]), "whole numbers from 1 on"),
        (("sizes", ..., "elements", [1e300]), "whole numbers from 1 on"),
        (("constants", {"training": -1.0}), "constants must be"),
        (("per_element", {"training": -1.0}), "per_element must be"),
        (("per_element", {"training": "slow"}), "per_element must be"),
        (("constants", {"dreaming": 1.0}), "constants must be"),
    ],
)
def test_a_table_that_is_wrong_is_refused_in_a_sentence(work, change, said: str) -> None:
    document = json.loads(table_bytes(made_up(work)))
    _changed(document, *change)
    with pytest.raises(ValueError, match=said):
        table_from(json.dumps(document).encode(), "table.json")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e300, 10**400, None, True, "1e-3", [1.0], []])
def test_seconds_are_numbers_and_not_negative(work, value: float) -> None:
    document = json.loads(table_bytes(made_up(work)))
    grid = next(iter(document["grids"].values()))
    row = grid["seconds"]
    while isinstance(row[0], list):
        row = row[0]
    row[0] = value
    words = r"not valid JSON|convolution.* seconds that are negative, or more than|convolution.* cells are missing"
    with pytest.raises(ValueError, match=words):
        table_from(json.dumps(document).encode(), "table.json")


def test_a_budget_of_time_is_met_by_the_smallest_sparsity(network, work) -> None:
    """Time may rise again as neurons go: every sparsity is looked at, and the first that is quick enough is taken."""
    graph, table = network[1], made_up(work)
    prices = TimePrices(graph, work, table)
    scores = {name: torch.rand(layer.neurons) + 0.1 for name, layer in graph.layers.items()}
    config = ranp.PruningConfig("vanilla", budget=("time", 0.7))
    plan = ranp.prune(graph, scores, config, pricers={"time": prices.pricer()})
    assert prices.at(plan.kept) <= 0.7 * prices.at()
    (cost,) = plan.step_costs
    assert (cost.cost, cost.full, cost.pruned) == ("step_seconds", prices.at(), prices.at(plan.kept))
    less = ranp.prune(graph, scores, ranp.PruningConfig("vanilla", sparsity=plan.requested_sparsity - 1e-6))
    assert prices.at(less.kept) > 0.7 * prices.at()


def test_a_price_that_rises_again_is_met_where_all_budgets_are(network, work) -> None:
    """The time's first place is left again by the time that the other budget is met."""
    graph = network[1]
    scores = {name: torch.arange(1.0, layer.neurons + 1) for name, layer in graph.layers.items()}

    def curve(lifetimes: dict[str, torch.Tensor], points: int) -> np.ndarray:
        left = np.array([sum(int((lives > point).sum()) for lives in lifetimes.values()) for point in range(points)])
        return np.where(left % 3 == 0, 0.5, 2.0)  # every third number of neurons is a quick one

    pricer = ranp.selection.Pricer(lambda kept: 1.0 if kept is None else 0.5, {}, curve)
    for share in (0.9, 0.6, 0.4):
        config = ranp.PruningConfig("vanilla", budget=(("macs", share), ("time", 0.6)))
        plan = ranp.prune(graph, scores, config, pricers={"time": pricer})
        assert sum(plan.kept_counts.values()) % 3 == 0
        assert plan.pruned.macs <= share * graph.cost().macs


def test_a_budget_of_time_that_cannot_be_met_says_the_least(network, work) -> None:
    graph = network[1]
    pricer = TimePrices(graph, work, made_up(work)).pricer()
    scores = {name: torch.rand(layer.neurons) + 0.1 for name, layer in graph.layers.items()}
    config = ranp.PruningConfig("vanilla", budget=("time", "1ms"))
    with pytest.raises(ValueError, match=r"a budget of time=1ms cannot be met .*; the least is time=[\d.]+m?s"):
        ranp.prune(graph, scores, config, pricers={"time": pricer})
    with pytest.raises(ValueError, match=r"ranp\.timing"):
        ranp.prune(graph, scores, config)


def test_the_command_measures_and_writes_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.json"
    arguments = ["time", "unet3d", "--set", "base_channels=2", "--batch", "1", "--step", "64", "--out", str(out)]
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    found = read_table(out)
    assert (result["network"], result["batch"]) == (found.network, found.batch) == ("unet3d, preset classroom", 1)
    assert result["seconds"]["training"] > result["seconds"]["inference"] > 0
    assert {"encoder1.conv1", UPDATE} <= {module["name"] for module in result["modules"]}
    assert main(arguments) == 0
    assert "training, ms" in capsys.readouterr().out


def test_a_measurement_that_is_stopped_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle: what is timed is kept and told, and the same command times only the rest."""
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    monkeypatch.setattr(making, "time_example", lambda *_: Timed(1e-5, 0.0))
    time_anew, timed = making._timed, list[str]()

    def stopped(task, *rest):
        if len(timed) == 5:
            raise KeyboardInterrupt
        timed.append(task.key)
        return time_anew(task, *rest)

    arguments = ["time", "unet3d", "--set", "base_channels=2", "--batch", "1", "--step", "128", "--json"]
    monkeypatch.setattr(making, "_timed", stopped)
    assert main(arguments) == 130
    out, error = capsys.readouterr()
    assert out == ""
    assert "stopped with 5 operations timed; the same command goes on from there" in error
    monkeypatch.setattr(making, "_timed", lambda task, *rest: timed.append(task.key) or time_anew(task, *rest))
    assert main(arguments) == 0
    assert len(timed) == len(set(timed)) > 5
    assert json.loads(capsys.readouterr().out)["measured"] == 1.0


def test_a_measurement_of_a_part_says_of_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two cheapest operations alone, as where there is time for no other."""

    def little(work, *_) -> Estimate:
        tasks = merged_tasks(work)
        first = frozenset(next(task.key for task in tasks if task.by_width is sort) for sort in (True, False))
        return Estimate(128, 1.0, first, 0.25, whole=0.0)

    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    monkeypatch.setattr("ranp.cli.commands.time.estimate", little)
    monkeypatch.setattr(making, "time_example", lambda *_: Timed(1e-5, 0.0))
    assert main(["time", "unet3d", "--set", "base_channels=2", "--batch", "1"]) == 0
    said = capsys.readouterr().out
    assert "measured: operations that take 25% of a training step; the others are priced by these" in said
    assert "no whole step was timed: it takes too long" in said


def test_a_budget_of_time_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["unet3d", "--set", "base_channels=4"]
    network = library_network("unet3d", "classroom", {"base_channels": 4}, 0, "xavier")
    read = read_work(network.model, network.trace(), "training", 1)
    write_table(made_up(read, constant=0.0), tmp_path / "table.json")
    table = ["--time-table", str(tmp_path / "table.json")]
    assert main(["prune", *arguments, "--budget", "time=0.5", *table, "--out", str(tmp_path / "p"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["pruned"]["step_seconds"] <= 0.5 * result["full"]["step_seconds"]
    assert load_plan(tmp_path / "p").config.budgets == (("time", 0.5),)
    assert main(["show", str(tmp_path / "p")]) == 0
    assert "by a table of its operations, off by +0% when that was measured" in capsys.readouterr().out
    assert main(["prune", *arguments, "--budget", "time=0.5"]) == 2
    assert "needs --time-table FILE" in capsys.readouterr().err
    assert main(["prune", *arguments, "--budget", "time=0.5", "--batch", "3", *table]) == 2
    assert "batches of 3, got one of batches of 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--batch", "0"], "--batch must be at least 1"),
        (["--threads", "0"], "--threads must be at least 1"),
        (["--within", "-1"], "--within must be a number of seconds above 0, not -1"),
        (["--within", "nan"], "--within must be a number of seconds above 0, not nan"),
        (["--device", "xpu:3"], "this machine has no device 'xpu:3'"),
        (["--batch", "100000000"], "too little memory for a step of 100,000,000 examples; choose a smaller --batch"),
    ],
)
def test_the_command_says_what_makes_no_sense(given, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["time", "unet3d", *given]) == 2
    assert said in capsys.readouterr().err
