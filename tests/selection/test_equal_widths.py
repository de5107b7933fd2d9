"""Layers of equal width: counts by hand, nested along sparsity, budgets met exactly, and what cannot be tied so."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ranp.__main__ import main
from ranp.graph import ChannelGraph, trace, verify_shrink
from ranp.plan import load_plan, prune, shrink
from ranp.selection import Limits, PruningConfig, plan_curve, ranked_scores
from ranp.types import Scores


class Stages(nn.Module):
    """Two stages as nnU-Net has them: two convolutions each, the second stage with a residual; then a head."""

    def __init__(self, first: int = 6, second: int = 12) -> None:
        super().__init__()
        self.a1, self.a2 = nn.Conv3d(1, first, 3, padding=1), nn.Conv3d(first, first, 3, padding=1)
        self.b1, self.b2 = nn.Conv3d(first, second, 3, padding=1), nn.Conv3d(second, second, 3, padding=1)
        self.c = nn.Conv3d(second, second, 3, padding=1)
        self.head = nn.Conv3d(second, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        start = torch.relu(self.b1(torch.relu(self.a2(torch.relu(self.a1(volume))))))
        return self.head(torch.relu(self.c(torch.relu(self.b2(start)))) + start)


GROUPS = (("a1", "a2"), ("b1", "b2", "c"))


def drawn(graph: ChannelGraph, seed: int) -> Scores:
    draw = torch.Generator().manual_seed(seed)
    return {name: torch.rand(layer.neurons, generator=draw) for name, layer in graph.layers.items()}


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    return trace(Stages(), (torch.empty(1, 1, 6, 6, 6),))


def config(sparsity: float | None = None, **more: Any) -> PruningConfig:
    return PruningConfig("vanilla", sparsity, **{"equal_widths": GROUPS, **more})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sparsity", [0.0, 0.2, 0.45, 0.7])
def test_a_group_keeps_the_mean_of_what_its_layers_would(graph: ChannelGraph, seed: int, sparsity: float) -> None:
    scores = drawn(graph, seed)
    apart = prune(graph, scores, PruningConfig("vanilla", sparsity)).kept_counts
    equal = prune(graph, scores, config(sparsity)).kept_counts
    means = [math.floor(Fraction(sum(apart[name] for name in group), len(group)) + Fraction(1, 2)) for group in GROUPS]
    assert means[0] != means[1], "no group has to give way in this test"
    assert [[equal[name] for name in group] for group in GROUPS] == [
        [mean] * len(group) for mean, group in zip(means, GROUPS, strict=True)
    ]


def test_each_layer_keeps_its_own_best(graph: ChannelGraph) -> None:
    scores = drawn(graph, seed=5)
    plan = prune(graph, scores, config(0.5))
    for name in ("a1", "a2", "b2"):  # b1 and c are added, so they choose together
        best = scores[name].topk(plan.kept_counts[name]).indices
        assert plan.kept[name].nonzero().flatten().tolist() == sorted(best.tolist())
    assert torch.equal(plan.kept["b1"], plan.kept["c"])
    assert not torch.equal(plan.kept["a1"], plan.kept["a2"])


def test_the_shrunk_network_computes_what_the_masked_one_does(graph: ChannelGraph) -> None:
    network = Stages()
    plan = prune(graph, drawn(graph, seed=1), config(0.5))
    verify_shrink(network, graph, plan.kept)
    small = shrink(network, graph, plan.kept)
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params


@pytest.mark.parametrize("seed", range(6))
def test_widths_fall_along_sparsity_and_never_meet(seed: int) -> None:
    graph = trace(Stages(7, 8), (torch.empty(1, 1, 4, 4, 4),))
    limits = Limits(graph, ranked := ranked_scores(graph, drawn(graph, seed), config(0.5)), config(0.5))
    curve = plan_curve(graph, ranked, config(0.5), limits.sparsities)
    first, second = (curve.kept[:, curve.layers.index(name)] for name in ("a1", "b1"))
    assert (curve.kept[1:] <= curve.kept[:-1]).all()
    assert ((first != second) | (first == 0)).all()
    assert (first == curve.kept[:, curve.layers.index("a2")]).all()
    assert (second == curve.kept[:, curve.layers.index("c")]).all()


def test_a_point_of_a_curve_is_the_plan_at_its_sparsity() -> None:
    graph = trace(Stages(7, 8), (torch.empty(1, 1, 4, 4, 4),))
    scores, grid = drawn(graph, seed=3), [0.0, 0.31, 0.32, 0.6, 0.77, 0.9]
    curve = plan_curve(graph, scores, config(0.5), grid)
    for point, sparsity in enumerate(grid):
        assert list(prune(graph, scores, config(sparsity)).kept_counts.values()) == curve.kept[point].tolist()


@pytest.mark.parametrize("kind", ["macs", "memory", "params"])
@pytest.mark.parametrize("share", [0.8, 0.4, 0.3])
def test_a_budget_is_met_by_the_largest_plan_that_meets_it(graph: ChannelGraph, kind: str, share: float) -> None:
    scores = drawn(graph, seed=7)
    cost = {"macs": "macs", "memory": "activations", "params": "params"}[kind]
    plan = prune(graph, scores, config(budget=(kind, share)))
    sparsities = Limits(graph, ranked_scores(graph, scores, config(0.5)), config(0.5)).sparsities
    every = [prune(graph, scores, config(sparsity)) for sparsity in sparsities]
    within = [
        getattr(one.pruned, cost) for one in every if getattr(one.pruned, cost) <= share * getattr(one.full, cost)
    ]
    assert getattr(plan.pruned, cost) == max(within)
    assert len({plan.kept_counts[name] for name in GROUPS[1]}) == 1


def test_floors_hold_for_a_whole_group(graph: ChannelGraph) -> None:
    scores = drawn(graph, seed=2)
    assert set(prune(graph, scores, config(0.9, protect=("a1",))).kept_counts.values()) >= {6}
    capped = prune(graph, scores, config(0.95, caps=(("b2", 0.25),))).kept_counts
    assert [capped[name] for name in GROUPS[1]] == [9, 9, 9]


def test_two_groups_at_the_least_stay_of_different_width() -> None:
    network = nn.Sequential(*(nn.Conv3d(*channels, 1) for channels in ((1, 6), (6, 6), (6, 9), (9, 9), (9, 2))))
    graph = trace(network, (torch.empty(1, 1, 4, 4, 4),))
    groups = (("0", "1"), ("2", "3"))
    kept = prune(graph, drawn(graph, 0), config(0.95, min_neurons=2, equal_widths=groups)).kept_counts
    assert sorted({kept["0"], kept["2"]}) == [2, 3]
    assert (kept["0"], kept["2"]) == (kept["1"], kept["3"])


def test_groups_that_share_a_neuron_are_one(graph: ChannelGraph) -> None:
    scores = drawn(graph, seed=4)
    joined = prune(graph, scores, config(0.4, equal_widths=(("b2", "b1"), ("c",)))).kept
    together = prune(graph, scores, config(0.4, equal_widths=(("b2", "b1", "c"),))).kept
    assert all(torch.equal(joined[name], together[name]) for name in joined)


def test_layers_of_different_width_keep_the_same_share(graph: ChannelGraph) -> None:
    for sparsity in (0.3, 0.55):
        kept = prune(graph, drawn(graph, seed=8), config(sparsity, equal_widths=(("a1", "b2"),))).kept_counts
        assert kept["b2"] == 2 * kept["a1"]


def test_it_is_in_the_plan_and_comes_back(graph: ChannelGraph, tmp_path: Path) -> None:
    prune(graph, drawn(graph, seed=0), config(0.5)).save(tmp_path / "plan")
    assert load_plan(tmp_path / "plan").config.equal_widths == GROUPS
    document = tmp_path / "plan" / "plan.json"
    older = json.loads(document.read_text())
    del older["equal_widths"]
    document.write_text(json.dumps(older))
    assert load_plan(tmp_path / "plan").config.equal_widths == ()


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("a1", "must be groups of layer names"),
        ((("a1", 3),), "must be groups of layer names"),
        ((("a1",), ("a1", "a2")), "each layer once, and names 'a1' again"),
    ],
)
def test_what_is_no_group(groups: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PruningConfig(equal_widths=groups)


class Partly(nn.Module):
    """The second half of ``wide`` is added to ``narrow``; a group norm takes neurons in pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv3d(1, 8, 1), nn.Conv3d(1, 4, 1)
        self.pairs, self.norm = nn.Conv3d(1, 8, 1), nn.GroupNorm(4, 8)
        self.head = nn.Conv3d(20, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        wide = self.wide(volume)
        added = wide[:, 4:] + self.narrow(volume)
        return self.head(torch.cat([wide, added, torch.relu(self.norm(self.pairs(volume)))], 1))


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (("wide", "narow"), "did you mean 'narrow'"),
        (("wide", "narrow"), "share some neurons and not others"),
        (("pairs", "narrow"), "'pairs' cannot have one width with others"),
    ],
)
def test_what_cannot_have_one_width(group: tuple[str, ...], said: str) -> None:
    graph = trace(Partly(), (torch.empty(1, 1, 4, 4, 4),))
    with pytest.raises(ValueError, match=said):
        prune(graph, drawn(graph, 0), PruningConfig("vanilla", 0.3, equal_widths=(group,)))


def test_the_command_line_reads_groups_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("groups.json").write_text('[["encoder1.conv1", "encoder1.conv2"]]')
    Path("object.json").write_text("{}")
    prune_it = ["prune", "unet3d", "--set", "base_channels=4", "--method", "random", "--sparsity", "0.3"]
    assert main([*prune_it, "--equal-widths", "groups.json", "--json"]) == 0
    kept = {layer["name"]: layer for layer in json.loads(capsys.readouterr().out)["layers"]}
    first, second = kept["encoder1.conv1"], kept["encoder1.conv2"]
    assert first["kept"] * second["neurons"] == second["kept"] * first["neurons"]
    with pytest.raises(SystemExit):
        main([*prune_it, "--equal-widths", "object.json"])
    assert "must hold a list of groups of layers" in capsys.readouterr().err
