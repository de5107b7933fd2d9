"""Criteria of trained networks by hand: two or three neurons, whose figures can be worked out on paper."""

import copy
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint

from ranp.graph import trace
from ranp.importance import importance
from ranp.types import Scores


def filters(*rows: list[float], bias: list[float] | None = None) -> nn.Conv3d:
    """A layer of one voxel's size with these filters, and this bias."""
    layer = nn.Conv3d(len(rows[0]), len(rows), 1, bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(rows).view_as(layer.weight))
        if bias is not None and layer.bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


def volume(*voxels: float) -> Tensor:
    """One example of one channel."""
    return torch.tensor(voxels).view(1, 1, 1, 1, -1)


def never(*_: Any) -> Tensor:
    pytest.fail("the loss was called")


def test_fpgm_is_the_sum_of_distances_within_the_layer() -> None:
    model = nn.Sequential(filters([0.0, 0.0], [3.0, 4.0], [6.0, 8.0]))
    found = importance(model, [], never, "fpgm")
    assert found["0"].tolist() == pytest.approx([15, 10, 15]), "the one in the middle goes first"
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv3d(3, 7, 3), nn.ConvTranspose3d(7, 4, 2, groups=1))
    rows = {
        "0": torch.cat([model[0].weight.flatten(1), model[0].bias[:, None]], 1),
        "1": torch.cat([model[1].weight.transpose(0, 1).flatten(1), model[1].bias[:, None]], 1),
    }
    for name, score in importance(model, [], never, "fpgm").items():
        by_hand = [sum((one - other).norm().item() for other in rows[name]) for one in rows[name]]
        assert score.tolist() == pytest.approx(by_hand, rel=1e-5)


def test_twins_lie_at_no_distance() -> None:
    model = nn.Sequential(filters([1.0, 2.0], [1.0, 2.0], [4.0, 6.0]))
    assert importance(model, [], never, "fpgm")["0"].tolist() == pytest.approx([5, 5, 10])


def test_pgp_is_how_far_the_filter_moved() -> None:
    before, after = (
        nn.Sequential(filters([1.0, 1.0], [1.0, 1.0], bias=[0.0, 0.0])),
        nn.Sequential(filters([4.0, 5.0], [1.0, 1.0], bias=[12.0, -2.0])),
    )
    assert importance(after, [], never, "pgp", before=before)["0"].tolist() == pytest.approx([13, 2])


def test_pgp_says_what_it_needs() -> None:
    model, other = nn.Sequential(filters([1.0, 2.0])), nn.Sequential(filters([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match="needs the weights before it; give them"):
        importance(model, [], never, "pgp")
    with pytest.raises(ValueError, match="and they have not moved"):
        importance(model, [], never, "pgp", before=copy.deepcopy(model))
    with pytest.raises(ValueError, match=r"a weight '0.weight' of shape \[1, 2, 1, 1, 1\], and it has one of shape"):
        importance(model, [], never, "pgp", before=other)


def test_density_counts_what_is_above_zero_behind_the_activation() -> None:
    # behind the layer: (x, -x - 2); behind the ReLU above zero for x = 1, 2, 3 of four, and for x = -3 alone
    model = nn.Sequential(filters([1.0], [-1.0], bias=[0.0, -2.0]), nn.ReLU(inplace=True), nn.Flatten())
    batches = [(volume(-3.0, 1.0), None), (volume(2.0, 3.0), None)]
    assert importance(model, batches, never, "activation-density")["0"].tolist() == [0.75, 0.25]


def test_density_looks_behind_the_norm() -> None:
    """All that the layer puts out is above zero; behind the norm half of it is."""
    model = nn.Sequential(filters([1.0], [2.0]), nn.BatchNorm3d(2), nn.LeakyReLU())
    assert importance(model, [(volume(1.0, 2.0, 3.0, 4.0), None)], never, "activation-density")["0"].tolist() == [
        0.5,
        0.5,
    ]
    bare = nn.Sequential(filters([1.0], [2.0]))
    assert importance(bare, [(volume(1.0, 2.0, 3.0, 4.0), None)], never, "activation-density")["0"].tolist() == [1, 1]


def test_di_is_the_share_of_the_variance_between_the_classes() -> None:
    # the first neuron is 0, 0, 1, 1 for classes 0, 0, 1, 1; the second 0, 2, 1, 3: a fifth of its variance is between
    model = nn.Sequential(nn.Linear(2, 3, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]))
    given = torch.tensor([[0.0, 0.0], [0.0, 2.0], [1.0, 0.0], [1.0, 2.0]])
    classes = torch.tensor([0, 0, 1, 1])
    assert importance(model, [(given, classes)], never, "di")["0"].tolist() == pytest.approx([1, 0.2, 0])
    halves = [(given[::2], classes[::2]), (given[1::2], classes[1::2])]
    assert importance(model, halves, never, "di")["0"].tolist() == pytest.approx([1, 0.2, 0]), "over all batches"


def test_di_of_positions_takes_the_nearest_label_and_leaves_out_what_has_none() -> None:
    model = nn.Sequential(filters([1.0], [-1.0]), nn.ReLU(), nn.MaxPool3d((1, 1, 2)), filters([1.0, 0.0]))
    given = volume(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 9.0, 9.0)
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 255, -100]).view(1, 1, 1, 8)
    found = importance(model, [(given, labels)], never, "di")
    assert found["0"].tolist() == pytest.approx([1, 0]), "the nine has no label"
    assert found["3"].tolist() == pytest.approx([1]), "on half as many positions: 0, 0, 1, and 9 without a label"
    assert importance(model, [(given, labels[:, None])], never, "di")["3"].tolist() == pytest.approx([1])


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (torch.zeros(1), "that of batch 1 is float32"),
        ({"a": 1}, "that of batch 1 is dict"),
        (torch.tensor(3), "that of batch 1 is Tensor"),
        (torch.tensor([1]), "fewer than two classes"),
        (torch.tensor([255]), "fewer than two classes"),
    ],
)
def test_di_says_what_it_needs(target: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        importance(nn.Sequential(filters([1.0])), [(volume(1.0), target)], never, "di")


def lost(output: Tensor, target: Tensor) -> Tensor:
    """The mean over the examples, which the target weighs."""
    return (output.flatten(1).sum(1) * target).mean()


def test_taylor_on_activations_by_hand() -> None:
    # activations: neuron 0 is relu(x), neuron 1 relu(-x); the loss adds up 1 x and 10 x of them, weighed by 1 and -3
    model = nn.Sequential(filters([1.0], [-1.0]), nn.ReLU(), filters([1.0, 10.0]))
    given = torch.cat([volume(1.0, -2.0), volume(3.0, -1.0)])
    found = importance(model, [(given, torch.tensor([1.0, -3.0]))], lost, "taylor-activations")
    first, second = (1 * 1 + 3 * 3) / 2, (10 * 2 * 1 + 10 * 1 * 3) / 2
    assert found["0"].tolist() == pytest.approx([first, second])
    assert found["2"].tolist() == pytest.approx([(abs(1 + 20) + abs(3 + 10) * 3) / 2])


class Twice(nn.Module):
    """One layer that is called twice, and returns what is changed in place afterwards."""

    def __init__(self, wrapped: Callable[[nn.Module, Tensor], Tensor] = lambda inner, given: inner(given)) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.inner = nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.InstanceNorm3d(4, affine=True), nn.ReLU(True))
        self.other = nn.Conv3d(4, 2, 1)
        self.wrapped = wrapped

    def forward(self, given: Tensor) -> Tensor:
        one, two = self.wrapped(self.inner, given), self.wrapped(self.inner, given.flip(-1))
        one += 1
        return self.other(one + two)


WRAPPED: dict[str, Callable[[nn.Module, Tensor], Tensor]] = {
    "plain": lambda inner, given: inner(given),
    "checkpoint": lambda inner, given: checkpoint(inner, given, use_reentrant=False),
    "reentrant": lambda inner, given: checkpoint(inner, given.requires_grad_(), use_reentrant=True),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_taylor_on_activations_is_the_losss_change_without_the_map(name: str) -> None:
    """A step of the map towards zero, in both calls at once, example by example."""
    model, given = Twice(WRAPPED[name]).double(), torch.randn(3, 1, 4, 4, 4, dtype=torch.float64)
    target = torch.randn(3, 2, 4, 4, 4, dtype=torch.float64)
    found = importance(model, [(given, target)], F.mse_loss, "taylor-activations")["inner.0"]
    step = 1e-5
    for neuron in range(4):
        changes = []
        for example in range(3):
            losses = []
            for sign in (1, -1):

                def scaled(
                    module: nn.Module, _: Any, output: Tensor, sign: int = sign, at: Any = (example, neuron)
                ) -> Tensor:
                    factor = torch.ones_like(output[..., :1, :1, :1])
                    factor[at] += sign * step
                    return output * factor

                plain = Twice().double()
                plain.inner.register_forward_hook(scaled)
                with torch.no_grad():
                    losses.append(F.mse_loss(plain(given), target).item())
            changes.append(abs(losses[0] - losses[1]) / (2 * step))
        assert found[neuron].item() == pytest.approx(sum(changes), rel=1e-4)


def test_a_masked_weight_is_followed() -> None:
    model = nn.Sequential(filters([1.0], [-1.0], bias=[0.0, 0.5]), nn.ReLU(), filters([1.0, 10.0]))
    plain = copy.deepcopy(model)
    prune.custom_from_mask(model[0], "weight", torch.tensor([1.0, 0.0]).view(2, 1, 1, 1, 1))
    with torch.no_grad():
        plain[0].weight[1] = 0
    batches = [(torch.cat([volume(1.0, -2.0), volume(3.0, -1.0)]), torch.tensor([0, 1]))]

    def scores(network: nn.Module, criterion: str) -> Scores:
        return importance(network, batches, lost, criterion)

    for criterion in ("activation-density", "taylor-activations", "di"):
        found, expected = scores(model, criterion), scores(plain, criterion)
        assert all(torch.allclose(found[name], expected[name]) for name in expected), criterion
        assert found["0"].any()


def test_a_standardised_weight_is_followed() -> None:
    class Standardised(nn.Conv3d):
        def forward(self, given: Tensor) -> Tensor:
            weight = self.weight - self.weight.mean(dim=(1, 2, 3, 4), keepdim=True)
            return F.conv3d(given, weight / weight.std(dim=(1, 2, 3, 4), keepdim=True))

    torch.manual_seed(0)
    model = nn.Sequential(Standardised(1, 3, 2, bias=False), nn.ReLU())
    given = torch.randn(2, 1, 4, 4, 4)
    found = importance(model, [(given, None)], never, "activation-density")["0"]
    assert found.tolist() == pytest.approx((model(given) > 0).float().mean(dim=(0, 2, 3, 4)).tolist())


NORMS: dict[str, Callable[[], nn.Module]] = {
    "batch": lambda: nn.BatchNorm3d(2),
    "instance": lambda: nn.InstanceNorm3d(2, affine=True),
    "group": lambda: nn.GroupNorm(1, 2),
}


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("after", [False, True])
def test_bn_scale_is_the_size_of_the_norms_scale(name: str, after: bool) -> None:
    """Before or after the activation function; a layer with no norm behind it scores one."""
    norm = NORMS[name]()
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([-3.0, 0.5]))  # type: ignore[arg-type]
    behind = [nn.ReLU(), norm] if after else [norm, nn.ReLU()]
    model = nn.Sequential(filters([1.0], [-1.0]), *behind, nn.Dropout3d(), filters([1.0, 10.0]))
    found = importance(model, [(volume(1.0, 2.0), None)], never, "bn-scale")
    assert (found["0"].tolist(), found["4"].tolist()) == ([3.0, 0.5], [1.0])


def test_bn_scale_says_what_it_needs() -> None:
    given = [(volume(1.0, 2.0), None)]
    with pytest.raises(ValueError, match="all scales here are 1, as before training; give trained weights"):
        importance(nn.Sequential(filters([1.0], [2.0]), nn.BatchNorm3d(2)), given, never, "bn-scale")
    norms = nn.InstanceNorm3d(2), nn.LayerNorm(2)
    for norm in norms:  # without a scale, and with one along space
        with pytest.raises(ValueError, match="no layer of this network has a norm with a scale a channel"):
            importance(nn.Sequential(filters([1.0], [2.0]), norm), given, never, "bn-scale")


def test_a_linear_layers_norm_lies_along_its_last_dimension() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.GELU())
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([1.0, -2.0, 3.0]))
    assert importance(model, [(torch.randn(4, 5, 2), None)], never, "bn-scale")["0"].tolist() == [1, 2, 3]


class Ways(nn.Module):
    """A layer of the neurons x and -x, and what is made of it."""

    def __init__(self, behind: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.behind = filters([1.0], [-1.0]), behind

    def forward(self, given: Tensor) -> Tensor:
        return self.behind(self.layer(given), given)


def added(out: Tensor, given: Tensor) -> Tensor:
    """In place, by what does not say so in its name."""
    out += given
    return torch.relu(out)


def overwritten(out: Tensor, given: Tensor) -> Tensor:
    """Through a view."""
    out[:, 1:] += given * 2
    return torch.relu(out)


def dropped(out: Tensor, given: Tensor) -> Tensor:
    """The same tensor handed on."""
    return torch.relu(F.dropout(out, 0.5))


BEHIND: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], list[float]]] = {
    "added in place": (added, [0.75, 0.25]),
    "changed through a view": (overwritten, [0.75, 0.25]),
    "gated by itself": (lambda out, _: out * torch.sigmoid(out), [0.75, 0.25]),
    "gated from behind": (lambda out, _: torch.sigmoid(out) * out, [0.75, 0.25]),
    "used before its activation function": (lambda out, _: (2 * out) + torch.sigmoid(out), [0.75, 0.25]),
    "looked at": (lambda out, _: torch.sigmoid(out) if bool(out.isfinite().all()) and out.shape else out, [1, 1]),
    "dropout in between": (dropped, [0.75, 0.25]),
    "the activation function alone": (lambda out, _: torch.sigmoid(out), [1, 1]),
}


@pytest.mark.parametrize("name", BEHIND)
def test_the_activation_is_what_all_of_the_neuron_goes_through(name: str) -> None:
    """Of x above zero at three of four voxels; behind a sigmoid everything is."""
    behind, expected = BEHIND[name]
    found = importance(Ways(behind), [(volume(1.0, 2.0, 3.0, -1.0), None)], never, "activation-density")
    assert found["layer"].tolist() == expected


def test_a_norm_and_an_addition_in_place_before_the_activation_function() -> None:
    """What the norm puts out, on both sides of zero, and not what the addition makes of it."""
    norm = nn.BatchNorm3d(2)
    model = Ways(lambda out, given: added(norm(out), 10 + given))
    given = volume(1.0, 2.0, 3.0, 4.0)
    assert importance(model, [(given, None)], never, "activation-density")["layer"].tolist() == [0.5, 0.5]


def test_taylor_of_what_goes_two_ways_is_of_all_of_it() -> None:
    """L = x s(x) summed up, so a dL/da is x s(x) + x^2 s(x) (1 - s(x))."""
    model, given = Ways(lambda out, _: out * torch.sigmoid(out)), torch.tensor([1.0, -2.0])
    found = importance(model, [(volume(*given.tolist()), torch.ones(1))], lost, "taylor-activations")["layer"]
    by_hand = []
    for one in (given, -given):
        gate = torch.sigmoid(one)
        by_hand.append(abs(float((one * gate + one.square() * gate * (1 - gate)).sum())))
    assert found.tolist() == pytest.approx(by_hand)


@pytest.mark.parametrize("loss", [lost, lambda output, target: lost(torch.sigmoid(output).logit(), target)])
def test_a_loss_that_calls_an_activation_function_changes_nothing(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    model = nn.Sequential(filters([1.0], [-1.0]))
    found = importance(model, [(volume(1.0, -2.0), torch.ones(1))], loss, "taylor-activations")
    assert found["0"].tolist() == pytest.approx([1, 1])


class Attending(nn.Module):
    """A layer with a norm behind it, one within attention, whose output nobody sees, and one that is not called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Linear(2, 4), nn.LayerNorm(4)
        self.attention, self.spare = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 3)
        with torch.no_grad():
            self.norm.weight.copy_(torch.tensor([1.0, -2.0, 3.0, 0.5]))

    def forward(self, given: Tensor) -> Tensor:
        out = self.norm(self.layer(given))
        attended: Tensor = self.attention(out, out, out)[0]
        return attended


def test_a_layer_that_is_not_seen_has_no_norm_and_scores_one() -> None:
    found = importance(Attending(), [(torch.randn(2, 3, 2), None)], never, "bn-scale")
    assert {name: score.tolist() for name, score in found.items()} == {
        "layer": [1, 2, 3, 0.5],
        "attention.out_proj": [1] * 4,
        "spare": [1] * 3,
    }


def test_di_of_large_and_few_labels() -> None:
    """As of 0 and 1; the class 255 of an example is one, where that of a position means none."""
    model, given = nn.Sequential(nn.Linear(2, 2, bias=False)), torch.randn(6, 2)
    labels = torch.tensor([0, 1, 0, 1, 1, -1])
    expected = importance(model, [(given, labels)], never, "di")["0"]
    for large in (255, 10**12):
        again = torch.where(labels == 1, large, labels)
        assert torch.equal(importance(model, [(given, again)], never, "di")["0"], expected)


def test_di_tells_one_figure_of_all_batches() -> None:
    told: list[tuple[int, int | None]] = []
    batches = [(torch.randn(4, 2), torch.tensor([0, 1, 0, 1])) for _ in range(3)]
    importance(nn.Sequential(nn.Linear(2, 2)), batches, never, "di", progress=lambda *each: told.append(each))
    assert told == [(1, 1)]


class Frozen(nn.Module):
    """The first layer is frozen: what has moved is the second alone."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.backbone, self.deep, self.head = filters([1.0], [2.0]), nn.Conv3d(2, 3, 1), nn.Conv3d(3, 1, 1)

    def forward(self, given: Tensor) -> Tensor:
        found: Tensor = self.head(self.deep(self.backbone(given)))
        return found


def test_why_a_layer_scores_zero_is_the_criterions_own() -> None:
    before, after = Frozen(), Frozen()
    with torch.no_grad():
        after.deep.weight += torch.arange(6).view(3, 2, 1, 1, 1)
    graph = trace(after, (volume(1.0, 2.0),))
    layers = list(graph.layers.values())
    with pytest.warns(UserWarning, match="every neuron of backbone scores zero .training did not move its weights.,"):
        importance(after, [], never, "pgp", layers=layers, before=before)
    dead = nn.Sequential(filters([-1.0], [-2.0]), nn.ReLU(), nn.Conv3d(2, 2, 1, bias=True))
    with torch.no_grad():
        dead[2].bias.fill_(1.0)
    with pytest.warns(UserWarning, match="every neuron of 0 scores zero .none of its activations is above zero on"):
        importance(dead, [(volume(1.0, 2.0), None)], never, "activation-density")
    with pytest.raises(ValueError, match="nothing can be ranked: the filters of each layer are all alike"):
        importance(nn.Sequential(filters([1.0], [1.0])), [], never, "fpgm")


def test_a_layer_that_cannot_lose_a_neuron_is_not_warned_of() -> None:
    model = nn.Sequential(nn.Conv3d(1, 3, 1), nn.Conv3d(3, 1, 1), nn.Conv3d(1, 3, 1), nn.Conv3d(3, 2, 1))
    layers = list(trace(model, (volume(1.0),)).layers.values())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = importance(model, [], never, "fpgm", layers=layers)
    assert found["1"].tolist() == [0], "one neuron has no distance, and stays whatever it scores"
