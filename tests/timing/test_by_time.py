"""Choosing by time: layers weighed by the seconds of a table, in the library and on the command line."""

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ranp
from ranp.__main__ import main
from ranp.checks import Check
from ranp.cli.commands.train import add_check, chosen_check
from ranp.graph import ChannelGraph
from ranp.plan import Plan, load_plan, prune
from ranp.queue import Database, jobs
from ranp.selection import PruningConfig
from ranp.subject import library_network
from ranp.timing import TimePrices, TimeTable, read_table, read_work, shipped, table_file, write_table
from tests.timing.test_timing import Net, made_up

Traced = tuple[nn.Module, ChannelGraph]


@pytest.fixture(scope="module")
def network() -> Traced:
    model = Net()
    return model, ranp.trace(model, (torch.empty(1, 1, 6, 6, 6),))


def scores_of(graph: ChannelGraph) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(2)
    return {name: torch.rand(layer.neurons, generator=draw) + 0.1 for name, layer in graph.layers.items()}


def prices_of(network: Traced, table: TimeTable | None = None) -> TimePrices:
    work = read_work(*network, "training", 2)
    return TimePrices(network[1], work, table or made_up(work))


def planned(graph: ChannelGraph, prices: TimePrices, *settings: Any, **more: Any) -> Plan:
    return prune(graph, scores_of(graph), PruningConfig(*settings, **more), pricers={"time": prices.pricer()})


def doubled(network: Traced, table: TimeTable, layer: str) -> TimeTable:
    """The table with one cell twice as large: that of the layer's convolution at its full widths."""
    calls = [call for call in read_work(*network, "training", 2).calls if call.owner == layer]
    key = next(call.task for call in calls if '"aten.convolution.default"' in call.task)
    grid = table.grids[key]
    seconds = grid.seconds.copy()
    seconds[(-1,) * seconds.ndim] *= 2
    return replace(table, grids={**table.grids, key: replace(grid, seconds=seconds)})


def test_a_layer_is_weighed_by_its_seconds_in_the_full_network(network: Traced) -> None:
    prices = prices_of(network)
    plan = planned(network[1], prices, "ranp-t", 0.5)
    assert dict(plan.config.layer_costs) == prices.layer_costs()
    by_hand = PruningConfig("vanilla", 0.5, allocation="measured", layer_costs=plan.config.layer_costs)
    other = prune(network[1], scores_of(network[1]), by_hand)
    assert all(torch.equal(other.kept[name], mask) for name, mask in plan.kept.items())


def test_one_cell_that_is_doubled_makes_another_plan(network: Traced) -> None:
    """The mutation check: the layer that takes longer loses more of its neurons, and its step is priced anew."""
    graph, table = network[1], made_up(read_work(*network, "training", 2))
    even = {key: replace(grid, seconds=np.ones_like(grid.seconds)) for key, grid in table.grids.items()}
    prices = prices_of(network, replace(table, grids=even))
    other = prices_of(network, doubled(network, prices.table, "deep"))
    assert other.at() > prices.at()
    assert other.layer_costs()["deep"] > prices.layer_costs()["deep"]
    before, after = (planned(graph, each, "ranp-t", 0.5, lam=150.0) for each in (prices, other))
    assert after.kept_counts["deep"] < before.kept_counts["deep"]
    assert after.step_costs[0].full > before.step_costs[0].full


NETWORK = ["unet3d", "--set", "base_channels=2"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the network of the command line, at batch 2, with other seconds for an inference."""
    found = library_network("unet3d", "classroom", {"base_channels": 2}, 0, "xavier")
    graph = found.trace()
    tables = {kind: made_up(read_work(found.model, graph, kind, 2)) for kind in ("training", "inference")}
    both = replace(
        tables["training"],
        grids={**tables["inference"].grids, **tables["training"].grids},
        sizes={**tables["inference"].sizes, **tables["training"].sizes},
        constants={"training": 0.5, "inference": 0.25},
        errors={"training": 0.0, "inference": 0.0},
    )
    path = tmp_path_factory.mktemp("table") / "table.json"
    write_table(both, path)
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_by_time_on_the_command_line(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is at the batch of the table, tells both kinds of step, and keeps the seconds by which it was made."""
    by_time = ["--allocation", "time", "--method", "random", "--time-table", table]
    found = printed(capsys, "prune", *NETWORK, *by_time, "--sparsity", "0.3", "--out", str(tmp_path / "plan"))
    for cost in ("step_seconds", "inference_seconds"):
        assert 0 < found["pruned"][cost] < found["full"][cost]
    assert found["full"]["inference_seconds"] < found["full"]["step_seconds"]
    assert {cost["budget"]: cost["terms"]["batch"] for cost in found["step_costs"]} == {
        "peak": 2, "time": 2, "inference": 2
    }  # fmt: skip
    plan = load_plan(tmp_path / "plan")
    assert set(dict(plan.config.layer_costs)) == set(plan.kept)
    assert main(["show", str(tmp_path / "plan")]) == 0
    said = capsys.readouterr().out
    assert "training step  " in said
    assert "inference  " in said
    both = printed(capsys, "diff", str(tmp_path / "plan"), str(tmp_path / "plan"))
    assert both["first"]["pruned"]["step_seconds"] == found["pruned"]["step_seconds"]


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    """The table of layers, by their names."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_the_table_of_layers_has_their_seconds_and_says_whose(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, timed = ["prune", *NETWORK, "--method", "random", "--sparsity", "0.3"], ["--time-table", table]
    found = printed(capsys, *plan, *timed, "--out", str(tmp_path / "plan"))
    assert load_plan(tmp_path / "plan").step_costs[1].layers == {}, "the plan's file keeps what steps take in all"
    rows = rows_of(tmp_path / "plan" / "layers.csv")
    network = library_network("unet3d", "classroom", {"base_channels": 2}, 0, "xavier")
    graph, kept = network.trace(), load_plan(tmp_path / "plan").kept
    for kind, cost in (("training", "step_seconds"), ("inference", "inference_seconds")):
        prices = TimePrices(graph, read_work(network.shapes(), graph, kind, 2), read_table(Path(table)))
        before, after = prices.by_owner(), prices.by_owner(kept)
        for layer in found["layers"]:
            row = rows[layer["name"]]
            assert float(row[cost]) == layer[cost] == before[layer["name"]]
            assert float(row[f"pruned_{cost}"]) == layer[f"pruned_{cost}"] == after[layer["name"]]
            assert row[f"{cost}_by"] == "a machine (cpu, 1 thread), batch 2, off by +0% when that was measured"
        assert 0 < sum(float(row[f"pruned_{cost}"]) for row in rows.values()) < found["pruned"][cost]

    again = tmp_path / "again.csv"
    printed(capsys, "export", str(tmp_path / "plan"), "--format", "csv", *timed, "--out", str(again))
    assert rows_of(again) == rows
    printed(capsys, "export", str(tmp_path / "plan"), "--format", "csv", "--out", str(again))
    assert {"step_seconds", "inference_seconds"}.isdisjoint(next(iter(rows_of(again).values()))), "nobody knows them"
    assert main(["export", str(tmp_path / "plan"), "--format", "masks", *timed]) == 2
    assert "--time-table has no use with format 'masks'" in capsys.readouterr().err


def test_a_plan_that_cannot_be_built_has_no_seconds_after(network: Traced, tmp_path: Path) -> None:
    plan = planned(network[1], prices_of(network), "random", 0.97)
    assert not plan.feasible
    plan.save(tmp_path / "plan")
    rows = rows_of(tmp_path / "plan" / "layers.csv").values()
    assert all(float(row["step_seconds"]) > 0 and row["pruned_step_seconds"] == "" for row in rows)


@pytest.mark.slow
def test_a_profile_and_masks_of_others_tell_seconds(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timed = ["--time-table", table]
    found = printed(capsys, "profile", *NETWORK, *timed)
    assert found["batch_size"] == 2, "the table's"
    assert set(found["step"]) == {"time", "inference"}
    layers = sum(layer["step_seconds"] for layer in found["layers"])
    assert 0 < layers < found["total"]["step_seconds"]
    assert main(["profile", *NETWORK, *timed]) == 0
    assert "training step: at batch 2 on a machine (cpu, 1 threads)" in capsys.readouterr().out
    assert main(["profile", *NETWORK, "--batch", "3", *timed]) == 2
    assert "expected a time table of batches of 3, got one of batches of 2" in capsys.readouterr().err

    printed(capsys, "prune", *NETWORK, "--method", "random", "--sparsity", "0.3", "--out", str(tmp_path / "plan"))
    masks = str(tmp_path / "masks.safetensors")
    printed(capsys, "export", str(tmp_path / "plan"), "--format", "torch-prune", "--out", masks)
    taken = printed(capsys, "import", masks, *NETWORK, *timed)
    assert taken["full"]["step_seconds"] == found["total"]["step_seconds"]
    assert 0 < taken["pruned"]["step_seconds"] < taken["full"]["step_seconds"]


@pytest.mark.slow
def test_a_curve_tells_the_seconds_of_every_point(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["curve", *NETWORK, "--method", "random", "--points", "5", "--time-table", table]
    found = printed(capsys, *arguments)
    assert "peak_training_bytes" not in found
    for cost in ("step_seconds", "inference_seconds"):
        assert len(found[cost]) == 5
        assert found[cost][-1] < found[cost][0]
    plan = printed(capsys, "prune", *NETWORK, "--method", "random", "--sparsity", "0.4", "--time-table", table)
    assert plan["pruned"]["step_seconds"] == pytest.approx(found["step_seconds"][2])
    assert main(arguments) == 0
    assert "training step at batch 2  inference at batch 2" in capsys.readouterr().out


@pytest.mark.slow
def test_of_time_macs_and_peak_all_are_met(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each of the three decides once, by being the one that is nearest to its end."""
    decided = set()
    for shares in ({"time": 0.7, "macs": 0.9, "peak": 0.95}, {"time": 0.95, "macs": 0.4, "peak": 0.95},
                   {"time": 0.95, "macs": 0.9, "peak": 0.7}):  # fmt: skip
        budgets = [word for kind, share in shares.items() for word in ("--budget", f"{kind}={share}")]
        found = printed(capsys, "prune", *NETWORK, "--method", "random", *budgets, "--time-table", table)
        used = {
            kind: found["pruned"][cost] / found["full"][cost] / shares[kind]
            for kind, cost in (("time", "step_seconds"), ("macs", "macs"), ("peak", "peak_training_bytes"))
        }
        assert max(used.values()) <= 1
        decided.add(max(used, key=lambda kind: used[kind]))
    assert decided == {"time", "macs", "peak"}


def test_a_snapped_plan_on_the_command_line(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "prune",
        *NETWORK,
        "--method",
        "random",
        "--sparsity",
        "0.3",
        "--snap",
        "add",
        "--out",
        str(tmp_path / "p"),
    ]
    found = printed(capsys, *arguments, "--time-table", table)
    plan = load_plan(tmp_path / "p")
    assert plan.snapped is not None
    assert found["snapped"]["seconds_after"] == plan.snapped.seconds_after == found["pruned"]["step_seconds"]
    assert main(["show", str(tmp_path / "p")]) == 0
    assert "fast widths: " in capsys.readouterr().out
    assert main(arguments) == 2
    assert "--snap needs --time-table FILE" in capsys.readouterr().err


@pytest.mark.slow
def test_a_race_by_time_is_of_the_network_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own, or else the one that comes with the task's network."""
    arguments = ["race", "motion", "--method", "ranp-t", "--out", str(tmp_path / "races.json")]
    assert printed(capsys, *arguments)["races"] == {}
    tables = Path(shipped.__file__).with_name("tables")
    assert printed(capsys, *arguments, "--time-table", str(tables / "mobilenetv2-classroom.json"))["races"] == {}
    assert main([*arguments, "--time-table", str(tables / "unet3d-classroom.json")]) == 2
    assert "of another network" in capsys.readouterr().err


def test_a_budget_of_an_inference(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    budget = ["--method", "random", "--budget", "inference=0.7"]
    found = printed(capsys, "prune", *NETWORK, *budget, "--time-table", table)
    assert found["pruned"]["inference_seconds"] <= 0.7 * found["full"]["inference_seconds"]
    assert main(["prune", *NETWORK, *budget]) == 2
    assert "a budget of inference needs --time-table FILE" in capsys.readouterr().err


def asked(*arguments: str) -> Check:
    parser = argparse.ArgumentParser()
    add_check(parser)
    return chosen_check(parser.parse_args([*NETWORK, *arguments]))


def test_a_check_by_time_names_its_table(table: str) -> None:
    check = asked("--method", "ranp-f", "--method", "ranp-t", "--time-table", table)
    again = Check.from_dict(json.loads(json.dumps(check.as_dict())))
    assert again == check
    assert check.time_table == table_file(Path(table))
    assert asked("--method", "ranp-f", "--time-table", table).time_table is None
    with pytest.raises(ValueError, match=r"'ranp-t', which weighs .* needs --time-table FILE.* none comes with unet3d"):
        asked("--method", "ranp-t")


def test_snapped_networks_stand_beside_the_plain_ones(table: str) -> None:
    """Within a budget the plain one is filled up neuron by neuron, which would undo what snapping does."""
    check = asked("--budget", "time=0.5", "--snap", "off", "--snap", "add", "--snap", "drop", "--time-table", table)
    configs = [each.pruning for each in check.contestants if each.pruning is not None]
    assert [(each.snap, each.fill) for each in configs] == [("off", "yes"), ("add", "no"), ("drop", "no")]
    assert check.labels == ("full", "ranp-f", "ranp-f, snap add", "ranp-f, snap drop")
    with pytest.raises(ValueError, match="snap does not go with equal_widths, multiple, fill or pick"):
        asked("--budget", "time=0.5", "--snap", "add", "--fill", "yes", "--time-table", table)


@pytest.mark.slow
def test_training_tells_whose_seconds_it_goes_by(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    short = ["--steps", "1", "--batch-size", "1", "--no-full"]
    found = printed(
        capsys, "train", *NETWORK, *short, "--method", "random", "--budget", "time=0.8", "--time-table", table
    )
    [entry] = found["entries"]
    assert entry["reason"] is None
    assert 0.9 < entry["used"]["time"] <= 1
    assert found["notes"][-1].startswith("Seconds are those of net at batch 2 on a machine (cpu, 1 thread), by a time ")
    assert f"in {table}: how far it is off on this machine is not known." in found["notes"][-1]


@pytest.mark.slow
def test_a_sweep_by_time_names_its_table(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "timed", *NETWORK, "--method", "ranp-t", "--sparsity", "0.3", "--enqueue-only"]
    database = ["--database", str(tmp_path / "studies.db")]
    assert main([*arguments, *database]) == 2
    assert "needs --time-table FILE" in capsys.readouterr().err
    assert printed(capsys, *arguments, *database, "--time-table", table)["added"] == 2
    found = jobs(Database(database[1]), study="timed")
    assert [job.check and job.check.time_table for job in found] == [table_file(Path(table))] * 2
    other = tmp_path / "other.json"
    write_table(replace(read_table(Path(table)), date="another day"), other)
    assert main([*arguments, *database, "--time-table", str(other)]) == 2
    assert "goes by the seconds of another time table" in capsys.readouterr().err


def test_a_sweep_at_amounts_of_time(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "amounts", *NETWORK, "--budget", "time=900ms,0.5", "--snap", "off", "--snap", "add"]
    database = ["--database", str(tmp_path / "studies.db")]
    assert printed(capsys, *arguments, "--enqueue-only", *database, "--time-table", table)["added"] == 5
    assert main([*arguments, "--search", "2", *database, "--time-table", table]) == 2
    assert "a search takes one snap, not 2" in capsys.readouterr().err


def test_both_steps_are_read_from_one_table(network: Traced) -> None:
    """An inference is a budget of its own, beside the training step."""
    model, graph = network
    work = {kind: read_work(model, graph, kind, 2) for kind in ("training", "inference")}
    pricers = {
        budget: TimePrices(graph, work[kind], made_up(work[kind], constant=0.0)).pricer()
        for budget, kind in (("time", "training"), ("inference", "inference"))
    }
    config = PruningConfig("vanilla", budget=(("time", 0.8), ("inference", 0.6)))
    plan = prune(graph, scores_of(graph), config, pricers=pricers)
    shares = {cost.cost: (cost.pruned or np.inf) / cost.full for cost in plan.step_costs}
    assert shares["step_seconds"] <= 0.8
    assert shares["inference_seconds"] <= 0.6
