"""Importance against the definition, with a mask on every weight, and what it must leave as it found it."""

import copy
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from ranp.graph import find_layers, trace, weights_by_neuron
from ranp.graph.neuron_layers import ModuleLayer
from ranp.importance import importance
from ranp.models import initialise
from tests.cases import CASES, Case


class Undropped(TorchFunctionMode):
    """Every functional dropout is the identity; the slow answer's own way to switch dropout off."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        return args[0] if "dropout" in func.__name__ else func(*args, **(kwargs or {}))


def mask_gradients(case: Case) -> list[dict[str, Tensor]]:
    """dL/dc by batch and parameter, for real masks c of ones: the definition, in the model's own layout."""
    model = copy.deepcopy(case.model).train()
    weights = {name: value.detach() for name, value in model.named_parameters()}
    gradients = []
    for inputs, target in case.batches:
        masks = {name: torch.ones_like(value, requires_grad=True) for name, value in weights.items()}
        with Undropped():
            masked = {name: weights[name] * mask for name, mask in masks.items()}
            output = functional_call(model, masked, inputs if isinstance(inputs, tuple) else (inputs,))
        found = torch.autograd.grad(case.loss(output, target), list(masks.values()), allow_unused=True)
        gradients.append({name: g for name, g in zip(masks, found, strict=True) if g is not None})
    return gradients


def produced_by(layer: ModuleLayer, weight: Tensor, neuron: int) -> Tensor:
    """The weights that produce one output channel, read off the parameter's documented layout."""
    if layer.out_dim == 0:
        return weight[neuron].flatten()
    group, within = divmod(neuron, weight.shape[1])
    incoming = weight.shape[0] // layer.groups
    return weight[group * incoming : (group + 1) * incoming, within].flatten()


def slow_importance(case: Case, criterion: str, reduce: str) -> dict[str, Tensor]:
    batches = mask_gradients(case)
    if criterion == "mpmg":
        batches = [{name: g.abs() for name, g in each.items()} for each in batches]
    mean = {name: torch.stack([each[name] for each in batches]).mean(0) for name in batches[0]}
    scores = {}
    for layer in find_layers(case.model):
        neurons = []
        for neuron in range(output_channels(case.model, layer)):
            values = produced_by(layer, mean[layer.weight], neuron)
            if layer.bias is not None:
                values = torch.cat([values, mean[layer.bias][neuron : neuron + 1]])
            neurons.append(abs({"sum": values.sum(), "mean": values.mean(), "max": values.max()}[reduce]))
        scores[layer.name] = torch.stack(neurons)
    return scores


def output_channels(model: nn.Module, layer: ModuleLayer) -> int:
    module = model.get_submodule(layer.name)
    return module.out_features if isinstance(module, nn.Linear) else module.out_channels


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("criterion", ["mpmg", "mnmg"])
@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_importance_is_the_gradient_of_masks_of_ones(name: str, criterion: str, reduce: str) -> None:
    case = CASES[name]()
    # float64, because sums of signed gradients in front of a norm cancel to nothing but rounding.
    case.model.double()
    case = Case(case.model, [(_double(inputs), _double(target)) for inputs, target in case.batches], case.loss)
    scores = importance(case.model, case.batches, case.loss, criterion, reduce)
    expected = slow_importance(case, criterion, reduce)
    assert list(scores) == list(expected)
    for layer, score in scores.items():
        torch.testing.assert_close(score.double(), expected[layer], rtol=1e-5, atol=1e-7)


def _double(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_double, value))
    return value.double() if value.is_floating_point() else value


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, 3, padding=1),
        nn.Conv3d(4, 6, 3, padding=1, groups=2),
        nn.ConvTranspose3d(4, 6, 2, stride=2),
        nn.ConvTranspose2d(4, 6, 3, groups=2),
        nn.ConvTranspose1d(4, 8, 3, groups=4),
        nn.Linear(4, 6),
    ],
    ids=lambda module: type(module).__name__,
)
def test_a_neurons_weights_produce_its_channel_and_no_other(module: nn.Module) -> None:
    """Without the weights and the bias that the layout gives to neuron u, channel u is zero and the rest as before."""
    [layer] = find_layers(module)
    weight, bias = module.weight, module.bias
    places = weights_by_neuron(layer, torch.arange(weight.numel()).view_as(weight), None)
    biases = weights_by_neuron(layer, weight, bias)[:, -1]
    assert torch.equal(biases, bias)
    assert torch.equal(places.flatten().sort().values, torch.arange(weight.numel()))

    spatial = 0 if isinstance(module, nn.Linear) else weight.ndim - 2
    inputs = torch.randn(2, 4, *[5] * spatial)
    full = module(inputs)
    for neuron in range(full.shape[1]):
        less, none = weight.detach().clone(), bias.detach().clone()
        less.view(-1)[places[neuron]] = 0
        none[neuron] = 0
        expected = full.detach().clone()
        expected[:, neuron] = 0
        output = functional_call(module, {"weight": less, "bias": none}, (inputs,))
        torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("fails", [False, True])
def test_the_model_is_handed_back_as_it_came(name: str, fails: bool) -> None:
    case = CASES[name]()
    first, *_ = case.model.children()
    case.model.train()
    first.eval()
    held = next(case.model.parameters())
    held.requires_grad_(False)
    held.grad = torch.full_like(held, 3.0)
    state = copy.deepcopy(case.model.state_dict())
    training = [module.training for module in case.model.modules()]
    buffers = {name: id(buffer) for name, buffer in case.model.named_buffers()}

    def loss(output: Tensor, target: Tensor) -> Tensor:
        return case.loss(output, target) * (torch.nan if fails else 1)

    if fails:
        with pytest.raises(ValueError, match="the loss of batch 1 is nan"):
            importance(case.model, case.batches, loss)
    else:
        importance(case.model, case.batches, loss)

    after = case.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in state.items())
    assert [module.training for module in case.model.modules()] == training
    assert {name: id(buffer) for name, buffer in case.model.named_buffers()} == buffers
    assert torch.equal(held.grad, torch.full_like(held, 3.0))
    assert [parameter.grad for parameter in case.model.parameters() if parameter is not held] == [None] * (
        len([*case.model.parameters()]) - 1
    )
    assert [parameter.requires_grad for parameter in case.model.parameters()] == [
        parameter is not held for parameter in case.model.parameters()
    ]


class Mover(nn.Module):
    """A forward that moves what it holds: a moving average, a clipped weight, a tensor and a count of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv3d(1, 4, 3, padding=1), nn.Conv3d(4, 2, 1)
        self.average = copy.deepcopy(self.first).requires_grad_(False)
        self.center, self.calls = torch.zeros(4), 0

    def forward(self, volume: Tensor) -> Tensor:
        self.calls += 1
        with torch.no_grad():
            for average, own in zip(self.average.parameters(), self.first.parameters(), strict=True):
                average.lerp_(own + 1, 0.5)
            self.last.weight.clamp_(-0.1, 0.1)
            self.last.bias = nn.Parameter(self.last.bias + 1)
            self.center += 1
        return self.last(self.first(volume)) + self.center.mean()


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_forward_pass_moves_is_put_back(fails: bool) -> None:
    model = Mover()
    bias, before = model.last.bias, copy.deepcopy(model.state_dict())
    batches = [(torch.randn(2, 1, 4, 4, 4), torch.zeros(1))] * 2

    def loss(output: Tensor, _: Tensor) -> Tensor:
        return output.pow(2).mean() * (torch.nan if fails and model.calls == 2 else 1)

    layers = [layer for layer in find_layers(model) if layer.name == "first"]
    with pytest.raises(ValueError, match="the loss of batch 2 is nan") if fails else nullcontext():
        importance(model, batches, loss, layers=layers)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.last.bias is bias
    assert (model.calls, model.center.tolist()) == (0, [0.0] * 4)


def test_weights_that_nothing_moves_are_not_written() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    held = model(torch.ones(1, 2)).sum()  # its graph remembers the weights as they are
    importance(model, [(torch.ones(1, 2), torch.zeros(1))], lambda output, _: output.sum())
    held.backward()


class Checkpointed(nn.Module):
    def __init__(self, how: bool | None) -> None:
        super().__init__()
        self.how = how
        self.first, self.inner, self.last = nn.Conv3d(1, 4, 3), nn.Conv3d(4, 4, 1), nn.Conv3d(4, 2, 1)

    def forward(self, volume: Tensor) -> Tensor:
        made = F.relu(self.first(volume))
        made = self.inner(made) if self.how is None else checkpoint(self.inner, made, use_reentrant=self.how)
        return self.last(made)


def test_checkpoints_change_no_score() -> None:
    outside = torch.ones(1, requires_grad=True)
    batches = [(torch.randn(2, 1, 4, 4, 4), torch.zeros(1)) for _ in range(2)]
    scores = {}
    for how in (None, False, True):
        model = initialise(Checkpointed(how), seed=0)
        model.inner.weight.grad = torch.full_like(model.inner.weight, 3.0)
        scores[how] = importance(model, batches, lambda output, _: (output * outside).pow(2).mean())
        assert torch.equal(model.inner.weight.grad, torch.full_like(model.inner.weight, 3.0))
        assert all(parameter.grad is None for parameter in (outside, model.first.weight, model.last.bias))
    for how in (False, True):
        assert scores[how].keys() == scores[None].keys()
        for name, expected in scores[None].items():
            torch.testing.assert_close(scores[how][name], expected)


def test_frozen_weights_and_a_surrounding_no_grad_change_nothing() -> None:
    case = CASES["upsampler"]()
    expected = importance(case.model, case.batches, case.loss)
    case.model.requires_grad_(False).eval()
    with torch.no_grad():
        scores = importance(case.model, case.batches, case.loss)
    assert all(torch.equal(scores[name], expected[name]) for name in expected)


def test_attention_and_dropped_paths_are_off() -> None:
    class DropPath(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values * torch.bernoulli(torch.full((len(values), 1, 1), 0.5)) if self.training else values

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project, self.path = nn.Linear(4, 4), DropPath()
            self.attention = nn.MultiheadAttention(4, 2, dropout=0.5, batch_first=True)

        def forward(self, tokens: Tensor) -> Tensor:
            key = self.project(tokens)
            attended = F.scaled_dot_product_attention(key, key, key, None, 0.5)
            attended = F.scaled_dot_product_attention(attended, key, key, dropout_p=0.5)
            return self.path(self.attention(attended, attended, attended)[0])

    model = initialise(Block(), seed=0)
    batch = (torch.randn(8, 5, 4), torch.zeros(8, 5, 4))
    first, again = (importance(model, [batch], F.mse_loss) for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_shared_weights_count_once() -> None:
    case = CASES["siamese"]()
    assert [layer.name for layer in find_layers(case.model)] == ["features.0", "first"]
    # A list that names the shared weight twice gives both names the whole weight's score.
    layers = [ModuleLayer(name, f"{name}.weight", None, 0, 1) for name in ("first", "second")]
    both = importance(case.model, case.batches, case.loss, layers=layers)
    assert torch.equal(both["first"], both["second"])
    assert torch.equal(both["first"], importance(case.model, case.batches, case.loss)["first"])


def test_given_layers_decide_what_is_scored_and_in_which_order() -> None:
    case = CASES["unet3d"]()
    layers = find_layers(case.model)[::-2]
    scores = importance(case.model, case.batches, case.loss, layers=layers)
    everything = importance(case.model, case.batches, case.loss)
    assert list(scores) == [layer.name for layer in layers]
    assert all(torch.equal(scores[name], everything[name]) for name in scores)


def test_renumbering_the_inputs_channels_changes_no_score() -> None:
    """Renumbering the input's channels, in data and weights, must not change any score."""
    case = CASES["unet3d"]()
    scores = importance(case.model, case.batches, case.loss)
    with torch.no_grad():
        first = case.model.get_parameter("encoder1.conv1.weight")
        first.copy_(first.flip(1))
    flipped = importance(case.model, [(volume.flip(1), target) for volume, target in case.batches], case.loss)
    for name, score in scores.items():
        torch.testing.assert_close(flipped[name], score, rtol=1e-4, atol=1e-6)


def test_progress_counts_batches() -> None:
    case = CASES["siamese"]()
    calls: list[tuple[int, int | None]] = []
    importance(case.model, case.batches, case.loss, progress=lambda *call: calls.append(call))
    importance(case.model, iter(case.batches), case.loss, progress=lambda *call: calls.append(call))
    assert calls == [(1, 2), (2, 2), (1, None), (2, None)]


def test_bfloat16_scores_are_near_and_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES["upsampler"]()
    module = sys.modules["ranp.importance.score"]  # `ranp.importance` is the public function
    monkeypatch.setattr(module, "_has_bfloat16", lambda device: True)
    exact = importance(case.model, case.batches, case.loss)
    rounded = importance(case.model, case.batches, case.loss, autocast=True)
    for name in exact:
        assert rounded[name].dtype == torch.float32
        assert not torch.equal(rounded[name], exact[name])
        torch.testing.assert_close(rounded[name], exact[name], rtol=0.2, atol=0.01)
    monkeypatch.setattr(module, "_has_bfloat16", lambda device: False)
    with pytest.raises(ValueError, match="'cpu' has no bfloat16 arithmetic"):
        importance(case.model, case.batches, case.loss, autocast=True)


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="needs an accelerator")
def test_another_device_scores_a_copy() -> None:
    device = torch.accelerator.current_accelerator()
    case = CASES["upsampler"]()
    here, there = (importance(case.model, case.batches, case.loss, device=each) for each in (None, device))
    assert next(case.model.parameters()).device.type == "cpu"
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-2, atol=1e-3)


def test_a_layer_beyond_the_loss_scores_zero_and_is_named() -> None:
    class TwoHeads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
            return self.used(values), self.unused(values)

    model = initialise(TwoHeads(), seed=0)
    batch = (torch.ones(1, 2), torch.ones(1, 2))
    one_head = partial(importance, model, [batch], lambda output, target: F.mse_loss(output[0], target))
    with pytest.warns(UserWarning, match="every neuron of unused scores zero .* the first to go.*, but for a layer"):
        scores = one_head()
    assert scores["unused"].tolist() == [0, 0]
    assert scores["used"].any()
    with pytest.warns(UserWarning, match="every neuron of unused scores zero .* stays whole all the same") as said:
        one_head(layers=list(trace(model, (batch[0],)).layers.values()))
    assert len(said) == 1, "the graph knows that it is an output layer, which does not go"


def _nan(volume: Tensor) -> Tensor:
    return torch.full_like(volume, torch.nan)


def _mistakes() -> Iterator[tuple[str, dict[str, Any], str]]:
    volume, target = CASES["unet3d"]().batches[0]
    poisoned = [(volume, target), (_nan(volume), target)]
    yield "nan input", {"batches": poisoned}, "the loss of batch 2 is nan; look for"
    yield "nothing labelled", {"batches": [(volume, target * 0 - 100)]}, "the loss of batch 1 is nan; look for"
    yield "infinite loss", {"loss": lambda output, _: output.sum() * torch.inf}, "the loss of batch 1 is -?(inf|nan)"
    yield "loss of shape", {"loss": lambda output, _: output}, r"tensor of one number, not shape \(2, 3, 6, 6, 6\)"
    yield "loss a float", {"loss": lambda output, _: 1.0}, "tensor of one number, not float"
    yield "detached", {"loss": lambda output, _: output.detach().sum()}, "does not depend on the model's weights"
    yield "zero", {"loss": lambda output, _: output.sum() * 0}, "every neuron scores zero, .* use another seed"
    yield (
        "endless",
        {"loss": lambda output, _: (output * 0).sum().sqrt()},
        "the importance of layer .encoder1.conv1. is not finite",
    )
    yield "no batch", {"batches": []}, "there is no batch to score on"
    yield "channels", {"batches": [(volume[:, :1], target)]}, "rejects the inputs of batch 1, 2x1x6x6x6: "
    yield "labels", {"batches": [(volume, target + 3)]}, "the loss rejects the output and the target of batch 1: "
    yield "criterion", {"criterion": "snip"}, "criterion must be one of mpmg, mnmg, .*, not 'snip'"
    yield "reduce", {"reduce": "min"}, "reduce must be one of sum, mean, max, not 'min'"
    yield "unknown", {"layers": [ModuleLayer("a", "a.weight", None, 0, 1)]}, "'a.weight', which the model does not have"
    yield "no layer", {"model": nn.ReLU()}, "no convolution, transposed convolution or linear layer"
    yield "device", {"device": "abacus"}, "the device 'abacus' cannot be used: "
    yield "meta", {"model": nn.Conv3d(1, 1, 1, device="meta")}, "shapes but no weights"


@pytest.mark.parametrize(("changes", "message"), [pytest.param(*rest, id=name) for name, *rest in _mistakes()])
def test_a_mistake_is_one_plain_sentence(changes: dict[str, Any], message: str) -> None:
    case = CASES["unet3d"]()
    arguments = {"model": case.model, "batches": case.batches, "loss": case.loss, **changes}
    with pytest.raises(ValueError, match=message) as caught:
        importance(**arguments)
    assert "\n" not in str(caught.value)
