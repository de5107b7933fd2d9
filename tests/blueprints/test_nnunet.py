"""nnU-Net there and back: the package builds the written plan, with our parameters, MACs and peak."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.blueprints import read_nnunet
from ranp.graph import trace
from ranp.plan import load_plan
from ranp.resources import independent_counts, peak_training_bytes
from tests.blueprints.nnunet_files import BLOCKS, DATASET, as_nnunet_builds_it, plans, write

KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "plain": lambda: plans(features=(4, 8, 8)),
    "plain, 2D": lambda: plans(patch=(16, 16)),
    "residual encoder": lambda: plans("ResidualEncoderUNet", (4, 8, 12, 12), decoder=1),
    "residual": lambda: plans("ResidualUNet", (4, 8, 8), decoder=1),
}
FAST, SLOW = ("plain", "residual encoder"), ("plain, 2D", "residual")
BASE = ["--batches", "1", "--batch-size", "1", "--json"]


@pytest.mark.parametrize("kind", [*FAST, *(pytest.param(kind, marks=pytest.mark.slow) for kind in SLOW)])
@pytest.mark.filterwarnings("ignore:attributes that equal", "ignore:the plan was made from other weights")
def test_the_package_builds_the_written_plan_with_our_counts(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path, KINDS[kind]()), tmp_path / "small.json"
    assert (
        main(["nnunet", str(path), "--budget", "macs=0.5", "--out", str(out), "--plan", str(tmp_path / "p"), *BASE])
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    built = as_nnunet_builds_it(json.loads(out.read_text()), "3d_fullres_ranp", channels=2, classes=3)

    patch = torch.zeros(1, 2, *result["patch"])
    assert sum(parameter.numel() for parameter in built.parameters()) == result["pruned"]["params"]
    assert trace(built, (patch,)).cost().as_dict() == load_plan(tmp_path / "p").pruned.as_dict()
    assert (
        peak_training_bytes(built, (patch.expand(2, *patch.shape[1:]),), "momentum")
        == (result["pruned"]["peak_training_bytes"])
    )
    assert independent_counts(built, (patch,)).torch_flops == 2 * result["pruned"]["macs"]
    assert result["pruned"]["macs"] <= 0.5 * result["full"]["macs"]
    kept = {layer["name"]: layer["kept"] for layer in result["layers"]}
    small = load_plan(tmp_path / "p").apply(read_nnunet(path, "3d_fullres").blueprint.build("cpu"))
    shapes = {name: value.shape for name, value in small.state_dict().items()}
    assert shapes == {name: value.shape for name, value in built.state_dict().items()}
    assert {layer.name: layer.neurons for layer in trace(built, (patch,)).layers.values()} == kept


@pytest.mark.slow
def test_the_full_size_is_fitted_to_a_card_without_being_allocated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = plans(features=(32, 64, 128, 256, 320, 320), patch=(128, 128, 128))
    path, out = write(tmp_path, document), tmp_path / "small.json"
    asked = ["nnunet", str(path), "--method", "random", "--budget", "peak=8GiB", "--out", str(out), "--json"]
    assert main(asked) == 0
    pruned = json.loads(capsys.readouterr().out)["pruned"]
    assert 7.5 * 2**30 < pruned["peak_training_bytes"] <= 8 * 2**30
    with torch.device("meta"):
        built = as_nnunet_builds_it(json.loads(out.read_text()), "3d_fullres_ranp", channels=2, classes=3)
    step = (torch.empty(2, 2, 128, 128, 128, device="meta"),)
    assert peak_training_bytes(built, step, "momentum") == pruned["peak_training_bytes"]
    assert trace(built, (step[0][:1],)).cost().macs == pruned["macs"]


def test_a_card_and_a_share_of_macs_are_met_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path, plans(features=(4, 8))), tmp_path / "small.json"
    asked = ["nnunet", str(path), "--method", "random", "--budget", "macs=0.9", "--budget", "peak=0.6"]
    assert main([*asked, "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert json.loads(out.read_text())["plans_name"] == "small"
    built = as_nnunet_builds_it(json.loads(out.read_text()), "3d_fullres_ranp", channels=2, classes=3)
    peak = peak_training_bytes(built, (torch.zeros(2, 2, 8, 16, 16),), "momentum")
    assert peak == result["pruned"]["peak_training_bytes"] <= 0.6 * result["full"]["peak_training_bytes"]
    assert result["pruned"]["macs"] <= 0.9 * result["full"]["macs"]


def test_nothing_but_one_configuration_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = {**plans(), "plans_name": "ours"}
    path = write(tmp_path, document)
    asked = ["nnunet", str(path), "--method", "random", "--sparsity", "0.4", "--name", "small", "--out", str(path)]
    assert main(asked) == 0
    written = json.loads(path.read_text())
    added = written["configurations"].pop("small")
    assert written == document
    assert added.keys() == {"inherits_from", "architecture"}
    assert added["inherits_from"] == "3d_fullres"
    before = document["configurations"]["3d_fullres"]["architecture"]
    left = added["architecture"]["arch_kwargs"].pop("features_per_stage")
    assert [before["arch_kwargs"].pop("features_per_stage"), added["architecture"]] == [[4, 8, 12, 12], before]
    assert all(0 < one <= full for one, full in zip(left, [4, 8, 12, 12], strict=True))
    said = capsys.readouterr().out.splitlines()[-1]
    assert shlex.split(said) == ["nnUNetv2_train", "Dataset004_Heads", "small", "0", "-p", "nnUNetPlans"]
    assert main(asked) == 2
    assert "has a configuration 'small' already" in capsys.readouterr().err


def test_scores_may_be_taken_on_smaller_patches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, plans(patch=(16, 32, 32)))
    assert main(["nnunet", str(path), "--budget", "macs=0.5", "--score-on", "8x16x16", *BASE]) == 0
    result = json.loads(capsys.readouterr().out)
    full = read_nnunet(path, "3d_fullres").blueprint.build()
    assert result["full"]["macs"] == trace(full, (torch.empty(1, 2, 16, 32, 32, device="meta"),)).cost().macs
    assert main(["nnunet", str(path), "--score-on", "8x16", *BASE]) == 2
    assert "needs 3 sizes" in capsys.readouterr().err


def test_the_memory_of_nnunets_own_step_may_be_limited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path, plans()), tmp_path / "small.json"
    asked = ["nnunet", str(path), "--method", "random", "--budget", "peak=0.7", "--out", str(out), "--json"]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    full, pruned = (result[name]["peak_training_bytes"] for name in ("full", "pruned"))
    assert 0.5 * full < pruned <= 0.7 * full, "the peak of the network that nnU-Net's package builds"
    assert main([*asked[:4], "--budget", "peak=1kB", "--out", str(tmp_path / "none.json")]) == 2
    assert "a budget of peak=1kB cannot be met" in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()


def test_scores_come_from_data_and_a_loss_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loss sees what nnU-Net's sees: an output for each resolution, the largest first."""
    (tmp_path / "heads_data.py").write_text(
        "import torch\n"
        "def batches():\n"
        "    return [(torch.rand(1, 2, 8, 16, 16), torch.randint(3, (1, 8, 16, 16)))]\n"
        "def loss(outputs, target):\n"
        "    assert len(outputs) == 2\n"
        "    return torch.nn.functional.cross_entropy(outputs[0], target)\n"
    )
    path = write(tmp_path, plans(features=(4, 8, 8)))
    monkeypatch.chdir(tmp_path)
    own = ["--data", "heads_data:batches", "--loss", "heads_data:loss"]
    assert main(["nnunet", str(path), "--budget", "macs=0.6", *own, "--json"]) == 0
    assert "batches from heads_data:batches" in json.loads(capsys.readouterr().out)["data"]


def test_a_configuration_inherits(tmp_path: Path) -> None:
    document = plans()
    document["configurations"]["wide"] = {"inherits_from": "3d_fullres", "patch_size": [16, 16, 16], "batch_size": 5}
    found = read_nnunet(write(tmp_path, document), "wide")
    assert (found.patch, found.batch, found.blueprint.widths) == ((16, 16, 16), 5, (4, 8, 12, 12))


@pytest.mark.parametrize("kind", ["PlainConvUNet", "ResidualEncoderUNet"])
def test_plans_of_an_older_nnunet_are_read_as_nnunet_reads_them(kind: str, tmp_path: Path) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    for folder, document in ((older, _old(kind)), (newer, plans(kind, (4, 8, 12, 12)))):
        folder.mkdir()
        write(folder, document)
    found, same = (read_nnunet(folder / "nnUNetPlans.json", "3d_fullres") for folder in (older, newer))
    assert (found.blueprint.kind, found.blueprint.arguments) == (same.blueprint.kind, same.blueprint.arguments)
    found.write((2, 4, 6, 6), "small", tmp_path / "small.json")
    written = json.loads((tmp_path / "small.json").read_text())
    network = as_nnunet_builds_it(written, "small", 2, 3)
    assert network.encoder.output_channels == [2, 4, 6, 6]


REGIONS = {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": [3], "ignore": 4}


@pytest.mark.parametrize(
    ("labels", "cascade", "expected"),
    [
        ({"background": 0, "a": 1}, False, (2, 2)),
        ({"background": 0, "a": 1, "ignore": 2}, False, (2, 2)),
        (REGIONS, False, (2, 3)),
        ({"background": 0, "a": 1, "b": 2}, True, (4, 3)),
    ],
)
def test_channels_and_classes_are_nnunets(
    labels: Any, cascade: bool, expected: tuple[int, int], tmp_path: Path
) -> None:
    document = plans()
    if cascade:
        document["configurations"]["3d_fullres"]["previous_stage"] = "3d_lowres"
    found = read_nnunet(write(tmp_path, document, {**DATASET, "labels": labels}), "3d_fullres")
    assert (found.channels, found.classes) == expected


def _with(**changes: Any) -> dict[str, Any]:
    """Plans whose architecture has other arguments; None takes one away."""
    document = plans()
    arguments = document["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"]
    arguments.update(changes)
    return document


def _of(**changes: Any) -> dict[str, Any]:
    document = plans()
    document["configurations"]["3d_fullres"].update(changes)
    return document


def _old(kind: str = "PlainConvUNet", **changes: Any) -> dict[str, Any]:
    """Plans as nnU-Net before 2.4 wrote them, of the same network as `plans` has with these widths."""
    document = plans(kind, (4, 8, 12, 12))
    found = document["configurations"]["3d_fullres"]
    given = found.pop("architecture")["arch_kwargs"]
    older = {
        "UNet_class_name": kind,
        "UNet_base_num_features": 4,
        "unet_max_num_features": 12,
        "n_conv_per_stage_encoder": given[BLOCKS[kind]],
        "n_conv_per_stage_decoder": given["n_conv_per_stage_decoder"],
        "num_pool_per_axis": [2, 3, 3],
        "pool_op_kernel_sizes": given["strides"],
        "conv_kernel_sizes": given["kernel_sizes"],
    }
    found.update({**older, **changes})
    return document


def _circle() -> dict[str, Any]:
    document = _of(inherits_from="other")
    document["configurations"]["other"] = {"inherits_from": "3d_fullres"}
    return document


CLASS = {"network_class_name": "os.system", "arch_kwargs": {}, "_kw_requires_import": []}
BAD: dict[str, tuple[Any, str]] = {
    "a list": ([], "must be an object"),
    "no plans": ({}, "lacks the key 'dataset_name'"),
    "no configuration": ({**plans(), "configurations": {"2d": {}}}, "has no configuration '3d_fullres'; it has 2d"),
    "older, without a key": (_old(unet_max_num_features=None), "'unet_max_num_features' in .* must be a whole"),
    "older, another class": (_old(UNet_class_name="os.system"), "has the network os.system; of older plans, these"),
    "older, too wide": (_old(UNet_base_num_features=10**9), "'UNet_base_num_features' in .* must be a whole number"),
    "older, no lists": (_old(pool_op_kernel_sizes=3), "'pool_op_kernel_sizes' in .* must be a list"),
    "a circle": (_circle(), "inherits from itself"),
    "another class": (_of(architecture=CLASS), "has the network os.system; the networks that are built here are Plain"),
    "another package": (
        _of(architecture={**CLASS, "network_class_name": "evil.unet.PlainConvUNet"}),
        "has the network evil.unet.PlainConvUNet",
    ),
    "a class of ours": (_with(nonlin="os.system"), "'nonlin' in .* must be one of torch.nn.LeakyReLU, torch.nn.ReLU"),
    "a class elsewhere": (_with(conv_op="evil.Conv3d"), "'conv_op' in .* must be one of torch.nn.Conv2d"),
    "unknown argument": (_with(pool="max"), "'pool' in .* is an argument that is not read here"),
    "options": (_with(norm_op_kwargs={"eps": "x"}), "'norm_op_kwargs' in .* must be an object of eps, affine"),
    "no widths": (_with(features_per_stage=[]), "'features_per_stage' in .* must be a list"),
    "huge": (_with(features_per_stage=[4, 8, 12, 10**9]), "'features_per_stage' in .* must be a list"),
    "too few widths": (_with(features_per_stage=[4, 8]), "PlainConvUNet cannot be built"),
    "no patch": (_of(patch_size=[16]), "'patch_size' in .* must be two or three whole numbers"),
    "no batch": (_of(batch_size=0), "'batch_size' in .* must be a whole number from 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_wrong_gets_a_sentence(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, said = BAD[case]
    out = tmp_path / "small.json"
    assert main(["nnunet", str(write(tmp_path, document)), "--method", "random", "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ({**DATASET, "labels": {"background": 0, "a": "1"}}, "'labels.a' in .* must be a whole number or a list"),
        ({**DATASET, "channel_names": {}}, "has no channels or no labels"),
        ({"labels": {}}, "lacks the key 'modality'"),
    ],
)
def test_a_data_set_that_is_wrong_gets_a_sentence(dataset: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=said):
        read_nnunet(write(tmp_path, plans(), dataset), "3d_fullres")


def test_a_data_set_that_is_elsewhere_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, plans())
    (tmp_path / "dataset.json").rename(tmp_path / "other.json")
    with pytest.raises(FileNotFoundError, match="name it with --dataset"):
        read_nnunet(path, "3d_fullres")
    assert read_nnunet(path, "3d_fullres", tmp_path / "other.json").channels == 2


def test_a_budget_that_no_widths_meet_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path, plans()), tmp_path / "small.json"
    assert main(["nnunet", str(path), "--method", "random", "--budget", "macs=0.0001", "--out", str(out)]) == 2
    assert "cannot be met" in capsys.readouterr().err
    assert not out.exists()


def test_a_residual_stage_keeps_its_projection() -> None:
    """Neighbours that were of different width stay so: with equal ones the package would build no projection."""
    document = plans("ResidualEncoderUNet", (7, 8, 12, 12), decoder=1)
    layers = set(dict(as_nnunet_builds_it(document, "3d_fullres", 2, 3).named_modules()))
    document["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"]["features_per_stage"] = [7, 7, 12, 12]
    assert set(dict(as_nnunet_builds_it(document, "3d_fullres", 2, 3).named_modules())) != layers


@pytest.mark.slow
@pytest.mark.parametrize("sparsity", [0.1, 0.2, 0.5, 0.7])
def test_widths_that_would_meet_are_kept_apart(
    sparsity: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, plans("ResidualEncoderUNet", (7, 8, 12, 12), decoder=1))
    assert main(["nnunet", str(path), "--method", "random", "--sparsity", str(sparsity), "--json"]) == 0
    left = json.loads(capsys.readouterr().out)["left"]
    assert left[0] != left[1] != left[2] == left[3]
