"""The channel graph on small networks whose answer can be said by hand."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ranp.graph import COUPLINGS, Cause, ChannelGraph, Tie, TraceError, trace, verify_shrink
from ranp.graph.labels import Labels
from ranp.graph.recording.trace import ON_SHAPES, TRACERS, record
from ranp.inputs import InputSpec
from ranp.models import build, example_inputs
from ranp.models.unet3d import UNet3d
from tests.graph.test_fuzz import check_network, flops

VOLUME = (torch.zeros(1, 1, 8, 8, 8),)
IMAGE = (torch.zeros(2, 2, 8, 8),)


def units_of(graph: ChannelGraph, layer: str) -> list[int]:
    return graph.layer_units[layer].tolist()


class Joined(nn.Module):
    """Two convolutions joined by a function, then a head."""

    def __init__(self, join, left: int = 4, right: int = 4, head: int = 4) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(2, left, 1), nn.Conv2d(2, right, 1)
        self.head = nn.Conv2d(head, 2, 1)
        self.join = join

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.join(self.left(x), self.right(x)))


def test_a_plain_chain_is_free_and_its_output_is_not() -> None:
    graph = trace(nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 1)), IMAGE)
    assert [(layer.kind, layer.neurons, layer.frozen) for layer in graph.layers.values()] == [
        ("Conv2d", 4, 0),
        ("Conv2d", 3, 3),
    ]
    assert graph.output_layers == ("3",)
    assert graph.layers["3"].frozen_reason == "output: it is part of what the network returns"
    assert len(set(units_of(graph, "0"))) == 4


def test_addition_ties_and_names_the_partners() -> None:
    graph = trace(Joined(torch.add), IMAGE)
    assert units_of(graph, "left") == units_of(graph, "right")
    assert graph.layers["left"].coupled == ("right",)


class Residual(nn.Module):
    """A convolution that is added to what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x)


def test_a_tie_says_which_operations_made_it() -> None:
    graph = trace(Joined(torch.add), IMAGE)
    assert graph.ties["left"] == (Tie("right", (Cause("add", ""),)),)
    assert graph.ties["right"] == (Tie("left", (Cause("add", ""),)),)
    assert graph.ties["head"] == ()
    chain = nn.Sequential(nn.Conv2d(2, 4, 1), Residual(), nn.ReLU(), Residual(), nn.Conv2d(4, 2, 1))
    found = {tie.other: tie.causes for tie in trace(chain, IMAGE).ties["1.conv"]}
    assert found == {"0": (Cause("add", "1"),), "3.conv": (Cause("add", "1"), Cause("add", "3"))}
    depthwise = nn.Sequential(nn.Conv2d(2, 6, 1), nn.Conv2d(6, 6, 3, groups=6), nn.Conv2d(6, 2, 1))
    assert trace(depthwise, IMAGE).ties["0"] == (Tie("1", (Cause("conv2d", "1"),)),)
    joined = trace(Joined(lambda a, b: torch.cat([a, b], 2)), IMAGE)
    assert joined.ties["left"] == (Tie("right", (Cause("cat", ""),)),)
    assert str(Cause("cat", "")) == "cat"
    assert str(Cause("add", "block")) == "add in 'block'"


class Short(nn.Module):
    """Two layers that are tied to a third one before a subtraction ties them outright."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.middle = (nn.Conv2d(2, 4, 1) for _ in range(3))
        self.heads = nn.ModuleList(nn.Conv2d(4, 2, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        left, right, middle = self.left(x), self.right(x), self.middle(x)
        sums = left + middle, middle * right, torch.sub(left, right)
        return torch.cat([head(one) for head, one in zip(self.heads, sums, strict=True)], 1)


def test_the_operation_that_ties_two_layers_outright_is_told() -> None:
    graph = trace(Short(), IMAGE)
    found = {tie.other: tie.causes for tie in graph.ties["left"]}
    assert found == {"middle": (Cause("add", ""),), "right": (Cause("sub", ""),)}


def test_the_chain_of_fewest_causes_is_told() -> None:
    """One cause over three labels is shorter than two causes over one."""
    labels = Labels()
    one, two, three, four, other = (labels.fresh(1) for _ in range(5))
    for cause, pairs in {
        "split": [(one, other)],
        "add": [(other, four)],
        "cat": [(one, two), (two, three), (three, four)],
    }.items():
        labels.cause = Cause(cause, "")
        for first, second in pairs:
            labels.tie(first, second)
    assert labels.causes(int(one[0]))[int(four[0])] == (Cause("cat", ""),)


@pytest.mark.parametrize("name", ["mobilenetv2", "psmnet"])
def test_every_tie_of_a_large_network_has_its_operations(name: str) -> None:
    """Each named operation is one of a module that the network has, and the layers are those that are coupled."""
    model = build(name, "classroom", device="meta")
    graph = trace(model, example_inputs(name, "classroom"), check=False)
    modules = dict(model.named_modules())
    assert any(graph.ties.values())
    for layer, ties in graph.ties.items():
        assert tuple(tie.other for tie in ties) == graph.layers[layer].coupled
        for tie in ties:
            assert tie.causes
            assert all(cause.operation and cause.where in modules for cause in tie.causes)
            back = next(one.causes for one in graph.ties[tie.other] if one.other == layer)
            assert len(back) == len(tie.causes)


def test_concatenation_strings_together_in_order() -> None:
    model = Joined(lambda a, b: torch.cat([a, b], 1), left=3, right=5, head=8)
    graph = trace(model, IMAGE)
    inputs_of_head = graph.parameter_units["head.weight"][1].tolist()
    assert inputs_of_head == units_of(graph, "left") + units_of(graph, "right")
    assert graph.layers["left"].coupled == ()


@pytest.mark.parametrize(
    "join",
    [
        lambda a, b: torch.cat([a, b], 2),
        lambda a, b: torch.stack([a, b], 2).mean(2),
        lambda a, b: torch.stack([a, b]).sum(0),
        torch.maximum,
        lambda a, b: torch.where(a > 0, a, b),
    ],
    ids=["cat on another dim", "stack on a new dim", "stack in front", "maximum", "where"],
)
def test_joining_elsewhere_ties(join) -> None:
    graph = trace(Joined(join), IMAGE)
    assert units_of(graph, "left") == units_of(graph, "right")
    assert graph.layers["left"].prunable


def test_depthwise_follows_its_input_and_groups_move_together() -> None:
    depthwise = nn.Sequential(nn.Conv2d(2, 6, 1), nn.Conv2d(6, 6, 3, groups=6), nn.Conv2d(6, 2, 1))
    graph = check_network(depthwise, IMAGE, seed=0)
    assert units_of(graph, "0") == units_of(graph, "1")
    few_groups = nn.Sequential(nn.Conv2d(2, 8, 1), nn.Conv2d(8, 12, 3, groups=2), nn.Conv2d(12, 2, 1))
    graph = check_network(few_groups, IMAGE, seed=1)
    assert units_of(graph, "0")[:4] == units_of(graph, "0")[4:]  # the same positions in both groups
    assert units_of(graph, "1")[:6] == units_of(graph, "1")[6:]


def test_group_norm_moves_by_norm_groups() -> None:
    graph = check_network(
        nn.Sequential(nn.Conv2d(2, 12, 1), nn.GroupNorm(4, 12), nn.ReLU(), nn.Conv2d(12, 2, 1)), IMAGE, 0
    )
    units = units_of(graph, "0")
    assert [len(set(units[start : start + 3])) for start in (0, 3, 6, 9)] == [1, 1, 1, 1]
    assert len(set(units)) == 4


def test_a_single_norm_group_freezes_and_says_why() -> None:
    graph = trace(nn.Sequential(nn.Conv2d(2, 6, 1), nn.GroupNorm(1, 6), nn.Conv2d(6, 2, 1)), IMAGE)
    assert not graph.layers["0"].prunable
    assert "all 6 neurons are tied into one unit" in str(graph.layers["0"].frozen_reason)


def test_flatten_repeats_each_channel() -> None:
    model = nn.Sequential(nn.Conv2d(2, 4, 1), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3))
    graph = check_network(model, IMAGE, seed=0)
    assert graph.parameter_units["3.weight"][1].tolist() == np.repeat(units_of(graph, "0"), 4).tolist()


class Unknown(nn.Module):
    """One branch goes through an operation without a rule, the other does not."""

    def __init__(self) -> None:
        super().__init__()
        self.sorted, self.free = nn.Conv2d(2, 4, 1), nn.Conv2d(2, 6, 1)
        self.head = nn.Conv2d(10, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.cat([torch.sort(self.sorted(x), dim=1).values, self.free(x)], 1))


def test_an_operation_without_a_rule_freezes_what_reaches_it_and_nothing_else() -> None:
    graph = check_network(Unknown(), IMAGE, seed=0)
    assert (graph.layers["sorted"].frozen, graph.layers["free"].frozen) == (4, 0)
    freeze = next(freeze for freeze in graph.freezes if freeze.layer == "sorted")
    assert str(freeze) == "sorted: all 4 neurons stay, because of sort: there is no rule for this operation"
    assert graph.uncounted == ["sort"]


class HardCoded(nn.Module):
    """A view and a slice with numbers in them; only a re-trace can find that out."""

    def __init__(self) -> None:
        super().__init__()
        self.viewed, self.cut, self.free = (nn.Conv2d(2, 8, 1) for _ in range(3))
        self.head = nn.Conv2d(2 + 3 + 8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        viewed = self.viewed(x).view(x.shape[0], 2, 4, *x.shape[2:]).mean(2)
        return self.head(torch.cat([viewed, self.cut(x)[:, :3], self.free(x)], 1))


def test_hard_coded_sizes_are_found_and_frozen() -> None:
    graph = check_network(HardCoded(), IMAGE, seed=0)
    assert graph.layers["viewed"].frozen == 8
    assert graph.layers["cut"].frozen == 3  # what lies behind the cut can go
    assert graph.layers["free"].frozen == 0


class Heads(nn.Module):
    """Two heads, one of which exists only in training."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.extra = nn.Conv2d(2, 6, 1), nn.Conv2d(6, 4, 1)
        self.extra_out, self.out = nn.Conv2d(4, 2, 1), nn.Conv2d(6, 2, 1)
        self.idle = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.body(x)
        return (self.out(x), self.extra_out(self.extra(x))) if self.training else self.out(x)


def test_heads_of_training_mode_are_labelled_and_unused_parameters_are_named() -> None:
    model = Heads()
    graph = trace(model, IMAGE)
    assert set(graph.output_layers) == {"out", "extra_out"}
    assert graph.layers["extra"].prunable
    assert any("idle" in note for note in graph.notes)
    assert model.training, "tracing leaves the model as it was"
    assert graph.cost().macs == 2 * 64 * (2 * 6 + 6 * 2), "prices are those of evaluation mode"


class ReturnedInTraining(nn.Module):
    """A head that always runs; training returns it, evaluation does not."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.stem, self.head, self.out = nn.Conv2d(2, 8, 3, padding=1), nn.Conv2d(8, 3, 1), nn.Conv2d(8, 3, 1)
        self.how = how

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor] | dict[str, Tensor]:
        features = torch.relu(self.stem(x))
        head, out = self.head(features), self.out(features)
        if self.how == "other":
            return head if self.training else out
        if not self.training:
            return out
        return {"out": out, "deep": head} if self.how == "dict" else (out, head)


@pytest.mark.parametrize("how", ["tuple", "dict", "other"])
def test_what_only_training_returns_is_an_output(how: str) -> None:
    graph = check_network(ReturnedInTraining(how), IMAGE, seed=0)
    assert graph.output_layers == ("head", "out")
    assert {name: layer.frozen for name, layer in graph.layers.items()} == {"stem": 0, "head": 3, "out": 3}


def test_a_layer_that_stays_for_another_reason_is_still_an_output() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.out = nn.Conv2d(2, 4, 1), nn.Conv2d(4, 3, 1)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            made = self.conv(x)
            return made, self.out(made.flip(1))

    assert trace(Mixed(), IMAGE).output_layers == ("conv", "out")


class PaddedShortcut(nn.Module):
    """ResNet's type A: where a block widens, its shortcut is padded with zeros up to the fixed width."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.inner, self.last = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, width, 1)
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        zeros = torch.zeros(x.size(0), self.width - x.size(1), *x.shape[2:])
        return self.last(torch.relu(self.inner(x))) + torch.cat([x.data, zeros], dim=1)


def test_a_shortcut_of_fixed_width_freezes_what_meets_there_and_nothing_else() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 4, 1), PaddedShortcut(4, 8), PaddedShortcut(8, 12), nn.Conv2d(12, 3, 1))
    graph = trace(model, IMAGE)
    free = {name: layer.neurons - layer.frozen for name, layer in graph.layers.items()}
    assert free == {"0": 0, "1.inner": 4, "1.last": 0, "2.inner": 8, "2.last": 0, "3": 0}
    assert str(graph.layers["0"].frozen_reason).startswith("cat in '1': it meets a tensor whose size depends")
    half = {name: torch.arange(graph.layers[name].neurons) % 2 == 0 for name in ("1.inner", "2.inner")}
    assert verify_shrink(model, graph, graph.resolve(half)) < 1e-9


class CountsChannels(nn.Module):
    """What it runs depends on how many channels there are."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x.sin() if x.shape[1] == 6 else x.cos()


def test_only_the_module_that_branches_on_its_channels_stays_whole() -> None:
    before, after = (nn.Conv2d(2, 8, 1), nn.Conv2d(8, 6, 1)), (nn.Conv2d(6, 5, 1), nn.Conv2d(5, 2, 1))
    model = nn.Sequential(*before, CountsChannels(), *after)
    graph = trace(model, IMAGE)
    free = {name: layer.neurons - layer.frozen for name, layer in graph.layers.items()}
    assert free == {"0": 8, "1": 6, "2.conv": 0, "3": 5, "4": 0}


class ChoosesByConstants(nn.Module):
    """What it runs is written in a tensor that is no buffer, as in networks that were searched for."""

    def __init__(self) -> None:
        super().__init__()
        self.code = torch.tensor([[0, 1], [1, 0]])
        self.first, self.second = nn.Conv2d(2, 4, 1), nn.Conv2d(2, 6, 1)
        self.head = nn.Conv2d(6, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.first(x) if self.code[0, 0] + self.code[1, 1] == 1 else self.second(x))


def test_constants_keep_their_values_on_shapes() -> None:
    model = ChoosesByConstants()
    recording = record(model, InputSpec.of(IMAGE), tracer=ON_SHAPES)
    assert "second_weight" in {node.name for node in recording.nodes}
    assert "first_weight" not in {node.name for node in recording.nodes}
    assert model.code.tolist() == [[0, 1], [1, 0]]
    assert check_network(model, IMAGE, seed=0).layers["second"].prunable


class Siamese(nn.Module):
    """Several inputs, one shared extractor under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(2, 4, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.again = self.features
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.head(torch.cat([self.features(left), self.again(right)], 1))


def test_shared_modules_and_several_inputs() -> None:
    graph = trace(Siamese(), (*IMAGE, *IMAGE))
    assert list(graph.layers) == ["features.0", "head"]
    units = units_of(graph, "features.0")
    assert graph.parameter_units["head.weight"][1].tolist() == units + units
    assert graph.cost().macs == 2 * 64 * (2 * 8 + 8 * 2), "the shared layer runs twice"
    assert graph.cost().params == sum(parameter.numel() for parameter in Siamese().parameters())


class CostVolume(nn.Module):
    """A siamese cost volume built in one of three ways."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = nn.Conv2d(2, 4, 3, padding=1)
        self.match = nn.Conv3d(8, 6, 3, padding=1)
        self.head = nn.Conv3d(6, 1, 1)
        self.how = how

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        left, right = self.features(left), self.features(right)
        shifted = [torch.cat([left, F.pad(right, [d, 0])[..., : right.shape[-1]]], 1) for d in range(3)]
        if self.how == "stack":
            volume = torch.stack(shifted, 2)
        elif self.how == "cat":
            volume = torch.cat([plane.unsqueeze(2) for plane in shifted], 2)
        else:
            batch, channels, height, width = left.shape
            volume = left.new_zeros(batch, 2 * channels, 3, height, width)
            for d in range(3):
                volume[:, :channels, d, :, d:] = left[..., d:]
                volume[:, channels:, d, :, d:] = right[..., : width - d]
        return self.head(F.relu(self.match(volume)))


def test_a_cost_volume_keeps_the_same_channels_however_it_is_built() -> None:
    graphs = [trace(CostVolume(how), (*IMAGE, *IMAGE)) for how in ("stack", "cat", "fill")]
    for graph in graphs:
        assert graph.layers["features"].frozen == graph.layers["match"].frozen == 0
        assert units_of(graph, "features") == units_of(graphs[0], "features")
        units = graph.parameter_units["match.weight"][1].tolist()
        assert units == 2 * units_of(graph, "features")


@pytest.mark.parametrize("layer", [nn.Conv2d(2, 4, 3, padding=1), nn.ConvTranspose2d(2, 4, 2, stride=2)])
def test_computed_weights_are_counted(layer: nn.Module) -> None:
    model = nn.Sequential(nn.Conv2d(2, 2, 1), nn.utils.parametrizations.weight_norm(layer), nn.Conv2d(4, 2, 1))
    assert flops(model, IMAGE) == trace(model, IMAGE).cost().flops


class Dynamic(nn.Module):
    """A convolution whose kernel is made from what it convolves."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.kernel, self.last = nn.Conv2d(2, 4, 1), nn.Linear(4, 16), nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.last(F.conv2d(x, self.kernel(x.mean((0, 2, 3))).view(4, 4, 1, 1)))


def test_weights_that_depend_on_activations_freeze_and_are_counted() -> None:
    graph = trace(Dynamic(), IMAGE)
    reasons = [str(graph.layers[name].frozen_reason) for name in ("first", "kernel")]
    assert all("its weight is computed from other tensors" in reason for reason in reasons), reasons
    assert flops(Dynamic(), IMAGE) == graph.cost().flops


def test_parameters_on_meta_are_traced_and_priced() -> None:
    with torch.device("meta"):
        model = UNet3d(1, 50, base_channels=64)
    graph = trace(model, (torch.empty(1, 1, 64, 64, 64, device="meta"),))
    assert graph.cost().paper_macs / 1e9 == pytest.approx(237.85, abs=0.005)  # the paper's table
    assert graph.cost().params * 4 / 2**20 == pytest.approx(62.26, abs=0.005)
    assert graph.cost().activations * 4 / 2**20 == pytest.approx(947.00, abs=0.005)


class OnlyExported(nn.Module):
    """What the first tracer cannot get through and the next one can."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 4, 1), nn.Conv2d(4, 2, 1)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first(x))
        if not torch.compiler.is_exporting():
            raise RuntimeError("this forward refuses to be run")
        return self.second(x)


def test_the_next_tracer_is_used_where_the_first_fails() -> None:
    graph = trace(OnlyExported(), IMAGE)
    assert graph.layers["first"].frozen == 0
    assert graph.notes == [
        "its operations could not be followed on shapes alone; 'torch.export' traced this network",
        "never used in a forward pass, kept whole: scale",
    ]


def test_every_tracer_gives_the_same_graph() -> None:
    model = UNet3d(1, 3, base_channels=4, levels=3).eval()
    expected = None
    for name in TRACERS:
        recording = record(model, VOLUME, tracer=name)
        owners = [recording.owners.get(node.name, "") for node in recording.nodes if node.op == "call_function"]
        operations = [str(node.target) for node in recording.nodes if node.op == "call_function"]
        expected = expected or (owners, operations)
        assert (owners, operations) == expected, name


class Branching(nn.Module):
    """A forward that looks at values, beside a part that does not care."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 6, 1), nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x) if x.square().mean().item() > 0 else self.first(-x)
        return self.second(x)


def test_branches_on_values_are_followed_and_said() -> None:
    graph = trace(Branching(), (torch.empty(2, 2, 8, 8, device="meta"),))
    assert graph.layers["first"].frozen == 0
    assert any("branches that depend on data" in note for note in graph.notes)
    with pytest.raises(TraceError, match="Branching cannot be traced with an input of 2x2x8x8"):
        trace(Branching().to("meta"), IMAGE)


class Leaving(nn.Module):
    """One branch passes through NumPy and back."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.free, self.head = nn.Conv2d(2, 4, 1), nn.Conv2d(2, 6, 1), nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        outside = self.left(x).detach().numpy().mean()
        return self.head(self.free(x)) * float(outside)


def test_what_leaves_pytorch_is_frozen() -> None:
    graph = trace(Leaving(), IMAGE)
    assert graph.notes
    assert (graph.layers["left"].frozen, graph.layers["free"].frozen) == (4, 0)


def test_a_rejected_input_is_said_in_one_sentence() -> None:
    with pytest.raises(TraceError, match="UNet3d rejects an input of 1x3x8x8x8") as caught:
        trace(UNet3d(1, 3, base_channels=4, levels=3), (torch.zeros(1, 3, 8, 8, 8),))
    assert "\n" not in str(caught.value)


def test_tracing_leaves_weights_and_modes_alone() -> None:
    model = UNet3d(1, 3, base_channels=4, levels=3)
    model.encoder1.eval()
    before = copy.deepcopy(model.state_dict())
    modes = [module.training for module in model.modules()]
    trace(model, VOLUME)
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class Resolving:
    model = nn.Sequential(nn.Conv2d(2, 4, 1), nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 2, 1))


def test_coupling_any_and_all() -> None:
    graph = trace(Resolving.model, IMAGE)
    masks = {"0": torch.tensor([1, 1, 0, 0]).bool(), "1": torch.tensor([1, 0, 1, 0]).bool()}
    assert graph.resolve(masks)["0"].tolist() == [True, True, True, False]
    assert graph.layers["1"].depthwise
    assert graph.resolve(masks, coupling="paper")["1"].tolist() == [True, True, False, False]
    kept = graph.resolve(masks, coupling="all")
    assert kept["1"].tolist() == [True, False, False, False]
    assert kept["2"].tolist() == [True, True], "frozen neurons stay whatever the masks say"
    with pytest.raises(ValueError, match=r"expected coupling 'any', 'paper', 'all', or a function .*, got 'some'"):
        graph.resolve(masks, coupling="some")  # type: ignore[arg-type]


def test_masks_of_another_network_are_refused() -> None:
    graph = trace(Resolving.model, IMAGE)
    with pytest.raises(ValueError, match="mask for '0' has 8 entries, the layer has 4 neurons"):
        graph.resolve({"0": torch.ones(8).bool()})
    with pytest.raises(ValueError, match="got 'conv9', which it does not have; its layers are '0', '1', '2'"):
        graph.resolve({"conv9": torch.ones(8).bool()})
    with pytest.raises(ValueError, match="tears apart or drops tied neurons of '0'"):
        graph.cost({"0": torch.tensor([1, 0, 1, 1]).bool()})


def test_a_curve_is_the_same_as_pricing_every_point() -> None:
    model = UNet3d(1, 3, base_channels=8, levels=3, norm="group")
    graph = trace(model, VOLUME)
    generator = torch.Generator().manual_seed(0)
    points = 9
    lifetimes = {
        name: torch.randint(0, points + 1, (layer.neurons,), generator=generator)
        for name, layer in graph.layers.items()
    }
    for coupling in COUPLINGS:
        resolved = graph.resolve_lifetimes(lifetimes, points, coupling)
        curve = graph.cost_curve(resolved, points)
        for point in range(points):
            masks = {name: lifetime > point for name, lifetime in lifetimes.items()}
            kept = graph.resolve(masks, coupling)
            assert all(torch.equal(kept[name], resolved[name] > point) for name in kept)
            cost = graph.cost(kept)
            assert [curve[kind][point] for kind in ("macs", "paper_macs", "params", "activations")] == [
                cost.macs,
                cost.paper_macs,
                cost.params,
                cost.activations,
            ]


def test_costs_by_layer_add_up() -> None:
    graph = trace(UNet3d(1, 3, base_channels=4, levels=3), VOLUME)
    for kind in ("macs", "paper_macs", "params", "activations"):
        assert sum(getattr(cost, kind) for cost in graph.cost_by_layer().values()) == getattr(graph.cost(), kind)
    with pytest.raises(ValueError, match="expected a cost of macs, activations, params, paper_macs, got 'flops'"):
        graph.layer_costs("flops")
