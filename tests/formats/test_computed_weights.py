"""Files of networks whose weights are made of parameters: each says what the network computes with."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save_file
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils import prune as torch_prune

import ranp
from ranp import load_plan
from ranp.formats import FORMATS, export_plan, read_masks
from ranp.graph import ChannelGraph
from ranp.plan import Plan, plan_from_masks
from tests.graph.test_computed_weights import FREE, INPUT, masks, network

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
HOOKED = "weight norm by hook"
NAMES = [name for name in FREE if name != "normalised by hand"]


@cache
def planned(name: str) -> tuple[nn.Module, ChannelGraph, Plan]:
    torch.manual_seed(0)
    model = FREE[name]().eval()
    graph = ranp.trace(model, INPUT)
    kept = graph.resolve({layer: torch.arange(made.neurons) % 3 != 0 for layer, made in graph.layers.items()})
    return model, graph, plan_from_masks(graph, kept)


def written(format: str, plan: Plan, model: nn.Module, folder: Path) -> Path:
    path = folder / f"plan{FORMATS[format].suffix}"
    export_plan(plan, format, path, model)
    return path


def masked_by_torch(model: nn.Module, path: Path) -> nn.Module:
    """What the format's own description says."""
    state = load(path.read_bytes())
    for name in [name for name in state if name.endswith("_mask")]:
        module, _, parameter = name.removesuffix("_mask").rpartition(".")
        torch_prune.custom_from_mask(model.get_submodule(module), parameter, state[name])
    model.load_state_dict(state)
    return model.eval()


def volume() -> Tensor:
    return torch.randn(1, 1, 5, 5, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", [name for name in NAMES if name != HOOKED])
def test_torch_prune_computes_what_the_small_network_does(name: str, tmp_path: Path) -> None:
    model, _, plan = planned(name)
    path = written("torch-prune", plan, model, tmp_path)
    found = masked_by_torch(FREE[name](), path)(volume())
    torch.testing.assert_close(found, plan.apply(model)(volume()), rtol=1e-4, atol=1e-6)


def test_masks_that_a_network_has_are_joined_with_the_plans(tmp_path: Path) -> None:
    model, graph, plan = planned("masks")
    path = written("torch-prune", plan, model, tmp_path)
    state = load(path.read_bytes())
    assert not [name for name in state if "_orig_" in name or "_mask_" in name]
    assert bool((state["2.weight_mask"] <= model[2].weight_mask).all())
    plain = masked_by_torch(network(lambda _: None), path)
    torch.testing.assert_close(plain(volume()), plan.apply(model)(volume()), rtol=1e-4, atol=1e-6)
    alive = {
        name: model[int(name)].weight_mask.flatten(1).any(1) | model[int(name)].bias_mask.bool() for name in ("0", "2")
    }
    found = read_masks(path, model, graph)
    assert all(torch.equal(found[name], plan.kept[name] & mask) for name, mask in alive.items())


def test_masks_behind_a_hook_that_reads_too_early_are_refused(tmp_path: Path) -> None:
    model, _, plan = planned(HOOKED)
    with pytest.raises(ValueError, match=r"'0\.weight' is made by a hook \(WeightNorm\), which would read its param"):
        written("torch-prune", plan, model, tmp_path)


@pytest.mark.parametrize("format", ["torch-prune", "nni"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in (HOOKED, "masks")])
def test_our_masks_come_back(name: str, format: str, tmp_path: Path) -> None:
    model, graph, plan = planned(name)
    found = read_masks(written(format, plan, model, tmp_path), model, graph)
    assert all(torch.equal(mask, plan.kept[layer]) for layer, mask in graph.resolve(found).items())


@pytest.mark.parametrize("name", NAMES)
def test_nni_masks_go_by_the_names_of_modules(name: str, tmp_path: Path) -> None:
    model, graph, plan = planned(name)
    path = written("nni", plan, model, tmp_path)
    content = torch.load(path, weights_only=True)
    assert {module: list(own) for module, own in content.items()} == {key: ["weight", "bias"] for key in ("0", "2")}
    for module, own in content.items():
        assert own["weight"].shape == model[int(module)].weight.shape
        assert torch.equal(own["bias"].bool(), plan.kept[module])
    assert graph.resolve(read_masks(path, model, graph)).keys() == plan.kept.keys()


@pytest.mark.parametrize("change", [parametrizations.weight_norm, nn.utils.weight_norm, masks])
def test_masks_of_the_plain_network_are_read(change: Callable[[nn.Module], object], tmp_path: Path) -> None:
    """A file that masks the weights of layers which make them of parameters now."""
    mask = torch.ones(6, 1, 3, 3, 3)
    mask[2:4] = 0
    save_file({"0.weight_mask": mask}, tmp_path / "masks.safetensors")
    model = network(change)
    found = read_masks(tmp_path / "masks.safetensors", model, ranp.trace(model, INPUT))
    assert found["0"].tolist() == [True, True, False, False, True, True]


def test_a_masked_length_masks_its_neuron(tmp_path: Path) -> None:
    model = network(parametrizations.weight_norm)
    lengths = torch.tensor([1.0, 0, 1, 1, 1, 0]).view(6, 1, 1, 1, 1)
    save_file({"0.parametrizations.weight.original0_mask": lengths}, tmp_path / "masks.safetensors")
    found = read_masks(tmp_path / "masks.safetensors", model, ranp.trace(model, INPUT))
    assert found["0"].tolist() == [True, False, True, True, True, False]


@pytest.mark.parametrize("name", NAMES)
def test_the_script_and_the_saved_plan_give_the_small_network(name: str, tmp_path: Path) -> None:
    model, _, plan = planned(name)
    small = plan.apply(model)
    script: dict[str, Callable[[nn.Module], nn.Module]] = {}
    exec(written("pytorch", plan, model, tmp_path).read_text(), script)
    model(volume())  # as it is met: a hook has left a weight with a history
    torch.testing.assert_close(script["shrink"](model)(volume()), small(volume()))
    plan.save(tmp_path / "saved", small)
    back = load_plan(tmp_path / "saved")
    other = FREE[name]().eval()
    again = back.graph_of(other)
    assert back.weights is not None
    fresh = ranp.shrink(other, again, back.kept)
    fresh.load_state_dict(dict(back.weights))
    torch.testing.assert_close(fresh(volume()), small(volume()))


@pytest.mark.parametrize(
    ("name", "format"), [("masks", "torch-export"), ("weight norm", "torch-export"), (HOOKED, "onnx")]
)
def test_programs_of_computed_weights_are_written(name: str, format: str, tmp_path: Path) -> None:
    model, _, plan = planned(name)
    path = written(format, plan, model, tmp_path)
    small = plan.apply(model)(volume())
    if format == "onnx":
        session = pytest.importorskip("onnxruntime").InferenceSession(str(path))
        found = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: volume().numpy()})[0])
    else:
        found = torch.export.load(path).module()(volume())
    torch.testing.assert_close(found, small, rtol=1e-4, atol=1e-5)
