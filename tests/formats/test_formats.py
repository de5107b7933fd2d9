"""Other tools' formats: each file is loaded by the tool that it is for, and masks of theirs come back as plans."""

import inspect
import io
import json
import os
import pickle
import random
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save_file
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune

from ranp import ARCHITECTURES, build, load_plan
from ranp.__main__ import main
from ranp.formats import FORMATS, export_plan, read_masks
from ranp.formats import onnx as onnx_format
from ranp.graph import trace
from ranp.models import example_inputs
from ranp.plan import Plan, Provenance, plan_from_masks, prune
from ranp.selection import IMPORTED, PruningConfig
from tests.cases import CASES, Siamese

TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}  # float32: the same sums in another order


class Residual(nn.Module):
    """A stem, a block around which its input is carried, a depthwise convolution and a head, in 2D or 3D."""

    def __init__(self, dims: int = 3) -> None:
        super().__init__()
        convolution, norm = (nn.Conv2d, nn.BatchNorm2d) if dims == 2 else (nn.Conv3d, nn.BatchNorm3d)
        self.stem = convolution(2, 8, 3, padding=1)
        self.norm = norm(8)
        self.wide = convolution(8, 12, 3, padding=1)
        self.depthwise = convolution(12, 12, 3, padding=1, groups=12)
        self.narrow = convolution(12, 8, 1, bias=False)
        self.activation = nn.ReLU()
        self.head = convolution(8, 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        carried = self.activation(self.norm(self.stem(volume)))
        inner = self.depthwise(self.activation(self.wide(carried)))
        return self.head(self.activation(self.narrow(inner) + carried))


@dataclass(frozen=True)
class Example:
    model: nn.Module
    inputs: tuple[Tensor, ...]
    plan: Plan


def lively(model: nn.Module) -> nn.Module:
    """Biases, norms and statistics away from zero and one, where a forgotten mask would not show."""
    generator = torch.Generator().manual_seed(3)
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.ndim == 1:
            tensor.data = 0.5 + torch.rand(tensor.shape, generator=generator)
    return model.eval()


def example(model: nn.Module, *shapes: tuple[int, ...], sparsity: float = 0.4, **known: Any) -> Example:
    lively(model)
    graph = trace(model, tuple(torch.empty(1, *shape[1:]) for shape in shapes))
    plan = prune(graph, None, PruningConfig("random", sparsity, seed=1, min_neurons=1), None, Provenance(**known))
    assert plan.feasible
    assert 0 < plan.achieved_sparsity < 1
    generator = torch.Generator().manual_seed(4)
    return Example(model, tuple(torch.randn(shape, generator=generator) for shape in shapes), plan)


def _unet() -> Example:
    arguments = {"in_channels": 2, "classes": 3, "base_channels": 4, "levels": 2}
    model = ARCHITECTURES["unet3d"].build(**arguments)
    return example(model, (2, 2, 8, 8, 8), architecture="unet3d", arguments=arguments)


def _residual(dims: int = 3) -> Example:
    torch.manual_seed(0)
    return example(Residual(dims), (2, 2, *[8] * dims))


def _transposed() -> Example:
    """Transposed convolutions, one of them in groups, of which the second goes."""
    model = nn.Sequential(
        nn.Conv3d(2, 12, 3, padding=1),
        nn.ReLU(),
        nn.ConvTranspose3d(12, 8, 2, stride=2, groups=4),
        nn.ReLU(),
        nn.ConvTranspose3d(8, 6, 2),
        nn.ReLU(),
        nn.Conv3d(6, 3, 1),
    )
    masks = {"0": [1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1], "2": [1, 1, 0, 0, 1, 1, 1, 1], "4": [0, 1, 1, 0, 1, 1]}
    graph = trace(lively(model), (torch.empty(1, 2, 4, 4, 4),))
    plan = plan_from_masks(graph, {name: torch.tensor(mask).bool() for name, mask in masks.items()})
    return Example(model, (torch.randn(2, 2, 4, 4, 4, generator=torch.Generator().manual_seed(4)),), plan)


EXAMPLES: dict[str, Callable[[], Example]] = {
    "unet3d": _unet,
    "unet3d-group": lambda: example(CASES["unet3d-group"]().model, (2, 2, 8, 8, 8)),
    "residual": _residual,
    "transposed": _transposed,
    "siamese": lambda: example(Siamese(), (2, 1, 7, 7), (2, 1, 7, 7)),
}


@pytest.fixture(scope="module", params=EXAMPLES)
def case(request: pytest.FixtureRequest) -> Example:
    torch.manual_seed(0)
    return EXAMPLES[request.param]()


def written(format: str, case: Example, folder: Path) -> Path:
    path = folder / f"file{FORMATS[format].suffix}"
    export_plan(case.plan, format, path, case.model)
    return path


def outputs(model: nn.Module, case: Example) -> Tensor:
    with torch.no_grad():
        return model.eval()(*case.inputs)


# torch.nn.utils.prune


def loaded_by_torch_prune(path: Path, model: nn.Module) -> nn.Module:
    """As the format's documentation says."""
    state = load(path.read_bytes())
    for name in [name for name in state if name.endswith("_mask")]:
        module, _, parameter = name.removesuffix("_mask").rpartition(".")
        torch_prune.custom_from_mask(model.get_submodule(module), parameter, state[name])
    model.load_state_dict(state)
    return model


def test_torch_prune_computes_what_the_small_network_does(case: Example, tmp_path: Path) -> None:
    expected = outputs(case.plan.apply(case.model), case)
    fresh = pickle.loads(pickle.dumps(case.model))
    for parameter in fresh.parameters():
        nn.init.ones_(parameter)
    masked = loaded_by_torch_prune(written("torch-prune", case, tmp_path), fresh)
    assert torch_prune.is_pruned(masked)
    torch.testing.assert_close(outputs(masked, case), expected, **TOLERANCE)
    assert not torch.allclose(outputs(case.model, case), expected, atol=1e-3)


def test_torch_prune_keeps_the_weights_behind_the_masks(case: Example, tmp_path: Path) -> None:
    state = load(written("torch-prune", case, tmp_path).read_bytes())
    for name, values in case.model.state_dict().items():
        assert torch.equal(state[name] if name in state else state[f"{name}_orig"], values)


# Torch-Pruning


@pytest.mark.parametrize("name", ["unet3d", "residual"])
def test_torch_pruning_replays_the_history(name: str, tmp_path: Path) -> None:
    torch_pruning = pytest.importorskip("torch_pruning", reason="the package is not installed")
    case = EXAMPLES[name]()
    history = json.loads(written("torch-pruning", case, tmp_path).read_text())
    small = case.plan.apply(case.model)
    replayed = pickle.loads(pickle.dumps(case.model))
    torch_pruning.DependencyGraph().build_dependency(replayed, case.inputs).load_pruning_history(history)
    shapes = {name: tuple(tensor.shape) for name, tensor in small.state_dict().items()}
    assert {name: tuple(tensor.shape) for name, tensor in replayed.state_dict().items()} == shapes
    assert all(torch.equal(replayed.state_dict()[name], tensor) for name, tensor in small.state_dict().items())
    torch.testing.assert_close(outputs(replayed, case), outputs(small, case))


def test_a_history_numbers_neurons_as_they_are_by_then(tmp_path: Path) -> None:
    class Added(nn.Module):
        """The third layer is tied to both others, by halves: what they take renumbers what is left of it."""

        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.both = nn.Conv3d(1, 3, 1), nn.Conv3d(1, 3, 1), nn.Conv3d(1, 6, 1)
            self.head = nn.Conv3d(6, 1, 1)

        def forward(self, volume: Tensor) -> Tensor:
            return self.head(torch.cat([self.one(volume), self.two(volume)], dim=1) + self.both(volume))

    model = Added()
    graph = trace(model, (torch.empty(1, 1, 2, 2, 2),))
    masks = {"one": [1, 0, 1], "two": [0, 1, 1], "both": [1, 0, 1, 0, 1, 1]}
    plan = plan_from_masks(graph, {name: torch.tensor(mask).bool() for name, mask in masks.items()})
    path = written("torch-pruning", Example(model, (), plan), tmp_path)
    assert json.loads(path.read_text()) == [["one", True, [1]], ["two", True, [0]]]


@pytest.mark.parametrize("name", ["unet3d-group", "transposed"])
def test_a_history_cannot_remove_groups(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"removes groups of '\S+', and Torch-Pruning's history cannot say so"):
        written("torch-pruning", EXAMPLES[name](), tmp_path)


# NNI


def nni_masks(case: Example, folder: Path) -> dict[str, dict[str, Tensor]]:
    return torch.load(written("nni", case, folder), weights_only=True)


def test_nni_masks_have_the_shape_of_their_parameters(case: Example, tmp_path: Path) -> None:
    masks = nni_masks(case, tmp_path)
    assert masks.keys() == {name for name, kept in case.plan.kept.items() if not kept.all()}
    for name, of_module in masks.items():
        module = case.model.get_submodule(name)
        assert of_module.keys() == dict(module.named_parameters()).keys()
        for parameter, mask in of_module.items():
            assert mask.dtype == torch.float32
            assert mask.shape == getattr(module, parameter).shape
            assert set(mask.unique().tolist()) == {0.0, 1.0}


def test_nni_masks_silence_the_pruned_neurons(case: Example, tmp_path: Path) -> None:
    """With masks on the producing weights a layer gives zeros at pruned neurons, and the same as before elsewhere."""
    for name, of_module in nni_masks(case, tmp_path).items():
        module = pickle.loads(pickle.dumps(case.model.get_submodule(name)))
        volume = torch.rand(1, getattr(module, "in_channels", 3), *[5] * (module.weight.ndim - 2))
        before = module(volume)
        for parameter, mask in of_module.items():
            getattr(module, parameter).data *= mask
        after, kept = module(volume), case.plan.kept[name]
        assert torch.equal(after[:, kept], before[:, kept])
        assert not after[:, ~kept].any()


def test_nni_speeds_the_network_up(tmp_path: Path) -> None:
    """NNI 3.0 replaces 2D layers only, and its own tracer does not run on torch 2.13; torch.fx traces for it."""
    reason = "nni 3.0, the last release, wants filelock < 3.12; install it into an environment of its own"
    speedup = pytest.importorskip("nni.compression.speedup", reason=reason)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.Conv2d(6, 3, 1))
    case = example(model, (2, 2, 9, 9))
    path, small = written("nni", case, tmp_path), case.plan.apply(model)
    traced = torch.fx.symbolic_trace(model)
    faster = speedup.ModelSpeedup(model, case.inputs, str(path), graph_module=traced).speedup_model()
    assert [tuple(tensor.shape) for tensor in faster.parameters()] == [tuple(t.shape) for t in small.parameters()]
    torch.testing.assert_close(outputs(faster, case), outputs(small, case), **TOLERANCE)


# Plain PyTorch

ALONE = """
import runpy, sys
sys.modules["ranp"] = None  # from now on, importing it fails
import torch
sys.path.insert(0, sys.argv[1])
script = runpy.run_path(sys.argv[1] + "/file.py")
full, inputs = torch.load(sys.argv[1] + "/full.pt", weights_only=True)
{model}
model.load_state_dict(full)
small = script["shrink"](model).eval()
result = small(*inputs).detach(), sum(parameter.numel() for parameter in small.parameters())
assert sum(parameter.numel() for parameter in model.parameters()) > result[1]
torch.save(result, sys.argv[1] + "/result.pt")
"""
MODELS = {
    "unet3d": "model = script['UNet3d'](2, 3, base_channels=4, levels=2)\n"
    "assert script['small_network']().encoder1.conv1.out_channels < 4",
    "residual": "from network import Residual; model = Residual()",
    "siamese": "from network import Siamese; model = Siamese(); model.second.weight = model.first.weight",
}


@pytest.mark.parametrize("name", MODELS)
def test_the_script_runs_with_torch_alone(name: str, tmp_path: Path) -> None:
    case = EXAMPLES[name]()
    written("pytorch", case, tmp_path)
    torch.save((case.model.state_dict(), case.inputs), tmp_path / "full.pt")
    source = inspect.getsource(Residual) + "\n\n" + inspect.getsource(Siamese)
    (tmp_path / "network.py").write_text(f"import torch\nfrom torch import Tensor, nn\n\n\n{source}")
    code = ALONE.format(model=MODELS[name])
    subprocess.run([sys.executable, "-I", "-c", code, str(tmp_path)], check=True)
    result, parameters = torch.load(tmp_path / "result.pt", weights_only=True)
    small = case.plan.apply(case.model)
    torch.testing.assert_close(result, outputs(small, case))
    assert parameters == case.plan.pruned.params


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_script_gives_the_small_networks_parameters(name: str, tmp_path: Path) -> None:
    case = EXAMPLES[name]()
    script: dict[str, Any] = {"__name__": "script"}
    exec(written("pytorch", case, tmp_path).read_text(), script)
    before = pickle.dumps(case.model.state_dict())
    rebuilt, small = script["shrink"](case.model), case.plan.apply(case.model)
    assert str(rebuilt) == str(small)
    assert rebuilt.state_dict().keys() == small.state_dict().keys()
    assert all(torch.equal(tensor, small.state_dict()[name]) for name, tensor in rebuilt.state_dict().items())
    assert pickle.dumps(case.model.state_dict()) == before


# Programs


def test_the_exported_program_takes_any_batch(case: Example, tmp_path: Path) -> None:
    program = torch.export.load(written("torch-export", case, tmp_path)).module()
    small = case.plan.apply(case.model).eval()
    for size in (1, 2):
        inputs = tuple(tensor[:size] for tensor in case.inputs)
        torch.testing.assert_close(program(*inputs), small(*inputs), **TOLERANCE)


def test_a_network_for_one_batch_size_is_exported_for_that(tmp_path: Path) -> None:
    class Single(nn.Sequential):
        def forward(self, volume: Tensor) -> Tensor:
            return super().forward(volume.reshape(1, 2, 4, 4, 4))

    torch.manual_seed(0)
    case = example(Single(nn.Conv3d(2, 8, 3), nn.ReLU(), nn.Conv3d(8, 2, 1)), (1, 2, 4, 4, 4))
    program = torch.export.load(written("torch-export", case, tmp_path)).module()
    torch.testing.assert_close(program(*case.inputs), outputs(case.plan.apply(case.model), case), **TOLERANCE)


@pytest.mark.parametrize("name", ["unet3d", "siamese"])
def test_onnx_computes_what_the_small_network_does(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="the extra onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="the package is not installed")
    case = EXAMPLES[name]()
    session = runtime.InferenceSession(written("onnx", case, tmp_path), providers=["CPUExecutionProvider"])
    small = case.plan.apply(case.model).eval()
    for size in (1, 2):
        inputs = tuple(tensor[:size] for tensor in case.inputs)
        feed = {place.name: tensor.numpy() for place, tensor in zip(session.get_inputs(), inputs, strict=True)}
        [result] = session.run(None, feed)
        torch.testing.assert_close(torch.from_numpy(result), small(*inputs).detach(), **TOLERANCE)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_format, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"onnx and onnxscript, which are not .* pip install 'ranp-explorer\[onnx\]'"):
        written("onnx", EXAMPLES["residual"](), tmp_path)
    assert list(tmp_path.iterdir()) == []


# What all of them refuse


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if format.needs_model])
def test_formats_need_the_network_that_the_plan_is_for(format: str, tmp_path: Path) -> None:
    case = EXAMPLES["residual"]()
    with pytest.raises(ValueError, match="pass the model"):
        export_plan(case.plan, format, tmp_path / "file")
    with pytest.raises(ValueError, match="the plan"):
        export_plan(case.plan, format, tmp_path / "file", nn.Sequential(nn.Conv3d(2, 4, 1), nn.Conv3d(4, 2, 1)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["weights", "pytorch", "torch-export", "onnx", "torch-pruning"])
def test_an_empty_layer_is_not_exported(format: str, tmp_path: Path) -> None:
    model = Residual()
    nothing = {name: torch.zeros(12, dtype=torch.bool) for name in ("wide", "depthwise")}
    plan = plan_from_masks(trace(model, (torch.empty(1, 2, 8, 8, 8),)), nothing)
    with pytest.raises(ValueError, match="its masks leave no neuron of 'wide'; keep one at least"):
        export_plan(plan, format, tmp_path / "file", model)


# Masks made elsewhere


def same_masks(one: Plan, two: Plan) -> bool:
    return list(one.kept) == list(two.kept) and all(torch.equal(one.kept[name], two.kept[name]) for name in one.kept)


@pytest.mark.parametrize("format", ["torch-prune", "nni"])
def test_our_masks_come_back(format: str, case: Example, tmp_path: Path) -> None:
    path = written(format, case, tmp_path)
    graph = trace(case.model, tuple(torch.empty(1, *tensor.shape[1:]) for tensor in case.inputs))
    plan = plan_from_masks(graph, read_masks(path, case.model, graph))
    assert same_masks(plan, case.plan)
    assert (plan.full, plan.pruned, plan.layers) == (case.plan.full, case.plan.pruned, case.plan.layers)
    plan.save(tmp_path / "plan.zip")
    loaded = load_plan(tmp_path / "plan.zip")
    assert same_masks(loaded, plan)
    assert loaded.config.method == IMPORTED


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(2, 8, 3), nn.BatchNorm3d(8), nn.ReLU(), nn.Conv3d(8, 3, 1))


def imported(path: Path, model: nn.Module) -> Plan:
    graph = trace(model, (torch.empty(1, 2, 4, 4, 4, device="meta"),))
    return plan_from_masks(graph, read_masks(path, model, graph))


@pytest.mark.parametrize("as_safetensors", [True, False])
def test_structured_masks_of_torch_prune(as_safetensors: bool, model: nn.Sequential, tmp_path: Path) -> None:
    """Its own command prunes the weight alone, by the norm of each neuron."""
    norms = model[0].weight.detach().flatten(1).norm(dim=1)
    pruned = pickle.loads(pickle.dumps(model))
    torch_prune.ln_structured(pruned[0], "weight", amount=3, n=2, dim=0)
    path = tmp_path / "masked"
    save_file(pruned.state_dict(), path) if as_safetensors else torch.save(pruned.state_dict(), path)
    plan = imported(path, model)
    assert plan.kept["0"].tolist() == (norms > norms.kthvalue(3).values).tolist()
    assert plan.requested_sparsity == 3 / 11
    assert plan.kept_counts == {"0": 5, "3": 3}


def test_a_neuron_goes_when_nothing_of_it_is_left(model: nn.Sequential, tmp_path: Path) -> None:
    weight, bias = torch.ones(8, 2, 3, 3, 3), torch.ones(8)
    weight[:3], bias[1:5] = 0, 0  # neuron 0 has its bias left, 3 and 4 their weights
    weight[2, 1, 0, 1, 2] = 1  # and 2 one weight
    torch.save({"0.weight_mask": weight, "0.bias_mask": bias}, tmp_path / "masks.pt")
    assert imported(tmp_path / "masks.pt", model).kept["0"].tolist() == [True, False, *[True] * 6]


def test_masks_as_nni_has_them(model: nn.Sequential, tmp_path: Path) -> None:
    """A defaultdict of dicts, with None for what a module has not (nni.compression.base.compressor, get_masks)."""
    mask = torch.ones(8, 2, 3, 3, 3)
    mask[[1, 5]] = 0
    masks = defaultdict(dict, {"0": {"weight": mask, "bias": None}, "3": {"weight": torch.ones(3, 8, 1, 1, 1)}})
    torch.save(masks, tmp_path / "masks.pt")
    assert imported(tmp_path / "masks.pt", model).kept["0"].tolist() == [True, False, *[True] * 3, False, True, True]


def test_masks_of_a_shared_weight(tmp_path: Path) -> None:
    """A neuron stays where one of the modules that share its weight needs it."""
    model = Siamese()
    first, second = torch.ones(4, 4, 1, 1), torch.ones(4, 4, 1, 1)
    first[[0, 1]], second[[1, 2]] = 0, 0
    torch.save({"first.weight_mask": first, "second.weight_mask": second}, tmp_path / "masks.pt")
    graph = trace(model, (torch.empty(1, 1, 7, 7), torch.empty(1, 1, 7, 7)))
    [kept] = read_masks(tmp_path / "masks.pt", model, graph).values()
    assert kept.tolist() == [True, False, True, True]


def test_import_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = ["unet3d", "--set", "base_channels=4"]
    model = build("unet3d", base_channels=4, device="meta")
    graph = trace(model, example_inputs("unet3d", "classroom"))
    plan = prune(graph, None, PruningConfig("random", 0.3))
    path = written("nni", Example(model, (), plan), tmp_path)
    out = tmp_path / "plan"
    assert main(["import", str(path), *network, "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["pruned"] == plan.pruned.as_dict()
    assert same_masks(load_plan(out), plan)
    assert load_plan(out).provenance.data == "masks from file.pt"
    assert main(["import", str(path), "unet3d"]) == 2
    assert "has the shape [" in capsys.readouterr().err
    assert main(["import", str(path), *network]) == 0
    assert f"sparsity {plan.achieved_sparsity:.4f}" in capsys.readouterr().out


class Code:
    """A pickle that makes a file when it is read without care."""

    def __init__(self, trap: Path) -> None:
        self.trap = trap

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.trap),)


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def compressed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return buffer.getvalue()


WHOLE = {"0.weight_mask": torch.ones(8, 2, 3, 3, 3)}
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a whole safetensors file"),
    "text": (b"hello, this is a mask", "safetensors"),
    "cut safetensors": ((2**40).to_bytes(8, "little") + b"{}", "header is cut off"),
    "cut torch.save": (saved(WHOLE)[:-30], "not a whole file of tensors"),
    "zip of nothing": (b"PK\x05\x06" + bytes(18), "is damaged"),
    "compressed": (compressed(saved(WHOLE)), "it is compressed"),
    "list": (saved([1, 2]), "holds no masks"),
    "number": (saved(1), "holds no masks"),
    "numbers for names": (saved({1: torch.ones(8)}), "holds no masks"),
    "state dict without masks": (saved({"0.weight": torch.ones(8)}), "holds no masks"),
    "nothing": (saved({}), "holds no masks"),
    "of a norm alone": (saved({"1.weight_mask": torch.ones(8)}), "masks no weight of a layer"),
    "another network": (saved({"conv.weight_mask": torch.ones(8)}), "masks 'conv.weight', which the network does not"),
    "another width": (saved({"0.weight_mask": torch.ones(4, 2, 3, 3, 3)}), r"has the shape \[4, 2, 3, 3, 3\]"),
    "larger than memory": (saved({"0.weight_mask": torch.ones(1).expand(2**50)}), "has the shape"),
    "weights": (saved({"0.weight_mask": torch.full((8, 2, 3, 3, 3), 0.5)}), "other numbers than 0 and 1"),
    "nan": (saved({"0.weight_mask": torch.full((8, 2, 3, 3, 3), float("nan"))}), "other numbers than 0 and 1"),
    "sparse": (saved({"0.weight_mask": torch.ones(8, 2, 3, 3, 3).to_sparse()}), "must be a plain tensor"),
    "no tensor": (saved({"0.weight_mask": [1, 0]}), "must be a plain tensor, not list"),
    "no tensor in a module": (saved({"0": {"weight": "all"}}), "must be a plain tensor, not str"),
    "keeps nothing": (
        saved({"0.weight_mask": torch.zeros(8, 2, 3, 3, 3), "3.weight_mask": torch.zeros(3, 8, 1, 1, 1)}),
        "keep no neuron of any layer",
    ),
}


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE)
def test_files_that_hold_no_masks(content: bytes, message: str, model: nn.Sequential, tmp_path: Path) -> None:
    path = tmp_path / "masks.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        imported(path, model)
    assert "\n" not in str(caught.value)


def test_no_code_of_a_file_is_run(model: nn.Sequential, tmp_path: Path) -> None:
    trap, path = tmp_path / "trap", tmp_path / "masks.pt"
    for content in (pickle.dumps(Code(trap)), pickle.dumps({"0.weight_mask": Code(trap)}, protocol=5)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="plain pickle, which could run code"):
            imported(path, model)
    for hidden in (Code(trap), {"0.weight_mask": Code(trap)}, {"0": {"weight": Code(trap)}}):
        path.write_bytes(saved(hidden))
        with pytest.raises(ValueError, match="holds more than tensors and may run code; it is not read"):
            imported(path, model)
    assert not trap.exists()
    torch.load(path, weights_only=False)
    assert trap.exists(), "the trap must work, or its silence means nothing"


def test_no_damage_of_a_file_is_a_traceback(model: nn.Sequential, tmp_path: Path) -> None:
    path, generator = tmp_path / "masks.pt", random.Random(0)
    graph = trace(model, (torch.empty(1, 2, 4, 4, 4),))
    whole = saved(WHOLE)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(generator.choice([1, 2, 8])):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(damaged[: generator.randrange(len(damaged))] if generator.random() < 0.2 else damaged)
        try:
            read_masks(path, model, graph)
        except ValueError:
            refused += 1
    assert refused > 100


def test_a_missing_file(model: nn.Sequential, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        imported(tmp_path / "masks.pt", model)


def test_a_large_file_is_not_read(model: nn.Sequential, tmp_path: Path) -> None:
    path = tmp_path / "masks.pt"
    with path.open("wb") as file:
        file.write(b"PK")
        file.truncate(5 * 2**30)
    with pytest.raises(ValueError, match="are read up to 4,294,967,296"):
        imported(path, model)
