"""Checks that go by the seconds of a time table: which one, that it is read as it was, and what it decides."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ranp.checks import Check, Contestant, run_check, usual_table
from ranp.checks.contestants import Shared, Start
from ranp.models import Recipe
from ranp.plan import prune
from ranp.selection import PruningConfig
from ranp.subject import Subject, library_network
from ranp.timing import (
    SHIPPED,
    TableFile,
    TimePrices,
    TimeTable,
    keep_table,
    read_work,
    shipped_table,
    table_file,
    this_machine,
    time_pricers,
    write_table,
)
from ranp.training import Alone
from tests.timing.test_timing import made_up

RECIPE = Recipe(steps=1, batch_size=3, train_examples=4, test_examples=2)
ARGUMENTS = {"base_channels": 4}
SUBJECT = Subject("unet3d", "classroom-shapes", arguments=ARGUMENTS)
CONFIGS = {
    "budget": PruningConfig("random", budget=(("time", 0.6), ("macs", 0.9))),
    "inference": PruningConfig("random", budget=("inference", 0.7)),
    "snap": PruningConfig("random", sparsity=0.3, snap="add"),
    "ranp-t": PruningConfig("ranp-t", budget=("macs", 0.5), min_neurons=1),
    "blend": PruningConfig("blend", sparsity=0.3, time_share=0.5, min_neurons=1),
}


@pytest.fixture(scope="module")
def table() -> TimeTable:
    """Of a small network, for both kinds of step, with seconds that follow from widths and elements."""
    network = library_network("unet3d", "classroom-shapes", ARGUMENTS, 0, "xavier")
    graph = network.trace()
    training, inference = (
        made_up(read_work(network.shapes(), graph, kind, 2), constant=0.0) for kind in ("training", "inference")
    )
    return replace(
        training,
        grids={**inference.grids, **training.grids},
        sizes={**inference.sizes, **training.sizes},
        constants={"training": 0.0, "inference": 0.0},
    )


@pytest.fixture
def named(table: TimeTable, tmp_path: Path) -> TableFile:
    write_table(table, tmp_path / "table.json")
    return table_file(tmp_path / "table.json")


@pytest.mark.parametrize("name", CONFIGS)
def test_a_contestant_is_pruned_by_the_table(name: str, named: TableFile) -> None:
    """The same neurons as the library keeps with the table's prices; without a table the check is refused."""
    config = replace(CONFIGS[name], seed=1)
    check = Check(SUBJECT, (Contestant(config),), seeds=(1,), recipe=RECIPE, time_table=named)
    again = Check.from_dict(json.loads(json.dumps(check.as_dict())))
    assert again == check
    start = Start(again, Shared(again), 1, Alone("cpu"))
    plan = start.plan(again.contestants[0])
    graph, model = start.shared.graph, start.model()
    scores = start.scores(config) if config.method in ("ranp-t", "blend") else None
    expected = prune(graph, scores, config, pricers=time_pricers(named.read(), model, graph))
    assert plan is not None
    assert plan.kept_counts == expected.kept_counts
    assert all(torch.equal(plan.kept[layer], expected.kept[layer]) for layer in plan.kept)
    with pytest.raises(
        ValueError, match=r"needs a time table: give the check one \(time_table, or --time-table FILE\)"
    ):
        replace(check, time_table=None)


def test_a_budget_of_time_is_met_by_what_is_trained(named: TableFile) -> None:
    check = Check(SUBJECT, (Contestant(), Contestant(CONFIGS["budget"])), recipe=RECIPE, time_table=named)
    full, pruned = run_check(check)
    assert (full.reason, pruned.reason) == (None, None)
    assert 0 < pruned.used["time"] <= 1


def test_the_seconds_decide(table: TimeTable, named: TableFile, tmp_path: Path) -> None:
    """One layer that takes a thousand times as long is cut more by ranp-t, and by no other method."""
    network = library_network("unet3d", "classroom-shapes", ARGUMENTS, 0, "xavier")
    graph = network.trace()
    work = read_work(network.shapes(), graph, batch=2)
    layer = next(name for name in graph.layers if graph.layers[name].neurons >= 8)
    slow = {call.task for call in work.calls if call.owner == layer and call.sets}
    grids = {
        key: replace(grid, seconds=1000 * grid.seconds) if key in slow else grid for key, grid in table.grids.items()
    }
    write_table(replace(table, grids=grids), tmp_path / "slow.json")

    def kept(method: str, by: TableFile) -> int:
        contestant = Contestant(PruningConfig(method, sparsity=0.4, min_neurons=1))
        check = Check(SUBJECT, (contestant,), recipe=RECIPE, time_table=by)
        plan = Start(check, Shared(check), 0, Alone("cpu")).plan(contestant)
        assert plan is not None
        return plan.kept_counts[layer]

    other = table_file(tmp_path / "slow.json")
    assert kept("ranp-t", other) < kept("ranp-t", named)
    assert kept("ranp-f", other) == kept("ranp-f", named)


def test_a_table_that_changed_or_is_gone_is_the_reason(table: TimeTable, named: TableFile) -> None:
    """Of those alone that need it: the full network and others are trained."""
    check = Check(SUBJECT, (Contestant(), Contestant(CONFIGS["snap"])), recipe=RECIPE, time_table=named)
    write_table(replace(table, batch=3), Path(named.path))
    full, snapped = run_check(check)
    assert full.reason is None
    assert snapped.reason is not None
    assert "has changed since it was chosen; bring it back, or choose it again" in snapped.reason
    Path(named.path).unlink()
    _, snapped = run_check(check)
    assert snapped.reason is not None
    assert snapped.reason.startswith(f"there is no time table {named.path} on this machine")


def test_a_table_of_another_network_is_the_reason() -> None:
    other = usual_table(Subject("psmnet"))
    check = Check(SUBJECT, (Contestant(CONFIGS["ranp-t"]),), recipe=RECIPE, time_table=other)
    [entry] = run_check(check)
    assert entry.reason is not None
    assert "the time table is of another network or input size (psmnet, preset classroom)" in entry.reason


def test_the_usual_table_is_the_machine_s_own_or_comes_with_the_preset(
    table: TimeTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    shipped = usual_table(Subject("unet3d", "classroom-tissue"))
    assert shipped is not None
    assert shipped.path == f"{SHIPPED}unet3d-classroom-tissue"
    expected = shipped_table("unet3d", "classroom-tissue")
    assert expected is not None
    assert shipped.read().grids.keys() == expected.grids.keys()
    assert usual_table(SUBJECT) is None
    network = SUBJECT.network(0)
    mine = replace(table, machine=this_machine())
    keep_table(tmp_path / "times", network.provenance, network.inputs(), mine)
    own = usual_table(SUBJECT)
    assert own is not None
    assert own.read().machine == this_machine()
    keep_table(tmp_path / "times", network.provenance, network.inputs(), replace(mine, date="tomorrow"))
    again = usual_table(SUBJECT)
    assert again is not None
    assert again != own
    assert own.read().date == mine.date, "what was asked for before stays as it was"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("shipped:unet3d-paper", "no time table 'shipped:unet3d-paper' comes with this version"),
        ("shipped:../../unet3d-classroom", "comes with this version"),
        ("/nowhere/table.json", "there is no time table /nowhere/table.json on this machine"),
    ],
)
def test_a_table_that_is_not_there_is_told_in_a_sentence(path: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TableFile(path, "0").read()


def test_documents_of_before_and_of_strangers() -> None:
    check = Check(Subject("unet3d"), (Contestant(),))
    document = check.as_dict()
    assert document.pop("time_table") is None
    assert Check.from_dict(document) == check
    for wrong in ({"path": 3, "sha256": "0"}, {"path": "a"}, "table.json"):
        with pytest.raises(ValueError, match=r"named by a path and a hash|cannot be read"):
            Check.from_dict({**document, "time_table": wrong})


def test_prices_of_the_check_are_those_of_the_table_s_batch(named: TableFile) -> None:
    """Whatever the recipe trains with: 2 examples here, 3 there."""
    check = Check(SUBJECT, (Contestant(CONFIGS["budget"]),), recipe=RECIPE, time_table=named)
    shared = Shared(check)
    work = read_work(shared.network.shapes(), shared.graph, batch=2)
    expected = TimePrices(shared.graph, work, named.read()).at()
    assert shared.pricers(CONFIGS["budget"])["time"].price(None) == expected


@pytest.mark.parametrize("name", CONFIGS)
def test_seconds_are_those_of_a_network_cut_once(name: str, named: TableFile) -> None:
    """A later round would ask the table of the full network for widths of a smaller one."""
    contestant = Contestant(CONFIGS[name], schedule="gradual")
    [entry] = run_check(Check(SUBJECT, (contestant,), recipe=RECIPE, time_table=named))
    assert entry.reason is not None
    assert "do not go with a schedule in several rounds; leave them out, or prune in one" in entry.reason
    once = replace(contestant, schedule="after")
    [entry] = run_check(Check(SUBJECT, (once,), recipe=RECIPE, time_table=named))
    assert entry.reason is None
