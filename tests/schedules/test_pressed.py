"""Sparse regularisation by hand: what the loss has more, who is pressed, and who goes in the end."""

import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.schedules import Ground, Schedule, Scheduled, Size
from ranp.schedules.entries import belonging, by_name, touching
from ranp.schedules.kinds.group_sparsity import group_sizes
from ranp.selection import PruningConfig
from ranp.training import Ran
from tests.cases import CASES
from tests.schedules.ground import Asked, ground, network, run

HALF = PruningConfig("vanilla", budget=("macs", 0.5))


def begun(schedule: str, works: Ground, done: float = 0.0) -> Scheduled:
    """The schedule once that share of the training is over."""
    made = Schedule.read(schedule).make(works)
    made.begin(torch.optim.SGD(works.model.parameters(), lr=0.1))
    if done:
        made.after(Ran(step=1, done=done), 1.0)
    return made


def gradients(made: Scheduled) -> dict[str, Tensor]:
    """Those of what is added to the loss."""
    penalty = made.penalty()
    assert penalty is not None
    penalty.backward()
    return {name: each.grad for name, each in made.model.named_parameters() if each.grad is not None}


def test_only_the_neuron_that_is_to_go_is_pressed() -> None:
    works = ground(network(norm=True), HALF, Asked())
    made = begun("sparse:strength=0.5,start=0.3,end=0.6", works)
    assert made.penalty() is None, "nothing is pressed before the line is drawn"
    made.after(Ran(step=1, done=0.35), 1.0)
    conv, norm, out = works.model[0], works.model[1], works.model[3]
    penalty = made.penalty()
    assert penalty is not None
    parts = (conv.weight[0], conv.bias[0], norm.weight[0], norm.bias[0])
    assert penalty.item() == pytest.approx(0.5 * sum(part.detach().abs().sum().item() for part in parts))
    found = gradients(made)
    assert torch.equal(found["0.weight"][0], 0.5 * conv.weight[0].sign())
    assert not found["0.weight"][1].any(), "the stronger neuron trains as if nothing were there"
    assert found["1.weight"].tolist() == [0.5, 0.0]
    assert out.weight.grad is None, "what reads the neuron is not pressed"


def test_what_was_pressed_goes_at_the_end() -> None:
    asked = Asked()
    pressed = ground(network(), HALF, asked)
    made, _ = run("sparse:start=0,end=1", pressed)
    assert asked.widths == [2], "scored once, before the first step"
    assert made.kept["0"].tolist() == [False, True]
    assert pressed.meter.sizes == [Size(0, pressed.meter.full), Size(3, pressed.meter.full // 2)]
    assert made.penalty() is None, "what is gone is not pressed"


def test_three_steps_of_pressing_are_three_steps_of_the_same_loss() -> None:
    """Two neurons, three steps of gradient descent, against the loss written out."""
    works = ground(network(), HALF, Asked())
    made = begun("sparse:strength=0.2,start=0,end=1", works)
    ours = torch.optim.SGD(works.model.parameters(), lr=0.1)
    other = network()
    theirs = torch.optim.SGD(other.parameters(), lr=0.1)
    volumes = torch.randn(4, 1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    for _ in range(3):
        penalty = made.penalty()
        assert penalty is not None
        ours.zero_grad()
        (works.model(volumes).square().mean() + penalty).backward()
        ours.step()
        theirs.zero_grad()
        own = other[0].weight[0].abs().sum() + other[0].bias[0].abs()
        (other(volumes).square().mean() + 0.2 * own).backward()
        theirs.step()
    for name, parameter in works.model.named_parameters():
        assert torch.allclose(parameter, dict(other.named_parameters())[name], atol=1e-6), name
    assert works.model[0].weight[0].abs().sum() < network()[0].weight[0].abs().sum()


@pytest.mark.parametrize("layer", [nn.Conv3d(3, 4, 2), nn.ConvTranspose3d(3, 4, 2), nn.Conv3d(4, 4, 2, groups=2)])
def test_group_sizes_are_those_written_out(layer: nn.Module) -> None:
    model = nn.Sequential(nn.Conv3d(1, layer.in_channels, 1), layer, nn.Conv3d(4, 1, 1))  # type: ignore[arg-type]
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),))
    weight, of = layer.weight.detach(), graph.layers["1"]
    assert isinstance(weight, Tensor)
    transposed = isinstance(layer, nn.ConvTranspose3d)
    filters = [weight[:, each] if transposed else weight[each] for each in range(4)]
    lasso = torch.stack([part.norm() for part in filters])
    rooted = torch.stack([sum(kernel.norm() for kernel in part).sqrt() for part in filters])  # type: ignore[union-attr]
    assert torch.allclose(group_sizes(of, weight, kernels=False), lasso, atol=1e-5)
    assert torch.allclose(group_sizes(of, weight, kernels=True), rooted, atol=1e-5)


def test_all_filters_but_the_outputs_are_pressed_and_the_weakest_go() -> None:
    asked = Asked()
    works = ground(network(), HALF, asked)
    made = begun("group:strength=2,groups=filters,end=0.6", works)
    weight = works.model[0].weight
    found = gradients(made)
    for neuron in (0, 1):
        assert torch.allclose(found["0.weight"][neuron], 2 * weight[neuron] / weight[neuron].norm(), atol=1e-6)
    assert set(found) == {"0.weight"}, "neither biases nor the output"
    made, _ = run("group:end=0.6", ground(network(), HALF, asked))
    assert asked.widths == [2], "scored where it is cut down"
    assert made.kept["0"].tolist() == [False, True]
    assert made.ground.meter.sizes[-1].step == 2


def test_a_neuron_at_zero_has_a_slope_that_is_finite() -> None:
    model = network()
    nn.init.zeros_(model[0].weight)
    for groups in ("kernels", "filters"):
        made = begun(f"group:groups={groups}", ground(model, HALF, Asked()))
        assert all(each.isfinite().all() for each in gradients(made).values())
        model.zero_grad()


@pytest.mark.parametrize("case", ["unet3d", "upsampler"])
def test_entries_of_neurons_are_those_that_the_masked_network_lacks(case: str) -> None:
    """With all that touches the other neurons at zero, the full network answers as the shrunk one."""
    given = CASES[case]()
    inputs = given.batches[0][0]
    graph = ranp.trace(given.model, inputs)
    kept = graph.resolve({name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()}, "all")
    small = ranp.shrink(given.model, graph, kept, verify=False).eval()
    parameters = by_name(given.model)
    every, own = touching(graph, parameters, kept), belonging(graph, parameters, kept)
    assert all(not (entries & ~every[name]).any() for name, entries in own.items() if entries.any()), "a part of all"
    for silent in (every, own):
        with torch.no_grad():
            for name, entries in silent.items():
                parameters[name][entries] = 0
            assert torch.allclose(given.model.eval()(inputs), small(inputs), atol=1e-5)
        fresh = CASES[case]().model
        given.model.load_state_dict(fresh.state_dict())


@pytest.mark.parametrize("schedule", ["sparse:start=0.8", "sparse:start=0.75"])
def test_pressing_needs_room(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"sparse:start must be below sparse:end"):
        Schedule.read(schedule).make(ground(network(8), HALF, Asked()))
