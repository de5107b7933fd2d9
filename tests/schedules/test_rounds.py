"""Schedules by hand: two neurons, three steps; and what a round of more neurons removes."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import ranp
from ranp.models import Recipe
from ranp.schedules import STEP, Schedule, Size
from ranp.selection import PruningConfig
from ranp.training import train
from tests.schedules.ground import Asked, Volumes, ground, network, run

HALF = PruningConfig("vanilla", budget=("macs", 0.5))


@pytest.mark.parametrize(
    ("schedule", "step"),
    [("early:at=1", 1), ("early:at=0.6", 2), ("after:pretraining=0.3", 1), ("after:pretraining=0", 0),
     ("gradual:rounds=1,start=0.1,end=0.67", 3), ("soft:moments=1", 3)],
)  # fmt: skip
def test_of_two_neurons_one_goes_at_its_step(schedule: str, step: int) -> None:
    works = ground(network(), HALF, Asked())
    full = works.meter.full
    made, trained = run(schedule, works)
    assert trained.steps == 3
    assert made.kept["0"].tolist() == [False, True], "the second neuron scores higher"
    assert works.model[0].out_channels == works.model[2].in_channels == 1
    sizes = [Size(0, full), Size(step, full // 2)] if step else [Size(0, full // 2)]
    assert works.meter.sizes == sizes
    plan = made.plan()
    assert plan is not None
    assert (plan.kept_counts["0"], plan.pruned.macs, plan.config) == (1, full // 2, HALF)
    steps = {"full": 4 * STEP * full * step, "final": 4 * STEP * (full // 2) * (3 - step)}
    found = {charge.phase: charge.macs for charge in works.meter.bill}
    assert {phase: macs for phase, macs in found.items() if phase in steps} == {
        phase: macs for phase, macs in steps.items() if macs
    }
    assert found["scoring"] == STEP * 2 * full
    assert works.meter.peak == (2000 if step else 1000)


def test_what_is_left_trains_on_like_the_full_network_with_the_other_neuron_at_zero() -> None:
    """One round by hand: a step of the full network, the first neuron out, two steps of the rest."""
    works = ground(network(), HALF, Asked())
    run("early:at=1", works)

    class Silenced(nn.Module):
        """The full network, whose first neuron says nothing after the first step."""

        def __init__(self) -> None:
            super().__init__()
            self.inner, self.calls = network(), 0

        def forward(self, volumes: torch.Tensor) -> torch.Tensor:
            self.calls += self.training
            mask = torch.tensor([1.0 if self.calls <= 1 else 0.0, 1.0]).view(1, 2, 1, 1, 1)
            return self.inner[2](self.inner[1](self.inner[0](volumes)) * mask)

    other = Silenced()
    recipe = Recipe(steps=3, batch_size=4, learning_rate=0.05, train_examples=8, test_examples=8, evaluations=1)
    train(other, Volumes(), recipe, seed=0)  # type: ignore[arg-type]
    assert torch.allclose(works.model[0].weight[0], other.inner[0].weight[1], atol=1e-6)
    assert torch.allclose(works.model[2].weight[0, 0], other.inner[2].weight[0, 1], atol=1e-6)


def test_gradual_follows_the_cubic_ramp_and_scores_what_is_left() -> None:
    asked = Asked()
    works = ground(network(64), PruningConfig("vanilla", budget=("macs", 0.25)), asked)
    made, _ = run("gradual:rounds=3,start=0,end=0.6", works, steps=10)
    full = works.meter.full
    parts = [1 - (1 - number / 3) ** 3 for number in (1, 2, 3)]
    allowed = [full * (1 - 0.75 * part) for part in parts]
    assert [size.step for size in works.meter.sizes] == [0, 2, 4, 6]
    for size, most in zip(works.meter.sizes[1:], allowed, strict=True):
        assert most - full / 64 < size.macs <= most, "within a neuron of the ramp"
    assert asked.widths == [64, *(round(size.macs / full * 64) for size in works.meter.sizes[1:-1])]
    kept = made.kept["0"]
    assert kept[-int(kept.sum()) :].all(), "the highest scores stay, under their old numbers"


def test_a_sparsity_is_of_all_neurons_in_every_round() -> None:
    works = ground(network(31), PruningConfig("vanilla", sparsity=0.5), Asked())
    made, _ = run("after:rounds=2,pretraining=0.2", works, steps=5)
    assert [size.macs * 31 // works.meter.full for size in works.meter.sizes] == [31, 24, 16]
    at_once, _ = run("early", ground(network(31), PruningConfig("vanilla", sparsity=0.5), Asked()), steps=5)
    assert torch.equal(made.kept["0"], at_once.kept["0"])


def test_each_round_of_training_on_has_its_own_cycle() -> None:
    works = ground(network(8), HALF, Asked())
    made = Schedule.read("after:rounds=2,pretraining=0.5,rate=0.1").make(works)
    found = [made.pace(done) for done in (0.0, 0.25, 0.5, 0.625, 0.75, 0.875)]
    assert found == [(0, 1), (0.5, 1), (0, 0.1), (0.5, 0.1), (0, 0.1), (0.5, 0.1)]
    trained = Schedule.read("after").make(replace(ground(network(8), HALF, Asked()), trained=True))
    assert trained.pace(0.5) == (0.5, 1.0), "a checkpoint is trained already"


def test_early_waits_for_the_gradient_to_settle_and_no_longer_than_asked() -> None:
    works = ground(network(), HALF, Asked())
    run("early:at=flow,change=10,window=1", works, steps=5)
    assert [size.step for size in works.meter.sizes] == [0, 2], "the first that can be compared"
    works = ground(network(), HALF, Asked())
    run("early:at=flow,change=0,window=1,latest=0.8", works, steps=5)
    assert [size.step for size in works.meter.sizes] == [0, 4]


def test_training_ends_when_the_bill_is_spent() -> None:
    full = ranp.trace(network(), (torch.empty(1, 1, 4, 4, 4),)).cost().macs
    allowed = STEP * 4 * full * 3
    works = ground(network(), HALF, Asked(), allowed)
    _, trained = run("early:at=1", works)
    # one step in full, scoring on two examples, and what that leaves for steps of half the price
    left = allowed - STEP * 4 * full - STEP * 2 * full
    assert trained.steps == 1 + -(-left // (STEP * 4 * (full // 2)))
    assert allowed <= works.meter.spent < allowed + STEP * 4 * full
    works = ground(network(), HALF, Asked(), allowed)
    assert run("init", works)[1].steps == 3, "the full network's own steps"


def test_settings_of_the_full_networks_layers_do_not_go_with_rounds() -> None:
    config = PruningConfig("vanilla", budget=("macs", 0.5), caps=(("0", 0.6),))
    with pytest.raises(ValueError, match="caps are told of the full network's layers"):
        Schedule.read("gradual").make(ground(network(8), config, Asked()))
    run("early", ground(network(8), config, Asked()))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("never", "schedule must be one of init, early, gradual, soft"),
        ("init:rounds=2", "'rounds=2' is no setting of the schedule init; it has no settings"),
        ("gradual:rounds", "'rounds' is no setting of the schedule gradual; its settings are rounds, start, end"),
        ("gradual:end=2", "gradual:end must be a number from 0 to 1, not 2"),
        ("soft:asymptotic=1", "soft:asymptotic must be no or yes, not 1"),
        ("early:at=nan", "early:at must be a number from 0 on or flow, not nan"),
        ("after:rounds=2,rounds=3", "says rounds twice"),
    ],
)
def test_what_is_no_schedule_is_said_in_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        Schedule.read(text)


def test_a_ramp_needs_room() -> None:
    with pytest.raises(ValueError, match=r"gradual:start must be below gradual:end, not 0\.5 and 0\.5"):
        Schedule.read("gradual:start=0.5").make(ground(network(8), HALF, Asked()))


def test_texts_come_back() -> None:
    for text in ("init", "gradual:rounds=6,end=0.75", "early:at=flow,latest=0.2", "after:pretraining=0.3"):
        assert Schedule.read(text).text == text
    assert Schedule.read("gradual:end=0.5,rounds=4").text == "gradual", "defaults say nothing"
