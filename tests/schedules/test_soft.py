"""Soft pruning by hand: what is set to zero goes on to learn, may come back, and goes only in the end."""

import pytest
import torch
from torch import nn

from ranp.schedules import Ground, Schedule
from ranp.selection import PruningConfig
from ranp.training import Ran
from tests.schedules.ground import Asked, ground, network, run

HALF = PruningConfig("vanilla", budget=("macs", 0.5))


def reached(schedule: str, works: Ground, done: float) -> None:
    """What the schedule does once that share of the training is over."""
    made = Schedule.read(schedule).make(works)
    made.begin(torch.optim.Adam(works.model.parameters()))
    made.after(Ran(step=1, done=done), 1.0)


def moment(schedule: str, done: float, asked: Asked) -> tuple[nn.Module, nn.Module]:
    """The network before and after the moment at that share of the training."""
    works, before = ground(network(), HALF, asked), network()
    reached(schedule, works, done)
    return before, works.model


def test_the_weaker_of_two_neurons_is_set_to_zero_and_stays_in_the_network() -> None:
    before, now = moment("soft:moments=3", 1 / 3, Asked())
    assert now[0].weight.shape == before[0].weight.shape
    assert not now[0].weight[0].any()
    assert not now[0].bias[0]
    assert torch.equal(now[0].weight[1], before[0].weight[1])
    assert torch.equal(now[2].weight, before[2].weight), "what reads the neuron is left, so that it can come back"


def test_it_may_be_weakened_instead() -> None:
    before, now = moment("soft:moments=3,decay=0.9", 1 / 3, Asked())
    assert torch.allclose(now[0].weight[0], before[0].weight[0] * 0.9 * (1 - 1 / 3))
    assert torch.equal(now[0].weight[1], before[0].weight[1])


def test_what_was_zero_learns_and_comes_back() -> None:
    asked = Asked()
    works = ground(network(), HALF, asked)
    score, asked.widths = asked.score, []

    def turned(model: nn.Module, graph: object, kept: object) -> object:
        asked.reverse = bool(asked.widths)  # the first neuron is the weaker one at first, and the stronger one later
        return score(model, graph, kept)  # type: ignore[arg-type]

    object.__setattr__(works, "score", turned)
    made, _ = run("soft:moments=3", works)
    assert asked.widths == [2, 2, 2], "the full network is scored each time"
    assert made.kept["0"].tolist() == [True, False]
    assert works.model[0].weight.abs().sum() > 0, "it has learnt since it was zero"
    assert works.model[0].out_channels == 1


def test_the_last_moment_takes_norm_statistics_anew() -> None:
    works = ground(network(4, norm=True), HALF, Asked())
    run("soft:moments=2,end=0.67", works)
    assert works.model[0].out_channels == works.model[1].num_features == 2
    found = {charge.phase: charge.macs for charge in works.meter.bill}
    assert found["statistics"] == 5 * works.meter.sizes[-1].macs
    assert [size.step for size in works.meter.sizes] == [0, 3]


def test_what_goes_may_rise_over_the_moments() -> None:
    def zeros(schedule: str) -> int:
        works = ground(network(64), PruningConfig("vanilla", budget=("macs", 0.5)), Asked())
        reached(schedule, works, 1 / 8)
        return int((works.model[0].weight.flatten(1).abs().sum(1) == 0).sum())

    assert zeros("soft:moments=8") == 32
    assert zeros("soft:moments=8,asymptotic=yes") in (24, 25), "three quarters after an eighth"


def test_what_rises_cannot_go_by_seconds() -> None:
    timed = PruningConfig("vanilla", budget=("time", 0.5))
    with pytest.raises(ValueError, match="a time table prices the full network cut once"):
        Schedule.read("soft:asymptotic=yes").make(ground(network(), timed, Asked()))
    Schedule.read("soft").make(ground(network(), timed, Asked()))


def test_a_weight_norms_directions_are_never_zero() -> None:
    model = network()
    model[0] = nn.utils.parametrizations.weight_norm(model[0])
    works = ground(model, HALF, Asked())
    reached("soft:moments=3", works, 1 / 3)
    weight = model[0].weight
    assert weight.isfinite().all()
    assert not weight[0].any()
    assert weight[1].any()
