"""Every criterion against a slow answer of another kind: networks without the neuron, finite differences, hand sums."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ranp.graph import find_layers, trace
from ranp.graph.neuron_layers import ModuleLayer
from ranp.importance import CRITERIA, REDUCTIONS, importance
from ranp.models import initialise
from ranp.plan import prune
from ranp.selection import PruningConfig
from ranp.types import Scores
from tests.cases import CASES, Case
from tests.importance.trained import UNFIT, trained


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds, where a criterion has more: what these tests ask holds of any number."""
    for name, rule in CRITERIA.items():
        monkeypatch.setitem(CRITERIA, name, replace(rule, rounds=min(rule.rounds, 2)))


class Chain(nn.Module):
    """Plain, grouped and transposed convolutions and a linear head, one after the other, without a bias or a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(2, 6, 3, padding=1, bias=False)
        self.grouped = nn.Conv3d(6, 6, 3, padding=1, groups=3, bias=False)
        self.up = nn.ConvTranspose3d(6, 4, 2, stride=2, groups=2, bias=False)
        self.smooth = nn.ConvTranspose3d(4, 3, 3, bias=False)
        self.head = nn.Linear(3, 5, bias=False)

    def forward(self, volume: Tensor) -> Tensor:
        for layer in (self.first, self.grouped, self.up, self.smooth):
            volume = F.relu(layer(volume))
        return self.head(volume.mean(dim=(2, 3, 4)))


def chain() -> Case:
    case = CASES["upsampler"]()
    return Case(initialise(Chain(), seed=0), case.batches, case.loss)


def parameters_of_neuron(model: nn.Module, layer: ModuleLayer, neuron: int) -> Iterator[tuple[str, Any]]:
    """Parameter name and index of all that produces one output channel, from torch's documented layouts."""
    if layer.out_dim == 0:
        yield layer.weight, neuron
    else:
        incoming, outgoing = model.get_parameter(layer.weight).shape[:2]
        group, within = divmod(neuron, outgoing)
        width = incoming // layer.groups
        yield layer.weight, (slice(group * width, (group + 1) * width), within)
    if layer.bias is not None:
        yield layer.bias, neuron


def neuron_count(model: nn.Module, layer: ModuleLayer) -> int:
    module = model.get_submodule(layer.name)
    return module.out_features if isinstance(module, nn.Linear) else module.out_channels


def gathered(model: nn.Module, values: dict[str, Tensor], gather: Callable[[Tensor], Tensor]) -> Scores:
    """`gather` of each neuron's values, one vector at a time."""
    return {
        layer.name: torch.stack(
            [
                gather(
                    torch.cat(
                        [values[name][index].flatten() for name, index in parameters_of_neuron(model, layer, neuron)]
                    )
                )
                for neuron in range(neuron_count(model, layer))
            ]
        )
        for layer in find_layers(model)
    }


def without(model: nn.Module, layer: ModuleLayer, neuron: int) -> nn.Module:
    """A copy in which one neuron's weights and bias are zero."""
    small = copy.deepcopy(model)
    with torch.no_grad():
        for name, index in parameters_of_neuron(model, layer, neuron):
            small.get_parameter(name)[index] = 0
    return small


def doubled(case: Case) -> Case:
    """The case in float64, and without dropout, so that slow answers can be exact."""
    case.model.double()
    for module in case.model.modules():
        if isinstance(module, nn.Dropout3d):
            module.p = 0.0
    return Case(case.model, [(_double(inputs), _double(target)) for inputs, target in case.batches], case.loss)


def _double(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_double, value))
    return value.double() if value.is_floating_point() else value


def gradient(case: Case, weights: dict[str, Tensor], batch: tuple[Any, Any]) -> dict[str, Tensor]:
    """dL/dw of one batch at the given weights, norms on batch statistics, layers' weights and biases alone."""
    scored = [name for layer in find_layers(case.model) for name in (layer.weight, layer.bias) if name is not None]
    leaves = {name: weights[name].detach().clone().requires_grad_() for name in scored}
    model, (inputs, target) = copy.deepcopy(case.model).train(), batch
    output = functional_call(model, {**weights, **leaves}, inputs if isinstance(inputs, tuple) else (inputs,))
    found = torch.autograd.grad(case.loss(output, target), list(leaves.values()))
    return dict(zip(scored, found, strict=True))


def mean(values: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([each[name] for each in values]).mean(0) for name in values[0]}


def weights_of(case: Case) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in case.model.named_parameters()}


def assert_same(found: Scores, expected: Scores, rtol: float = 1e-5, atol: float = 1e-7) -> None:
    assert list(found) == list(expected)
    for name, score in found.items():
        assert score.dtype == torch.float32
        torch.testing.assert_close(score.double(), expected[name].double(), rtol=rtol, atol=atol, msg=name)


# Functional dropout and a weight of two modules are in the tests of importance; here slow answers stay simple.
NETWORKS: dict[str, Callable[[], Case]] = {
    "unet3d": CASES["unet3d"],
    "unet3d-group": CASES["unet3d-group"],
    "chain": chain,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_taylor_is_the_square_of_each_batchs_sum(name: str) -> None:
    case = doubled(NETWORKS[name]())
    weights = weights_of(case)
    squares = []
    for batch in case.batches:
        products = {name: g * weights[name] for name, g in gradient(case, weights, batch).items()}
        squares.append(gathered(case.model, products, lambda values: values.sum().square()))
    assert_same(importance(case.model, case.batches, case.loss, "taylor"), mean(squares))


def test_taylor_is_the_loss_without_the_neuron_to_first_order() -> None:
    """With a step of t off a neuron's weights, the loss changes by t times the sum of w g."""
    case = doubled(chain())
    scores = importance(case.model, case.batches[:1], case.loss, "taylor")
    (inputs, target), step = case.batches[0], 1e-6
    for layer in find_layers(case.model):
        for neuron in range(neuron_count(case.model, layer)):
            losses = []
            for sign in (-1, 1):
                moved = copy.deepcopy(case.model)
                with torch.no_grad():
                    for name, index in parameters_of_neuron(case.model, layer, neuron):
                        moved.get_parameter(name)[index] *= 1 + sign * step
                    losses.append(case.loss(moved(inputs), target).item())
            change = (losses[1] - losses[0]) / (2 * step)
            assert scores[layer.name][neuron].item() == pytest.approx(change**2, rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_norm_is_the_root_mean_square_of_the_batches_norms(name: str) -> None:
    case = doubled(NETWORKS[name]())
    norms = []
    for batch in case.batches:
        found = gradient(case, weights_of(case), batch)
        norms.append(gathered(case.model, found, lambda values: torch.linalg.vector_norm(values) ** 2))
    expected = {layer: square.sqrt() for layer, square in mean(norms).items()}
    assert_same(importance(case.model, case.batches, case.loss, "gradient-norm"), expected)


def hessian_times_gradient(case: Case, step: float = 1e-5) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """g and Hg by central differences: how g changes along itself. No second derivative is taken."""
    weights = weights_of(case)

    def mean_gradient(at: dict[str, Tensor]) -> dict[str, Tensor]:
        return mean([gradient(case, at, batch) for batch in case.batches])

    g = mean_gradient(weights)
    ahead, behind = (
        mean_gradient({name: w + sign * step * g[name] if name in g else w for name, w in weights.items()})
        for sign in (1, -1)
    )
    return g, {name: (ahead[name] - behind[name]) / (2 * step) for name in g}


def from_lowest(scores: Scores) -> Scores:
    lowest = min(score.min().item() for score in scores.values())
    return {name: score - lowest for name, score in scores.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_grasp_is_the_weights_times_hessian_times_gradient(name: str) -> None:
    case = doubled(NETWORKS[name]())
    _, hg = hessian_times_gradient(case)
    products = {name: value * weights_of(case)[name] for name, value in hg.items()}
    expected = from_lowest(gathered(case.model, products, torch.sum))
    assert_same(importance(case.model, case.batches, case.loss, "grasp"), expected, rtol=1e-3, atol=1e-5)


def test_grasp_keeps_what_the_gradients_norm_would_fall_without() -> None:
    """The sign, on a loss whose Hessian is known: L = (a u^2 + b v^2) / 2 has |g|^2 = a^2 u^2 + b^2 v^2."""
    model = nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0], [1.0]]))
    curvature = torch.tensor([3.0, 1.0])
    scores = importance(model, [(torch.ones(1, 1), None)], lambda output, _: (curvature * output**2).sum() / 2, "grasp")
    # w Hg = (a^2 u^2, b^2 v^2) = (9, 1), and 1 is the zero
    assert scores[""].tolist() == pytest.approx([8.0, 0.0])


def test_in_front_of_a_norm_grasp_is_minus_the_squared_gradient() -> None:
    case = doubled(CASES["unet3d"]())
    for module in case.model.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eps = 1e-12
    scores = importance(case.model, case.batches, case.loss, "grasp")
    found, _ = hessian_times_gradient(case)
    squares = gathered(case.model, found, lambda values: values.square().sum())
    del scores["final"], squares["final"]
    for name, score in scores.items():
        torch.testing.assert_close(score - score[0], -(squares[name] - squares[name][0]).float(), rtol=1e-3, atol=1e-5)


def test_grasp_needs_curvature() -> None:
    with pytest.raises(ValueError, match="every neuron scores zero"):
        importance(nn.Linear(2, 2), [(torch.ones(1, 2), None)], lambda output, _: output.sum(), "grasp")


def test_grasp_needs_second_derivatives() -> None:
    """The processor's fused attention has a first derivative only."""
    case = chain()

    def attended(output: Tensor, _: Any) -> Tensor:
        tokens = output[None, None]
        return F.scaled_dot_product_attention(tokens, tokens, tokens).square().sum()

    with pytest.raises(ValueError, match=r"cannot be differentiated again, .*: derivative for aten::_scaled_dot"):
        importance(case.model, case.batches, attended, "grasp")


def streams(model: nn.Module, *shapes: tuple[int, ...]) -> float:
    """R: the sum of the outputs for ones, where all weights are positive."""
    positive = copy.deepcopy(model).double()
    with torch.no_grad():
        for value in positive.parameters():
            value.abs_()
        return positive(*(torch.ones(shape, dtype=torch.float64) for shape in shapes)).sum().item()


def assert_proportional(found: Scores, expected: Scores) -> None:
    """Equal but for one number, with the highest found score at one."""
    highest = max(score.max().item() for score in expected.values())
    assert_same(found, {name: score / highest for name, score in expected.items()})


def test_synflow_is_what_the_flow_loses_with_the_neuron() -> None:
    """Where ones only meet positive weights, R is linear in each neuron's weights, so |w| dR/d|w| is a difference."""
    case = chain()
    shape = (1, *case.batches[0][0].shape[1:])
    everything = streams(case.model, shape)
    lost = {
        layer.name: torch.tensor(
            [
                everything - streams(without(case.model, layer, neuron), shape)
                for neuron in range(neuron_count(case.model, layer))
            ]
        )
        for layer in find_layers(case.model)
    }
    assert_proportional(importance(case.model, case.batches, case.loss, "synflow-once"), lost)


def test_synflow_adds_up_to_the_same_in_every_layer() -> None:
    scores = importance(chain().model, chain().batches, chain().loss, "synflow-once")
    sums = [score.sum().item() for score in scores.values()]
    assert sums == pytest.approx([sums[0]] * len(sums), rel=1e-5)


class Saturated(nn.Module):
    """Every kind of norm and operation that would bend the flow, each with a scale and a shift of its own."""

    def __init__(self, plain: bool) -> None:
        super().__init__()
        self.plain = plain
        self.convolutions = nn.ModuleList(nn.Conv3d(size, 4, 1) for size in (2, 4, 4, 4))
        self.norms = nn.ModuleList(
            [nn.BatchNorm3d(4), nn.GroupNorm(2, 4), nn.InstanceNorm3d(4, affine=True), nn.LayerNorm(3)]
        )
        self.bends = [nn.ReLU6(inplace=True), nn.Sigmoid(), nn.Softmax(dim=1), torch.tanh]

    def forward(self, volume: Tensor) -> Tensor:
        for convolution, norm, bend in zip(self.convolutions, self.norms, self.bends, strict=True):
            volume = convolution(volume)
            if self.plain:
                along = (-1, 1, 1, 1) if norm.weight.numel() == 4 else (-1,)
                volume = volume * norm.weight.view(along) + norm.bias.view(along)
            else:
                volume = bend(norm(volume))
        return volume


def test_synflow_uses_no_statistics_and_does_not_saturate() -> None:
    model = initialise(Saturated(plain=False), seed=0)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(3 * torch.randn(value.shape, generator=generator))
    plain = copy.deepcopy(model)
    plain.plain = True
    shape = (1, 2, 3, 3, 3)
    everything = streams(plain, shape)
    expected = {
        layer.name: torch.tensor([everything - streams(without(plain, layer, neuron), shape) for neuron in range(4)])
        for layer in find_layers(model)
    }
    before = copy.deepcopy(model.state_dict())
    scores = importance(model, [(torch.randn(2, *shape[1:]), None)], lambda *_: pytest.fail("called"), "synflow-once")
    assert_proportional(scores, expected)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_synflow_of_a_deep_network_is_within_float64_and_beyond_it_refused() -> None:
    def deep(layers: int) -> nn.Module:
        return initialise(nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(layers))), seed=0)

    batch = (torch.ones(1, 64), None)
    scores = importance(deep(150), [batch], lambda *_: pytest.fail("called"), "synflow-once")  # R is about 1e110
    assert [score.sum().item() for score in scores.values()] == pytest.approx(
        [scores["0"].sum().item()] * 150, rel=1e-4
    )
    with pytest.raises(ValueError, match="the synaptic flow through this network is inf"):
        importance(deep(600), [batch], lambda *_: pytest.fail("called"), "synflow-once")


@pytest.mark.parametrize("name", CASES)
def test_magnitudes_are_norms_of_the_weights_and_need_no_batch(name: str) -> None:
    case = CASES[name]()
    weights = dict(case.model.named_parameters(remove_duplicate=False))
    for criterion, order in (("l1", 1), ("l2", 2)):
        expected = gathered(case.model, weights, lambda values, order=order: torch.linalg.vector_norm(values, order))
        found = importance(case.model, [], lambda *_: pytest.fail("called"), criterion)
        assert_same(found, {layer: score.detach() for layer, score in expected.items()})


@pytest.mark.parametrize("criterion", [name for name, rule in CRITERIA.items() if not rule.needs_data])
def test_without_data_only_shapes_matter(criterion: str) -> None:
    case, before = trained(CASES["unet3d"]())
    scores = importance(case.model, case.batches, case.loss, criterion, before=before)
    noise = [(torch.randn(5, *case.batches[0][0].shape[1:]), None)]
    other = importance(case.model, noise, lambda *_: pytest.fail("called"), criterion, before=before)
    assert all(torch.equal(scores[name], other[name]) for name in scores)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_batch_read_twice_counts_once(criterion: str) -> None:
    """Scores are means: the same batches again, from an iterator, change nothing."""
    case, before = trained(doubled(CASES["unet3d"]()))
    scores = importance(case.model, case.batches, case.loss, criterion, before=before)
    again = importance(case.model, iter([*case.batches, *case.batches]), case.loss, criterion, before=before)
    assert_same(again, scores)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize("name", CASES)
def test_scores_are_finite_not_negative_and_one_a_neuron(name: str, criterion: str, reduce: str) -> None:
    case, before = trained(CASES[name]())
    if (name, criterion) in UNFIT:
        with pytest.raises(ValueError, match=UNFIT[name, criterion]):
            importance(case.model, case.batches, case.loss, criterion, reduce)
        return
    scores = importance(case.model, case.batches, case.loss, criterion, reduce, before=before)
    assert {layer: tuple(score.shape) for layer, score in scores.items()} == {
        layer.name: (neuron_count(case.model, layer),) for layer in find_layers(case.model)
    }
    for score in scores.values():
        assert score.isfinite().all()
        assert (score >= 0).all()


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("method", ["ranp-f", "vanilla"])
def test_every_criterion_prunes_through_the_same_pipeline(criterion: str, method: str) -> None:
    case, before = trained(CASES["unet3d"]())
    graph = trace(case.model, (torch.empty(case.batches[0][0].shape, device="meta"),))
    config = PruningConfig(method=method, sparsity=0.3, criterion=criterion, min_neurons=1)
    layers = list(graph.layers.values())
    scores = importance(case.model, case.batches, case.loss, criterion, layers=layers, before=before)
    plan = prune(graph, scores, config, case.model)
    assert plan.feasible
    assert plan.pruned.macs < plan.full.macs
    plan.apply(case.model)(case.batches[0][0])


def test_vanilla_by_l1_is_the_magnitude_method() -> None:
    case = CASES["unet3d"]()
    graph = trace(case.model, (torch.empty(case.batches[0][0].shape, device="meta"),))
    scores = importance(case.model, [], case.loss, "l1", layers=list(graph.layers.values()))
    plans = [
        prune(graph, scores, PruningConfig(method=method, sparsity=0.4, criterion="l1"), case.model)
        for method in ("vanilla", "magnitude")
    ]
    assert all(torch.equal(plans[0].kept[name], plans[1].kept[name]) for name in graph.layers)
