"""Dynamic channel propagation by hand: utilities of two neurons over three steps, and who passes a channel on."""

import pytest
import torch
from torch import Tensor, nn

from ranp.schedules import Ground, Schedule, Size
from ranp.schedules.kinds.propagation import Propagation
from ranp.selection import PruningConfig
from ranp.training import Ran
from tests.schedules.ground import Asked, ground, network, run

HALF = PruningConfig("vanilla", budget=("macs", 0.5))
VOLUMES = torch.randn(4, 1, 4, 4, 4, generator=torch.Generator().manual_seed(1))


def begun(schedule: str, works: Ground) -> tuple[Propagation, torch.optim.Optimizer]:
    made = Schedule.read(schedule).make(works)
    assert isinstance(made, Propagation)
    optimizer = descent(works.model)
    made.begin(optimizer)
    return made, optimizer


def descent(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5, weight_decay=0.1)


def step(model: nn.Module, optimizer: torch.optim.Optimizer, gates: tuple[float, float] = (1, 1)) -> Tensor:
    """A step of gradient descent; by how much the loss feels a gate on each neuron's answers."""
    gate = torch.tensor(gates, dtype=torch.float32, requires_grad=True)
    optimizer.zero_grad()
    answers = model[1](model[0](VOLUMES) * gate.view(1, 2, 1, 1, 1))  # type: ignore[index]
    model[2](answers).square().mean().backward()  # type: ignore[index]
    optimizer.step()
    assert gate.grad is not None
    return (gate.grad * gate.detach()).abs()


def test_utilities_are_those_written_out() -> None:
    works, other = ground(network(), HALF, Asked()), network()
    made, ours = begun("propagate:explore=0.9,decay=0.5", works)
    theirs, utility = descent(other), torch.zeros(2)
    for number in (1, 2):
        step(works.model, ours)
        made.after(Ran(step=number, done=number / 3), 1.0)
        felt = step(other, theirs)
        utility = utility * (0.5 + 0.5 * number / 3) + felt / felt.max()
        assert torch.allclose(made.utility["0"], utility, atol=1e-5)
    assert utility.min() < utility.max()


def test_the_less_useful_of_two_is_silent_and_rests() -> None:
    """The second of three steps trains the network as with a gate at zero; the silent neuron keeps what it had."""
    works, other = ground(network(), HALF, Asked()), network()
    made, ours = begun("propagate:moments=1,explore=0.3,decay=0.5", works)
    theirs = descent(other)
    step(works.model, ours)
    made.after(Ran(step=1, done=1 / 3), 1.0)
    weaker = int(step(other, theirs).argmin())
    stronger = 1 - weaker
    assert not works.model[0].weight[weaker].any(), "silent in the next step"
    assert works.model[0].weight[stronger].any()
    rest, utility = other[0].weight[weaker].clone(), made.utility["0"].clone()

    step(works.model, ours)
    made.after(Ran(step=2, done=2 / 3), 1.0)
    step(other, theirs, gates=(0, 1) if weaker == 0 else (1, 0))
    assert torch.allclose(works.model[0].weight[stronger], other[0].weight[stronger], atol=1e-6)
    assert torch.allclose(works.model[2].weight[0, stronger], other[2].weight[0, stronger], atol=1e-6)
    assert torch.allclose(made.utility["0"][weaker], utility[weaker]), "it was passed over, so nothing is forgotten"
    made._silence.lift(works.model)
    assert torch.allclose(works.model[0].weight[weaker], rest, atol=1e-6), "neither momentum nor decay reach it"


def test_who_was_silent_passes_on_again_once_the_other_has_fallen_behind() -> None:
    works = ground(network(), HALF, Asked())
    made, optimizer = begun("propagate:moments=2,explore=0.2", works)
    step(works.model, optimizer)
    made.after(Ran(step=1, done=0.2), 1.0)
    silent = int(made.utility["0"].argmin())
    assert not works.model[0].weight[silent].any()
    made.utility["0"] = torch.tensor([9.0, 0.0] if silent == 0 else [0.0, 9.0])
    step(works.model, optimizer)
    made.after(Ran(step=2, done=0.6), 1.0)
    assert works.model[0].weight[silent].any()
    assert not works.model[0].weight[1 - silent].any()


def test_the_rest_goes_in_the_end_and_nothing_is_scored() -> None:
    asked = Asked()
    works = ground(network(norm=True), HALF, asked)
    made, trained = run("propagate:moments=2,explore=0.3", works)
    assert (asked.widths, trained.steps) == ([], 3)
    assert works.model[0].out_channels == works.model[1].num_features == 1
    assert works.meter.sizes == [Size(0, works.meter.full), Size(3, works.meter.sizes[-1].macs)]
    assert {charge.phase for charge in works.meter.bill} == {"full", "statistics"}
    plan = made.plan()
    assert plan is not None
    assert (plan.scored_by, plan.kept_counts["0"]) == ("elsewhere", 1), "no criterion had a say"


def test_a_method_without_scores_draws_its_own_lines() -> None:
    config = PruningConfig("random", budget=("macs", 0.5), seed=3)
    made, _ = run("propagate:moments=2,explore=0.3", ground(network(8), config, Asked()))
    at_once, _ = run("early", ground(network(8), config, Asked()))
    assert torch.equal(made.kept["0"], at_once.kept["0"])
    plan = made.plan()
    assert plan is not None
    assert plan.scored_by == "random"


def test_exploring_ends_before_the_rest_goes() -> None:
    with pytest.raises(ValueError, match=r"propagate:explore must be below propagate:end, not 0\.5 and 0\.5"):
        Schedule.read("propagate:explore=0.5,end=0.5").make(ground(network(8), HALF, Asked()))
