"""The 3D-UNet against the paper's published figures; every preset runs, and is one network for one seed."""

import pytest
import torch
from torch import nn

from ranp.graph import trace
from ranp.models import ARCHITECTURES, GALLERY, build, example_inputs, initialise
from ranp.models.unet3d import UNet3d
from ranp.subject import library_network

PRESETS = [
    pytest.param(name, preset, marks=pytest.mark.slow if name in GALLERY else ())
    for name, architecture in ARCHITECTURES.items()
    for preset in architecture.presets
]


def counted(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> dict[str, int]:
    """MACs as the original code counts them, and elements of leaf modules' outputs, from hooks in a forward pass.

    A transposed convolution is counted once for each input position; the original code counts output positions.
    """
    counts = {"paper_macs": 0, "activations": 0}

    def count(module: nn.Module, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        counts["activations"] += output.numel()
        if isinstance(module, nn.ConvTranspose3d):
            counts["paper_macs"] += given[0].numel() * module.weight[0].numel()
        elif isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear)):
            counts["paper_macs"] += output.numel() * (module.weight[0].numel() + (module.bias is not None))
        elif isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            counts["paper_macs"] += 4 * output.numel()

    leaves = [
        module for module in model.modules() if not isinstance(module, nn.Sequential) and not [*module.children()]
    ]
    hooks = [module.register_forward_hook(count) for module in leaves]
    model(*inputs)
    for hook in hooks:
        hook.remove()
    return counts


def test_the_papers_counts_come_out() -> None:
    # arXiv 2010.02488, table 1: 237.85 G and 62.26 MB; memory without the final softmax, design section 1.
    model = build("unet3d", "shapenet", device="meta")
    counts = counted(model, example_inputs("unet3d", "shapenet"))
    assert round(counts["paper_macs"] / 1e9, 2) == 237.85
    assert round(sum(parameter.numel() for parameter in model.parameters()) * 4 / 2**20, 2) == 62.26
    assert counts["activations"] * 4 / 2**20 == 947.00


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_builds_and_runs(name: str, preset: str) -> None:
    model = build(name, preset, device="meta")
    chosen = ARCHITECTURES[name].presets[preset]
    inputs = example_inputs(name, preset, batch=2)
    output = model.eval()(*inputs)
    classes, size = chosen.arguments["classes"], chosen.input_shapes[0][2:]
    expected = {
        "brain": (2, classes, *size),
        "voxel-parts": (2, classes, *size),
        "motion": (2, classes),
        "stereo": (2, *size),
        "tissue": (2, classes, *size),
    }
    assert output.shape == expected[chosen.task]
    assert all(shape[0] == 1 for shape in chosen.input_shapes)
    assert 0 <= chosen.sparsity < 1


@pytest.mark.parametrize("norm", ["batch", "group"])
@pytest.mark.parametrize("shape", [(8, 8, 8), (9, 10, 11)])
def test_logits_have_the_volumes_size(norm: str, shape: tuple[int, ...]) -> None:
    model = UNet3d(in_channels=3, classes=2, base_channels=6, levels=3, norm=norm)
    assert model(torch.zeros(2, 3, *shape)).shape == (2, 2, *shape)


def test_the_first_convolution_never_narrows_its_input() -> None:
    model = UNet3d(in_channels=7, classes=2, base_channels=8, levels=2)
    assert model.get_submodule("encoder1.conv1").weight.shape[:2] == (7, 7)
    assert model.get_submodule("encoder2.conv1").weight.shape[:2] == (8, 8)


def test_the_skip_comes_before_the_upsampled_volume() -> None:
    model = UNet3d(in_channels=1, classes=2, base_channels=4, levels=2)
    seen: dict[str, torch.Tensor] = {}
    for name in ("encoder1", "encoder2"):
        model.get_submodule(name).register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out}))
    model.get_submodule("decoder1.conv1").register_forward_hook(lambda _m, i, _o: seen.update(joined=i[0]))
    model(torch.randn(1, 1, 4, 4, 4))
    assert torch.equal(seen["joined"][:, :4], seen["encoder1"])
    nearest = seen["encoder2"].repeat_interleave(2, 2).repeat_interleave(2, 3).repeat_interleave(2, 4)
    assert torch.equal(seen["joined"][:, 4:], nearest)


@pytest.mark.parametrize("init", ["xavier", "orthogonal"])
def test_one_seed_is_one_network(init: str) -> None:
    first, again = (build("unet3d", base_channels=4, seed=3, init=init).state_dict() for _ in range(2))
    other = build("unet3d", base_channels=4, seed=4, init=init).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder2.conv1.weight"], other["encoder2.conv1.weight"])


def test_building_leaves_the_callers_random_state_alone() -> None:
    before = torch.get_rng_state()
    build("unet3d", base_channels=4)
    assert torch.equal(torch.get_rng_state(), before)


def test_xavier_weights_have_their_variance_and_the_rest_its_constants() -> None:
    model = build("unet3d", "classroom")
    weight = model.get_submodule("decoder3.conv1").weight
    fan_in, fan_out = weight.shape[1] * 27, weight.shape[0] * 27
    assert weight.var().item() == pytest.approx(2 / (fan_in + fan_out), rel=0.02)
    assert torch.equal(model.get_parameter("final.bias"), torch.zeros(4))
    assert torch.equal(model.get_parameter("encoder1.norm1.weight"), torch.ones(8))


def test_orthogonal_weights_are_orthogonal() -> None:
    rows = build("unet3d", "classroom", init="orthogonal").get_parameter("encoder2.conv1.weight").flatten(1)
    torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows)), atol=1e-5, rtol=0)


def test_a_shared_weight_is_drawn_once_and_other_parameters_stay() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
            self.second.weight = self.first.weight
            self.position = nn.Parameter(torch.full((3,), 7.0))

    tied, plain = initialise(Tied(), seed=0), initialise(nn.Linear(3, 3), seed=0)
    assert torch.equal(tied.second.weight, plain.weight)
    assert torch.equal(tied.position, torch.full((3,), 7.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "unet3"}, "did you mean 'unet3d'"),
        ({"name": "unet3d", "preset": "classrom"}, "did you mean 'classroom'"),
        ({"name": "unet3d", "width": 3}, "unexpected keyword argument 'width'"),
        ({"name": "unet3d", "norm": "layer"}, "norm must be 'batch' or 'group', not 'layer'"),
        ({"name": "unet3d", "init": "kaiming"}, "init must be one of xavier, orthogonal, not 'kaiming'"),
    ],
)
def test_a_wrong_choice_is_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**arguments)


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_what_ships_need_not_be_traced_again_in_shrunk_form(name: str, preset: str) -> None:
    network = library_network(name, preset, {}, seed=0, init="xavier")
    assert network._as_shipped == (not ARCHITECTURES[name].needs)
    quick, checked = (trace(network.shapes(), network.inputs(), check=check) for check in (False, True))
    assert quick.freezes == checked.freezes
    assert quick.notes == checked.notes
    assert name in GALLERY or quick.notes == []
    for layer, units in checked.layer_units.items():
        assert quick.layer_units[layer].tolist() == units.tolist()
    for parameter, dims in checked.parameter_units.items():
        assert {dim: units.tolist() for dim, units in quick.parameter_units[parameter].items()} == {
            dim: units.tolist() for dim, units in dims.items()
        }


def test_other_arguments_are_not_what_ships() -> None:
    assert not library_network("unet3d", "classroom", {"base_channels": 12}, seed=0, init="xavier")._as_shipped
