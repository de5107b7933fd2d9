"""A network that is cut down while it trains keeps what its optimizer knows, sliced by the channel graph."""

import pytest
import torch
from torch import nn

import ranp
from ranp.graph import ChannelGraph
from ranp.schedules import shrink_in_place
from ranp.types import Masks
from tests.cases import CASES

OPTIMIZERS = {
    "adam": lambda model: torch.optim.Adam(model.parameters(), amsgrad=True),
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
    "groups": lambda model: torch.optim.AdamW([{"params": [each]} for each in model.parameters()]),
}


def half(graph: ChannelGraph) -> Masks:
    """Every other neuron stays."""
    return graph.resolve({name: torch.arange(layer.neurons) % 2 == 0 for name, layer in graph.layers.items()}, "all")


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("case", ["unet3d", "upsampler"])
def test_moments_are_sliced_as_their_parameters_are(case: str, kind: str) -> None:
    given = CASES[case]()
    model, graph = given.model, ranp.trace(given.model, given.batches[0][0])
    optimizer = OPTIMIZERS[kind](model)
    for inputs, target in given.batches:
        optimizer.zero_grad()
        given.loss(model(inputs), target).backward()
        optimizer.step()
    kept = half(graph)
    names = [name for name, _ in model.named_parameters()]
    states = {name: dict(optimizer.state[each]) for name, each in model.named_parameters()}
    # The slow answer: moments put into a network of the same shape as weights, and that network shrunk.
    wanted: dict[str, dict[str, torch.Tensor]] = {name: {} for name in names}
    for key in {key for state in states.values() for key in state}:
        filled = CASES[case]().model
        with torch.no_grad():
            for name, parameter in filled.named_parameters():
                if states[name][key].shape == parameter.shape:
                    parameter.copy_(states[name][key])
        small = ranp.shrink(filled, graph, kept, verify=False)
        for name, parameter in small.named_parameters():
            wanted[name][key] = parameter.detach()

    shrink_in_place(model, optimizer, graph, kept)

    assert sum(parameter.numel() for parameter in model.parameters()) < sum(
        parameter.numel() for parameter in CASES[case]().model.parameters()
    )
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state[parameter].items():
            before = states[name][key]
            if before.ndim == 0:
                assert value == before, (name, key)
            else:
                assert value.shape == parameter.shape
                assert torch.equal(value, wanted[name][key]), (name, key)
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    assert [id(each) for each in held] == [id(each) for each in model.parameters()]
    given.loss(model(given.batches[0][0]), given.batches[0][1]).backward()
    optimizer.step()


def test_state_of_another_shape_begins_anew() -> None:
    model = nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 1, 1))
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),))
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.state[model[0].weight] = {"rows": torch.ones(4), "step": torch.tensor(3.0), "word": "kept"}
    shrink_in_place(model, optimizer, graph, graph.resolve({"0": torch.tensor([True, False, False, True])}))
    assert optimizer.state[model[0].weight] == {"step": torch.tensor(3.0), "word": "kept"}


def test_an_emptied_layer_is_refused_before_anything_changes() -> None:
    model = nn.Sequential(nn.Conv3d(1, 2, 1), nn.ReLU(), nn.Conv3d(2, 1, 1))
    graph = ranp.trace(model, (torch.empty(1, 1, 4, 4, 4),))
    with pytest.raises(ValueError, match="at least one kept neuron in every layer, got none in '0'"):
        shrink_in_place(model, torch.optim.Adam(model.parameters()), graph, {"0": torch.zeros(2).bool()})
    assert model[0].out_channels == 2
