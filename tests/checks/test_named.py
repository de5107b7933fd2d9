"""Contestants by name, and labels that tell them apart."""

import json
from pathlib import Path

import pytest
import torch

from ranp.checks import CONTESTANTS, CONTROLS, Check, Contestant, given, named, race
from ranp.checks.contestants import Shared, Start
from ranp.plan import prune
from ranp.selection import METHODS, PruningConfig
from ranp.subject import Subject
from ranp.training import Alone
from tests.selection.test_widths import scores_of

SUBJECT = Subject("unet3d", arguments={"base_channels": 4})


def test_every_name_is_settings_and_its_own_label() -> None:
    usual = PruningConfig(budget=("macs", 0.25))
    assert set(METHODS) < set(CONTESTANTS)
    assert set(CONTROLS) < set(CONTESTANTS)
    assert [Contestant(named(name, usual)).label for name in CONTESTANTS] == list(CONTESTANTS)
    assert Contestant(named("worst", usual, "vanilla")).label == "worst, widths of vanilla"
    with pytest.raises(ValueError, match="method must be one of"):
        named("best", usual)


def test_labels_say_what_is_unlike_the_default() -> None:
    for config, label in (
        (PruningConfig("ranp-f", criterion="grasp"), "ranp-f, criterion grasp"),
        (PruningConfig("random", criterion="grasp"), "random"),
        (PruningConfig("ranp-m", coupling="all", reduce="max"), "ranp-m, reduce max, coupling all"),
        (PruningConfig("vanilla", allocation="normed"), "vanilla, allocation normed"),
    ):
        assert Contestant(config).label == label
    assert Contestant(PruningConfig("ranp-f", criterion="l1"), "kept").label == "ranp-f, criterion l1, weights kept"


def test_labels_of_one_check_differ() -> None:
    pairs = [(0.0, 1.0), (0.5, 80.0)]
    blends = [Contestant(PruningConfig("blend", budget=("macs", 0.25), alpha=alpha, lam=lam)) for alpha, lam in pairs]
    twice = [Contestant(PruningConfig("random")), Contestant(PruningConfig("random", seed=1))]
    check = Check(SUBJECT, (Contestant(), *blends, *twice))
    assert check.labels == (
        "full",
        "blend, alpha 0, lambda 1",
        "blend, alpha 0.5, lambda 80",
        "random (1)",
        "random (2)",
    )


def test_a_race_of_names_has_one_budget_and_fills_it() -> None:
    check = race(SUBJECT, ("vanilla", "shuffled", "thin"))
    configs = [each.pruning for each in check.contestants[1:] if each.pruning]
    assert [config.budgets for config in configs] == [(("macs", 0.25),)] * 3
    assert {config.fill for config in configs} == {"yes"}
    assert configs[1].method == "vanilla"
    assert {each.pruning.fill for each in race(SUBJECT, ("thin",), sparsity=0.5).contestants if each.pruning} == {"no"}
    assert Check.from_dict(json.loads(json.dumps(check.as_dict()))) == check


def test_a_check_of_before_leaves_what_is_left_over() -> None:
    document = json.loads(json.dumps(race(SUBJECT, ("ranp-f",)).as_dict()))
    for key in ("fill", "pick"):
        del document["contestants"][1]["pruning"][key]
    for key in ("plan", "plan_sha256"):
        del document["contestants"][1][key]
    found = Check.from_dict(document).contestants[1].pruning
    assert found is not None
    assert (found.fill, found.pick) == ("no", "best")


def test_a_plan_of_a_file_is_a_contestant(tmp_path: Path) -> None:
    graph = SUBJECT.network(0).trace()
    plan = prune(graph, scores_of(graph), PruningConfig("layerwise", 0.5))
    plan.save(tmp_path / "mine.zip")
    contestant = given(tmp_path / "mine.zip", "kept")
    assert contestant.label == "plan mine.zip, weights kept"
    check = Check(SUBJECT, (contestant,), seeds=(3,))
    assert Check.from_dict(json.loads(json.dumps(check.as_dict()))) == check
    found = Start(check, Shared(check), 3, Alone("cpu")).plan(contestant)
    assert found is not None
    assert all(torch.equal(found.kept[name], plan.kept[name]) for name in plan.kept)
    prune(graph, scores_of(graph), PruningConfig("layerwise", 0.6)).save(tmp_path / "mine.zip")
    with pytest.raises(ValueError, match="has changed since it was chosen"):
        Start(check, Shared(check), 3, Alone("cpu")).plan(contestant)
    with pytest.raises(ValueError, match="there is no plan"):
        given(tmp_path / "none.zip")
    other = Check(Subject("unet3d"), (given(tmp_path / "mine.zip"),))
    with pytest.raises(ValueError, match="made for another width"):
        Start(other, Shared(other), 0, Alone("cpu")).plan(other.contestants[0])
