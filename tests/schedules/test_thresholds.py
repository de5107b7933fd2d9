"""Learnt thresholds by hand: how far a step moves them, who is silent, and that the limit is met in the end."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.schedules import Ground, Schedule, Size
from ranp.schedules.excess import excess, most_allowed
from ranp.schedules.kinds.thresholds import Thresholds
from ranp.selection import PruningConfig
from ranp.training import Ran
from tests.cases import CASES
from tests.schedules.ground import Asked, ground, network, run

HALF = PruningConfig("vanilla", budget=("macs", 0.5))
VOLUMES = torch.randn(4, 1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
RELATIVE = torch.tensor([2 / 3, 4 / 3])
"""Scores of 1 and 2 over their mean."""


def begun(schedule: str, works: Ground) -> tuple[Thresholds, torch.optim.Optimizer]:
    made = Schedule.read(schedule).make(works)
    assert isinstance(made, Thresholds)
    optimizer = torch.optim.SGD(works.model.parameters(), lr=0.3)
    made.begin(optimizer)
    return made, optimizer


def felt(model: nn.Module, gates: tuple[float, float] = (1, 1)) -> Tensor:
    """The derivative of the loss by a gate on each neuron, by hand."""
    gate = torch.tensor(gates, dtype=torch.float32, requires_grad=True)
    answers = model[1](model[0](VOLUMES) * gate.view(1, 2, 1, 1, 1))  # type: ignore[index]
    model[2](answers).square().mean().backward()  # type: ignore[index]
    assert gate.grad is not None
    return gate.grad


def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(VOLUMES).square().mean().backward()
    optimizer.step()


def moved(before: float, by: Tensor, far: float, temperature: float = 0.25) -> float:
    """The threshold after a step in which the gates' derivatives were these."""
    gate = torch.sigmoid((RELATIVE - before) / temperature)
    return max(0.0, before + far * float((gate * (1 - gate) / temperature * by).sum()))


def test_a_step_moves_the_threshold_as_written_out() -> None:
    works = ground(network(), HALF, Asked())
    made, optimizer = begun("thresholds:moments=1,end=1,rate=3,strength=0.7", works)
    # twice what is allowed, of which each of the two neurons makes up as much as is allowed
    by = felt(network()) + 0.7
    step(works.model, optimizer)
    made.after(Ran(step=1, done=1 / 3), 1.0)
    assert made.thresholds["0"] == pytest.approx(moved(0.0, by, 3 / 3), rel=1e-4)
    assert made.thresholds["2"] == 0, "the output stays whole"
    before, now = made.thresholds["0"], network()
    gates = (1.0, 1.0) if before < 2 / 3 else (0.0, 1.0)
    made._silence.lift(works.model)
    now.load_state_dict(works.model.state_dict())
    made._fall()
    by = felt(now, gates) + (0.7 if before < 2 / 3 else 0)
    step(works.model, optimizer)
    made.after(Ran(step=2, done=2 / 3), 1.0)
    assert made.thresholds["0"] == pytest.approx(moved(before, by, 3 / 3), rel=1e-3)


def test_who_is_below_is_silent_and_rests_until_the_threshold_falls() -> None:
    works = ground(network(norm=True), HALF, Asked())
    made, optimizer = begun("thresholds:moments=2,end=1,rate=1e-6", works)
    made.thresholds["0"] = 1.0
    made._silence.lift(works.model)
    made._fall()
    conv, norm = works.model[0], works.model[1]
    whole = network(norm=True)
    assert not conv.weight[0].any()
    assert (norm.weight[0], norm.bias[0]) == (0, 0)
    assert torch.equal(conv.weight[1], whole[0].weight[1])
    step(works.model, optimizer)
    made.thresholds["0"] = 0.5
    made.after(Ran(step=1, done=0.1), 1.0)
    assert torch.equal(conv.weight[0], whole[0].weight[0]), "it comes back as it was"
    assert not torch.equal(conv.weight[1], whole[0].weight[1])
    made.thresholds["0"] = 99.0
    assert made.gates["0"].tolist() == [False, True], "the best is always let through"


def test_under_the_limit_the_loss_alone_moves_thresholds() -> None:
    works = ground(network(), PruningConfig("vanilla", budget=("macs", 1.0)), Asked())
    made, optimizer = begun("thresholds:moments=1,end=1,rate=3,strength=1e6", works)
    by = felt(network())
    step(works.model, optimizer)
    made.after(Ran(step=1, done=1 / 3), 1.0)
    assert made.thresholds["0"] == pytest.approx(moved(0.0, by, 3 / 3), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize(
    "config",
    [HALF, PruningConfig("ranp-f", sparsity=0.4), PruningConfig("vanilla", budget=(("macs", 0.5), ("params", 0.4))),
     PruningConfig("layerwise", allocation="by-hand", layer_sparsities=(("0", 0.3),), sparsity=0.4)],
)  # fmt: skip
def test_the_limit_is_met_in_the_end_whatever_was_learnt(config: PruningConfig) -> None:
    asked = Asked()
    works = ground(network(16), config, asked)
    made, _ = run("thresholds:moments=2,end=0.6,rate=1e-6", works, steps=5)
    assert asked.widths == [16, 16], "scored before the first step, and in the middle"
    assert [size.step for size in works.meter.sizes] == [0, 3]
    plan = made.plan()
    assert plan is not None
    if config.sparsity is not None:
        assert plan.achieved_sparsity == pytest.approx(0.4, abs=0.06)
    for kind, share in config.budgets:
        assert getattr(plan.pruned, kind) <= share * getattr(plan.full, kind)  # type: ignore[operator]
    kept = made.kept["0"]
    assert kept[-int(kept.sum()) :].all(), "of one layer the highest scores stay"


def test_a_layer_with_a_higher_threshold_loses_more() -> None:
    def left(threshold: float) -> list[int]:
        model = nn.Sequential(nn.Conv3d(1, 8, 1), nn.ReLU(), nn.Conv3d(8, 8, 1), nn.ReLU(), nn.Conv3d(8, 1, 1))
        works = ground(model, PruningConfig("vanilla", budget=("macs", 0.5)), Asked())
        made, _ = begun("thresholds:moments=1,end=0.5,rate=1e-6", works)
        made.thresholds["2"] = threshold
        made.after(Ran(step=1, done=0.5), 1.0)
        return [int(made.kept[name].sum()) for name in ("0", "2")]

    even, raised = left(0.0), left(0.8)
    assert even[0] == even[1]
    assert raised[0] > even[0] > raised[1]


def test_what_a_unit_adds_is_what_goes_with_it() -> None:
    given = CASES["unet3d"]()
    graph = ranp.trace(given.model, given.batches[0][0])
    kept = graph.resolve({name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()}, "all")
    units = graph.unit_kept(kept)
    some = {int(of[of > 0][0]) for of in graph.layer_units.values() if (of > 0).any()}
    assert len(some) > 3
    for kind in ("macs", "params", "activations"):
        grows = graph.cost_by_unit(kind, kept)
        for unit in some:
            with_it, without = units.copy(), units.copy()
            with_it[unit], without[unit] = True, False
            costs = [
                getattr(graph.cost({name: torch.from_numpy(each[of]) for name, of in graph.layer_units.items()}), kind)
                for each in (with_it, without)
            ]
            assert grows[unit] == costs[0] - costs[1], (kind, unit)
    found = excess(graph, most_allowed(graph, PruningConfig(sparsity=0.25)), kept)
    neurons = sum(layer.neurons for layer in graph.layers.values())
    assert found.above == pytest.approx(sum(int(mask.sum()) for mask in kept.values()) / (0.75 * neurons) - 1)


def test_of_two_limits_the_tighter_one_counts() -> None:
    graph = ranp.trace(network(8), (torch.empty(1, 1, 4, 4, 4),))
    both = PruningConfig(budget=(("macs", 0.8), ("params", 0.2)))
    assert excess(graph, most_allowed(graph, both), graph.resolve({})).above == pytest.approx(4, rel=1e-6)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (PruningConfig("random", budget=("macs", 0.5)), "the method 'random' has none of a criterion"),
        (PruningConfig("magnitude", budget=("macs", 0.5)), "the method 'magnitude' has none of a criterion"),
        (replace(HALF, budget=("peak", "1MiB")), "limits of macs, memory, params or a sparsity, not of peak"),
        (replace(HALF, budget=("time", 0.5)), "not of time"),
    ],
)
def test_what_cannot_be_learnt_is_said(config: PruningConfig, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Schedule.read("thresholds").make(ground(network(8), config, Asked()))


def test_the_bill_is_that_of_the_full_network_until_the_end() -> None:
    works = ground(network(), HALF, Asked())
    run("thresholds:moments=1,end=0.6", works)
    assert works.meter.sizes == [Size(0, works.meter.full), Size(2, works.meter.full // 2)]
