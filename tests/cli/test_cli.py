"""The command line: every command's JSON, and every mistake one sentence on stderr with exit code 2."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch

from explorer.limits import read_limits
from ranp.__main__ import COMMANDS, build_parser, main
from ranp.cli.commands.app import app_file, start_command
from ranp.files import read_tensors
from ranp.inputs import format_inputs
from ranp.models import ARCHITECTURES, build
from ranp.plan import load_plan
from ranp.timing import shipped_table, write_table
from ranp.version import __version__
from tests.blueprints import nnunet_files
from tests.data.test_data_brats import write_case

ROOT = Path(__file__).parents[2]
SMALL = ["unet3d", "--set", "base_channels=4"]
CHAIN = ["--model", "own_networks:chain", "--input", "1x3x6x6x6"]
"""From the module in the folder `here`: traced several times faster than the smallest 3D-UNet."""

OWN_NETWORK = """
import torch
from torch import nn

calls = []

def small(width=6):
    calls.append(width)
    return nn.Sequential(nn.Conv3d(3, width, 3), nn.ReLU(), nn.Conv3d(width, 4, 1))

def chain():
    return nn.Sequential(nn.Conv3d(3, 12, 1), nn.ReLU(), nn.Conv3d(12, 20, 1), nn.ReLU(), nn.Conv3d(20, 4, 1))

def classifier():
    return nn.Sequential(nn.Conv3d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(6, 2))

class Encoder(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv3d(3, 12, 1), nn.ReLU(), nn.Conv3d(12, 20, 1))
        self.output_channels = 20

def remembering():
    return nn.Sequential(Encoder(), nn.Conv3d(20, 4, 1))

class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv3d(1, 4, 1), nn.Conv3d(2, 4, 1)
        self.head = nn.Conv3d(4, 1, 1)

    def forward(self, left, right):
        return {"map": self.head(torch.relu(self.left(left) + self.right(right))).mean((2, 3, 4))}

class Scan(nn.Module):  # two volumes by name, a mask by keyword, and class labels of which 4 is the largest
    def __init__(self):
        super().__init__()
        self.entry, self.head = nn.Conv3d(1, 8, 3, padding=1), nn.Conv3d(8, 2, 1)
        self.embedding = nn.Embedding(5, 1)

    def forward(self, scans, labels, *, mask, scale=1.0):
        volume = scans["t1"] + scale * scans["t2"] + self.embedding(labels)[..., None, None, None]
        return self.head(torch.relu(self.entry(volume)).masked_fill(~mask, 0))

def half():
    return small().bfloat16()

def patients():
    for image, label in batches():
        yield {"image": image, "label": label, "name": "a"}

def many_entries():
    yield {"image": torch.rand(2, 3, 6, 6, 6), "label": torch.zeros(2), "weight": torch.zeros(2)}

def batches():
    torch.manual_seed(0)
    for _ in range(3):
        yield torch.rand(2, 3, 6, 6, 6), torch.zeros(2, dtype=torch.long)

def loss(output, target):
    return nn.functional.cross_entropy(output, target)

def nan_loss(output, target):
    return output.sum() * float("nan")

def wrong_batches():
    return [(torch.rand(2, 9, 6, 6, 6), torch.zeros(2))]

def broken():
    raise KeyError("no such thing\\nat all")

def no_module():
    return 3

number = 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's with a module of their own, which no other test has imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_networks", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_networks.py").write_text(OWN_NETWORK)
    return tmp_path


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with ``--json`` and returns its object: stdout must hold nothing else."""

    def one(*arguments: object, code: int = 0) -> dict[str, Any]:
        assert main([*map(str, arguments), "--json"]) == code
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        result: dict[str, Any] = json.loads(out)
        return result

    return one


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that must fail, and returns its sentence."""

    def one(*arguments: object) -> str:
        try:
            code = main([*map(str, arguments)])
        except SystemExit as exit:  # argparse leaves by itself
            code = exit.code
        out, err = capsys.readouterr()
        assert code == 2
        assert out == ""
        assert "Traceback" not in err
        *before, sentence = err.strip().splitlines()
        assert all(line.startswith("ranp: ") for line in before), err
        assert sentence.startswith("ranp")
        return sentence

    return one


# What the commands answer


def test_list(run: Run) -> None:
    listed = {entry["name"]: entry for entry in run("list")["architectures"]}
    assert listed.keys() == ARCHITECTURES.keys()
    assert listed["unet3d"]["presets"] == list(ARCHITECTURES["unet3d"].presets)
    assert "brain" in listed["unet3d"]["task"]


def test_profile_of_the_papers_network_takes_no_weights(run: Run) -> None:
    profile = run("profile", "unet3d", "--preset", "shapenet")
    total = profile["total"]
    assert f"{total['paper_macs'] / 1e9:.2f}" == "237.85"
    assert f"{4 * total['params'] / 2**20:.2f}" == "62.26"
    assert f"{4 * total['activations'] / 2**20:.2f}" == "947.00"
    assert total["peak_training_bytes"] > 4 * total["activations"]
    assert profile["seconds"] > 0
    keys = {"name", "kind", "neurons", "prunable", "frozen_reason", "macs", "params", "activations"}
    assert all(keys <= layer.keys() for layer in profile["layers"])
    assert [layer["prunable"] for layer in profile["layers"]] == [True] * 14 + [False]
    assert "output" in profile["layers"][-1]["frozen_reason"]
    for kind in ("macs", "params"):
        assert 0 < profile["least"][kind] < 0.05 * profile["total"][kind]


def test_profile_counts_the_batch_in_memory_alone(run: Run, here: Path) -> None:
    one, four = (run("profile", *CHAIN, "--batch-size", size)["total"] for size in (1, 4))
    assert one["macs"] == four["macs"]
    assert 2 < four["peak_training_bytes"] / one["peak_training_bytes"] < 4


def test_prune(run: Run, tmp_path: Path) -> None:
    result = run("prune", *SMALL, "--sparsity", "0.4", "--out", tmp_path / "plan")
    assert result["feasible"] is True
    assert result["first_empty_layer"] is None
    assert result["requested_sparsity"] == 0.4
    kept, neurons = (sum(layer[key] for layer in result["layers"]) for key in ("kept", "neurons"))
    assert result["achieved_sparsity"] == pytest.approx(1 - kept / neurons)
    assert 0.4 <= result["max_feasible_sparsity"] < 1
    assert result["seconds"].keys() == {"trace", "score", "price"}
    for cost in ("macs", "paper_macs", "params", "activations", "flops", "peak_training_bytes"):
        assert 0 < result["pruned"][cost] < result["full"][cost]
    plan = load_plan(tmp_path / "plan")
    assert plan.kept_counts == {layer["name"]: layer["kept"] for layer in result["layers"]}
    assert plan.provenance.architecture == "unet3d"
    assert plan.provenance.arguments == {"in_channels": 4, "classes": 4, "base_channels": 4}
    assert plan.provenance.data == "brain procedural, 8 examples, batches of 2, seed 0"
    assert plan.config.lam == ARCHITECTURES["unet3d"].presets["classroom"].lam
    small = plan.apply(build("unet3d", "classroom", base_channels=4))
    assert sum(parameter.numel() for parameter in small.parameters()) == result["pruned"]["params"]


@pytest.mark.parametrize(
    "method", ["ranp-f", "ranp-m", "blend", "weighted", "vanilla", "layerwise", "random", "magnitude"]
)
def test_every_method(method: str, run: Run, here: Path) -> None:
    result = run("prune", *CHAIN, "--method", method, "--alpha", "0.2", "--lambda", "3", "--sparsity", "0.3")
    assert result["method"] == method
    assert result["pruned"]["macs"] < result["full"]["macs"]


def test_prune_to_a_budget(run: Run, here: Path) -> None:
    result = run("prune", *CHAIN, "--budget", "macs=0.25")
    assert result["pruned"]["macs"] <= 0.25 * result["full"]["macs"]


def test_costs_and_sparsities_of_layers_from_files(run: Run, here: Path) -> None:
    (here / "sparsities.json").write_text('{"0": 0.75}')
    arguments = ["--allocation", "by-hand", "--layer-sparsities", "sparsities.json", "--sparsity", "0.5"]
    result = run("prune", *CHAIN, *arguments, "--out", here / "plan")
    assert [layer["kept"] for layer in result["layers"]] == [3, 10, 4]
    assert load_plan(here / "plan").config.layer_sparsities == (("0", 0.75),)
    kept = []
    for first, second in ((1.0, 1e6), (1e6, 1.0)):
        (here / "costs.json").write_text(json.dumps({"0": first, "2": second, "4": 1.0}))
        result = run("prune", *CHAIN, "--allocation", "measured", "--layer-costs", "costs.json", "--lambda", "150")
        kept.append([layer["kept"] for layer in result["layers"]])
    assert kept[0][0] > kept[1][0]
    assert kept[0][1] < kept[1][1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", "must hold an object of layers, such as"),
        ("{", "costs.json is not valid JSON"),
        ('{"0": "cheap"}', "the cost of layer '0' must be a number of at least 0, not 'cheap'"),
        ('{"0": 1, "first": 1}', "cannot weigh layer 'first', which the network does not have"),
        ('{"0": 1, "4": 1}', "layer '2' has no cost"),
    ],
)
def test_a_file_of_costs_that_makes_no_sense(content: str, words: str, refused: Callable[..., str], here: Path) -> None:
    (here / "costs.json").write_text(content)
    assert words in refused("prune", *CHAIN, "--allocation", "measured", "--layer-costs", "costs.json")


def test_infeasible_is_an_answer(run: Run, here: Path) -> None:
    result = run("prune", *CHAIN, "--sparsity", "0.99", "--out", here / "plan", "--allow-infeasible")
    assert result["feasible"] is False
    empty = {layer["name"] for layer in result["layers"] if layer["kept"] == 0}
    assert result["first_empty_layer"] in empty
    assert result["max_feasible_sparsity"] < 0.99
    assert result["pruned"]["peak_training_bytes"] is None
    assert load_plan(here / "plan").first_empty_layer == result["first_empty_layer"]


def test_an_infeasible_plan_is_not_saved_unless_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", *CHAIN, "--sparsity", "0.99", "--out", str(here / "plan")]) == 2
    said = capsys.readouterr().err
    assert "has no neuron left" in said
    assert "--allow-infeasible" in said
    assert not (here / "plan").exists()


def test_every_object_says_which_version_made_it(run: Run) -> None:
    assert run("list")["version"] == __version__


def test_scores_file_stands_in_for_scoring(run: Run, tmp_path: Path) -> None:
    scored = run("score", *SMALL, "--criterion", "mnmg", "--reduce", "max", "--out", tmp_path / "scores.safetensors")
    tensors, _ = read_tensors(tmp_path / "scores.safetensors")
    assert {layer["name"]: layer["scores"] for layer in scored["layers"]} == {
        name: tensor.tolist() for name, tensor in tensors.items()
    }
    direct = run("prune", *SMALL, "--criterion", "mnmg", "--reduce", "max", "--out", tmp_path / "direct")
    by_file = run("prune", *SMALL, "--scores", tmp_path / "scores.safetensors", "--out", tmp_path / "file")
    assert direct["layers"] == by_file["layers"]
    plan = load_plan(tmp_path / "file")
    assert (plan.config.criterion, plan.config.reduce) == ("mnmg", "max")
    assert plan.provenance == load_plan(tmp_path / "direct").provenance


def test_scores_come_from_the_cache_the_second_time(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RANP_CACHE", str(tmp_path))
    first = run("score", *SMALL)["layers"]
    monkeypatch.setattr("ranp.subject.scoring.importance", lambda *_, **__: pytest.fail("scored again"))
    assert run("score", *SMALL)["layers"] == first


def test_curve(run: Run, here: Path) -> None:
    curve = run("curve", *CHAIN, "--points", "20", "--method", "ranp-m")
    assert curve["sparsities"] == pytest.approx([point / 20 for point in range(20)])
    for name in ("macs", "paper_macs", "params", "activations", "feasible", "achieved_sparsities"):
        assert len(curve[name]) == 20
    plan = run("prune", *CHAIN, "--method", "ranp-m", "--sparsity", "0.25")
    assert curve["macs"][5] == plan["pruned"]["macs"]
    assert {layer["name"]: layer["kept"][5] for layer in curve["layers"]} == {
        layer["name"]: layer["kept"] for layer in plan["layers"]
    }
    assert curve["max_feasible_sparsity"] == plan["max_feasible_sparsity"]
    assert curve["feasible"] == [point <= plan["max_feasible_sparsity"] for point in curve["sparsities"]]


def test_verify_and_export(run: Run, tmp_path: Path) -> None:
    run("prune", *SMALL, "--sparsity", "0.3", "--out", tmp_path / "plan.zip", "--weights")
    verified = run("verify", tmp_path / "plan.zip")
    assert verified["ok"] is True
    assert verified["max_difference"] <= 1e-9
    assert verified["costs_match"] is verified["weights_match"] is verified["weights_load"] is True
    out = run("export", tmp_path / "plan.zip", "--format", "csv")["out"]
    assert Path(out) == tmp_path / "plan.csv"
    masks = run("export", tmp_path / "plan.zip", "--format", "masks")["out"]
    assert Path(masks).name == "plan.masks.safetensors", "formats of one ending do not overwrite each other"
    weights = run("export", tmp_path / "plan.zip", "--format", "weights", "--out", tmp_path / "w.safetensors")
    assert Path(weights["out"]).stat().st_size == weights["bytes"]


def test_verify_of_a_wrong_network_is_exit_code_1(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("prune", *CHAIN, "--sparsity", "0.3", "--out", here / "plan")
    monkeypatch.setattr("ranp.graph.proof.verify.masked_difference", lambda *_, **__: 0.5)
    verified = run("verify", here / "plan", "--model", "own_networks:chain", code=1)
    assert verified["ok"] is False
    assert "differ" in verified["reason"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main([command, "--help"])
    assert exit.value.code == 0
    assert f"example: ranp {command}" in " ".join(capsys.readouterr().out.split())
    # The example is a command line that is understood.
    build_parser().parse_args(COMMANDS[command].example.split()[1:])


@pytest.mark.slow
def test_every_example_runs(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In one empty folder, one after the other; what an example takes for granted is made first."""
    monkeypatch.setenv("RANP_DATABASE", str(here / "studies.db"))
    first = ("prune", "unet3d", "--preset", "classroom", "--method", "random", "--budget", "macs=0.2", "--out")
    assert main([*first, "plan.zip"]) == 0
    assert main([*first, "handed-in/ada/fifth-of-the-macs.zip"]) == 0
    assert main(["export", "plan.zip", "--format", "nni", "--out", "masks.pt"]) == 0
    nnunet_files.write(here, nnunet_files.plans(features=(16, 32, 48, 48)))
    (here / "configs").mkdir()
    bundle = {"_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [32, 64, 128]}
    bundle.update({"strides": [2, 2], "num_res_units": 1})
    (here / "configs" / "train.json").write_text(json.dumps({"network_def": bundle}))
    for name, command in COMMANDS.items():
        if name != "app":
            capsys.readouterr()
            assert main(command.example.split()[1:]) == 0, capsys.readouterr().err
    assert {path.name for path in here.iterdir()} >= {"plan", "two-classes", "layers.csv", "mine.csv", "grades.csv"}

    health = f"http://127.0.0.1:{COMMANDS['app'].example.rpartition(' ')[2]}/_stcore/health"
    line = [sys.executable, "-m", *COMMANDS["app"].example.split(), "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    app = subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with suppress(OSError), urllib.request.urlopen(health, timeout=1) as page:
                assert page.status == 200
                break
            assert app.poll() is None
            time.sleep(0.2)
        else:
            pytest.fail("the app did not answer")
    finally:
        app.terminate()
        app.wait(30)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list"], "classroom-shapes"),
        (["profile", *CHAIN], "all 4 neurons stay, because of output"),
        (["score", *CHAIN], "lowest"),
        (["prune", *CHAIN, "--sparsity", "0.2"], "(0.2000 requested; feasible up to 0."),
        (["prune", *CHAIN, "--sparsity", "0.99"], "not feasible: layer '"),
        (["curve", *CHAIN], "feasible up to sparsity 0."),
    ],
)
def test_text_for_people(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert words in out
    assert max(map(len, out.splitlines())) <= 120


# Real data


def test_scores_of_real_volumes(run: Run, here: Path) -> None:
    write_case(here / "brats")
    scored = run("score", *SMALL, "--data", "brats", "--batch-size", "1")
    assert scored["data"] == "brain from brats, 1 example, seed 0"
    assert scored["layers"] != run("score", *SMALL, "--batch-size", "1")["layers"]


def test_real_data_with_a_file_missing_or_of_another_shape(refused: Callable[..., str], here: Path) -> None:
    case = write_case(here / "brats")
    (case / f"{case.name}_seg.nii.gz").rename(case / "elsewhere")
    assert "seg" in refused("prune", *SMALL, "--data", "brats", "--out", "plan")
    nibabel.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4)).to_filename(case / f"{case.name}_seg.nii.gz")
    assert "4" in refused("prune", *SMALL, "--data", "brats", "--out", "plan")
    assert not (here / "plan").exists()


# A network of one's own


def test_own_network_without_data(run: Run, here: Path) -> None:
    model = ["--model", "own_networks:small", "--input", "1x3x8x8x8"]
    assert [layer["name"] for layer in run("profile", *model)["layers"]] == ["0", "2"]
    result = run("prune", *model, "--sparsity", "0.3", "--out", here / "plan")
    assert result["layers"] == [{"name": "0", "neurons": 6, "kept": 4}, {"name": "2", "neurons": 4, "kept": 4}]
    plan = load_plan(here / "plan")
    assert plan.provenance.import_path == "own_networks:small"
    assert plan.provenance.init is None
    assert plan.provenance.data == "random inputs and targets, 4 x 2, seed 0"
    assert run("verify", here / "plan", "--model", "own_networks:small")["ok"] is True


def test_attributes_that_say_a_width_from_before_are_listed(
    run: Run, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", "own_networks:remembering"]
    run("prune", *model, "--input", "1x3x6x6x6", "--sparsity", "0.3", "--out", here / "plan", "--method", "random")
    kept = load_plan(here / "plan").kept_counts["0.2"]
    said = f"'0.output_channels' says 20, '0.2' has {kept} now"
    capsys.readouterr()
    main(["verify", str(here / "plan"), *model])
    assert f"may be stale: {said}" in capsys.readouterr().err
    assert run("verify", here / "plan", *model)["stale_attributes"] == [said]


def test_own_network_says_that_noise_is_no_task(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["score", "--model", "own_networks:small", "--input", "1x3x8x8x8"])
    assert "no --data: scoring on random inputs" in capsys.readouterr().err


def test_own_network_with_two_inputs_and_a_dictionary(run: Run, here: Path) -> None:
    model = ["--model", "own_networks:Pair", "--input", "1x1x4x4x4", "--input", "1x2x4x4x4"]
    result = run("prune", *model, "--sparsity", "0.4")
    kept = {layer["name"]: layer["kept"] for layer in result["layers"]}
    assert kept["left"] == kept["right"]


SCAN = [
    *("--model", "own_networks:Scan", "--input", '{"t1": "1x1x8x8x8", "t2": "1x1x8x8x8"}'),
    *("--input", "1:int64:4", "--input", "mask=1x1x8x8x8:bool", "--input", "scale=value:2"),
]


def test_a_network_that_takes_a_dict_labels_and_keywords(run: Run, here: Path) -> None:
    assert run("profile", *SCAN)["input_shapes"] == [[1, 1, 8, 8, 8], [1, 1, 8, 8, 8], [1], [1, 1, 8, 8, 8]]
    result = run("prune", *SCAN, "--sparsity", "0.3", "--out", here / "plan", "--weights")
    assert result["feasible"]
    assert result["pruned"]["peak_training_bytes"] < result["full"]["peak_training_bytes"]
    verified = run("verify", here / "plan", "--model", "own_networks:Scan")
    assert verified["ok"]
    assert verified["weights_load"]
    plan = load_plan(here / "plan")
    assert format_inputs(plan.inputs) == [
        '{"t1": "1x1x8x8x8", "t2": "1x1x8x8x8"}', "1:int64:0..4", "mask=1x1x8x8x8:bool", "scale=value:2",
    ]  # fmt: skip
    export = ["export", here / "plan", "--model", "own_networks:Scan", "--out"]
    run(*export, here / "small.pt2", "--format", "torch-export")
    program = torch.export.load(here / "small.pt2").module()
    assert plan.inputs.with_batch(3).drawn(seed=0).call(program).shape == (3, 2, 8, 8, 8)
    moved = ["transfer", here / "plan", "--model", "own_networks:Scan"]
    assert run(*moved)["input_shapes"][0] == [1, 1, 8, 8, 8]
    larger = [text.replace("8x8x8", "8x8x16") for text in SCAN[2:]]
    assert run(*moved, *larger)["input_shapes"][0] == [1, 1, 8, 8, 16]


def test_a_network_in_half_precision(run: Run, here: Path) -> None:
    model = ["--model", "own_networks:half", "--input", "1x3x8x8x8:bfloat16"]
    assert run("prune", *model, "--sparsity", "0.3", "--out", here / "plan", "--weights")["feasible"]
    verified = run("verify", here / "plan", "--model", "own_networks:half")
    assert verified["ok"]
    assert verified["max_difference"] < 1e-9
    assert {value.dtype for value in (load_plan(here / "plan").weights or {}).values()} == {torch.bfloat16}


def test_batches_that_are_dicts(run: Run, refused: Callable[..., str], here: Path) -> None:
    model = ["score", "--model", "own_networks:classifier", "--input", "1x3x6x6x6", "--loss", "own_networks:loss"]
    mean = [run(*model, "--data", f"own_networks:{name}", "--out", here / name) for name in ("batches", "patients")]
    assert mean[0]["layers"] == mean[1]["layers"]
    told = refused(*model, "--data", "own_networks:many_entries")
    assert "batch 1 is a dict with the entries 'image', 'label', 'weight'" in told
    assert "pass pairs, for instance ((batch['image'], batch['label']) for batch in batches)" in told


def test_own_data_and_loss(run: Run, here: Path) -> None:
    model = ["--model", "own_networks:classifier", "--input", "1x3x6x6x6"]
    result = run("prune", *model, "--data", "own_networks:batches", "--loss", "own_networks:loss", "--sparsity", "0.2")
    assert result["data"] == "batches from own_networks:batches, loss own_networks:loss"
    assert result["feasible"] is True


def test_own_weights_follow_the_seed(run: Run, here: Path) -> None:
    model = ["score", "--model", "own_networks:small", "--input", "1x3x8x8x8"]
    hashes = [run(*model, *extra)["weights_sha256"] for extra in ([], [], ["--seed", "1"], ["--init", "xavier"])]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


def test_a_plan_never_runs_the_code_it_names(refused: Callable[..., str], run: Run, here: Path) -> None:
    run("prune", "--model", "own_networks:small", "--input", "1x3x8x8x8", "--method", "random", "--out", here / "plan")
    del sys.modules["own_networks"]
    sentence = refused("verify", here / "plan")
    assert "not run unasked; if you trust it, add --model own_networks:small" in sentence
    assert "own_networks" not in sys.modules


# Mistakes


MISTAKES: dict[str, tuple[list[str], str]] = {
    "no command": ([], "required: COMMAND"),
    "unknown command": (["prine"], "did you mean 'prune'?"),
    "unknown option": (["list", "--jason"], "unrecognized arguments: --jason"),
    "no network": (["profile"], "name an architecture"),
    "unknown architecture": (["profile", "unet4d"], "did you mean 'unet3d'?"),
    "unknown preset": (["profile", "unet3d", "--preset", "clasroom"], "did you mean 'classroom'?"),
    "unknown argument": (["profile", "unet3d", "--set", "with=4"], "cannot be built"),
    "argument of no sense": (["profile", "unet3d", "--set", "base_channels=none"], "unet3d"),
    "no assignment": (["profile", "unet3d", "--set", "width"], "'width' is no assignment"),
    "two networks": (["profile", "unet3d", "--model", "a:b"], "not both"),
    "input of a preset": (["profile", "unet3d", "--input", "1x4x8x8x8"], "--input goes with --model"),
    "own network without input": (["profile", "--model", "a:b"], "--model needs the shape of its input"),
    "no shape": (["profile", "--model", "a:b", "--input", "1x3x"], "'1x3x' is no shape"),
    "input of no dtype": (["profile", "--model", "a:b", "--input", "1x4:int46"], "the unknown dtype 'int46'; choose"),
    "input of no range": (["profile", "--model", "a:b", "--input", "1x4:int64:9..1"], "a range that int64 does not"),
    "input of no JSON": (["profile", "--model", "a:b", "--input", '{"t1": 1x4}'], "in single quotes for the shell"),
    "input twice": (["profile", "--model", "a:b", "--input", "k=1x4", "--input", "k=1x4"], "'k' is given twice"),
    "number as an input": (["profile", "--model", "a:b", "--input", "2.0"], "a number like value:2.0"),
    "input of the app": (["app", "--model", "a:b", "--input", "1xa"], "'1xa' is no shape"),
    "shape of nothing": (["profile", "--model", "a:b", "--input", "1x0x4"], "'1x0x4' is no shape"),
    "no import path": (["profile", "--model", "ab", "--input", "1x3"], "'ab' is no import path"),
    "no such module": (["profile", "--model", "nope.nope:b", "--input", "1x3"], "cannot import 'nope.nope'"),
    "batch of none": (["profile", "unet3d", "--batch-size", "0"], "--batch must be at least 1"),
    "negative seed": (["profile", "unet3d", "--seed", "-1"], "seed must be at least 0, not -1"),
    "no costs": (["prune", *CHAIN, "--allocation", "measured"], "allocation measured needs layer_costs"),
    "no seconds": (["prune", *CHAIN, "--method", "ranp-t"], "weighs layers by their seconds: add --time-table"),
    "costs are no file": (["prune", *CHAIN, "--layer-costs", "none.json"], "none.json"),
    "sparsity 1": (["prune", "unet3d", "--sparsity", "1"], "sparsity must be at least 0 and below 1"),
    "sparsity -0.1": (["prune", "unet3d", "--sparsity", "-0.1"], "sparsity must be at least 0 and below 1"),
    "sparsity nan": (["prune", "unet3d", "--sparsity", "nan"], "sparsity must be at least 0 and below 1"),
    "sparsity a word": (["prune", "unet3d", "--sparsity", "half"], "invalid float value: 'half'"),
    "budget a word": (["prune", "unet3d", "--budget", "macs"], "'macs' is no budget; write for instance macs=0.1"),
    "budget unknown": (["prune", "unet3d", "--budget", "flops=0.1"], "budget must be one of macs, memory, params"),
    "budget nan": (["prune", "unet3d", "--budget", "macs=nan"], "must be above 0 and at most 1"),
    "budget out of reach": (["prune", *CHAIN, "--budget", "macs=0.00001"], "cannot be met"),
    "both": (["prune", "unet3d", "--budget", "macs=0.5", "--sparsity", "0.5"], "not allowed with"),
    "alpha 2": (["prune", "unet3d", "--alpha", "2"], "alpha must be between 0"),
    "lambda nan": (["prune", "unet3d", "--lambda", "nan"], "lambda must be a number"),
    "protect unknown": (["prune", *CHAIN, "--protect", "7"], "cannot protect layer '7'"),
    "min neurons": (["prune", "unet3d", "--min-neurons", "-2"], "min_neurons must be a whole number"),
    "weights without out": (["prune", "unet3d", "--weights"], "--weights needs --out"),
    "no batches": (["score", "unet3d", "--batches", "0"], "count must be at least 1"),
    "no such device": (["score", "unet3d", "--device", "abacus"], "there is no device 'abacus'"),
    "meta device": (["score", "unet3d", "--device", "meta"], "this machine has no device 'meta'"),
    "no such folder": (["score", *SMALL, "--data", "nowhere"], "does not exist"),
    "loss of a preset": (["score", *SMALL, "--loss", "a:b"], "--loss goes with --model"),
    "no such scores": (["prune", *SMALL, "--scores", "none.safetensors"], "there is no file none.safetensors"),
    "scores for random": (["prune", *SMALL, "--scores", "x", "--method", "random"], "no use with method 'random'"),
    "points": (["curve", "unet3d", "--points", "0"], "--points must be between"),
    "no such plan": (["verify", "nothing"], "nothing does not exist"),
    "unknown format": (["export", "plan", "--format", "pickle"], "invalid choice: 'pickle'"),
    "port": (["app", "--port", "0"], "--port must be between"),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes(arguments: list[str], words: str, refused: Callable[..., str], here: Path) -> None:
    before = sorted(here.iterdir())
    assert words in refused(*arguments)
    left = sorted(path for path in here.iterdir() if path.name != "__pycache__")  # Python's own, of the imported module
    assert left == before


OWN_MISTAKES = {
    "no such factory": (["--model", "own_networks:smal"], "the module 'own_networks' has no 'smal'"),
    "no function": (["--model", "own_networks:number"], "must be a function, not int"),
    "no network": (["--model", "own_networks:no_module"], "must return a torch.nn.Module, not int"),
    "failing factory": (["--model", "own_networks:broken"], "'own_networks:broken' failed with KeyError"),
    "input it rejects": (["--model", "own_networks:Pair"], "1x3x8x8x8"),
    "data without loss": (["--model", "own_networks:small", "--data", "own_networks:batches"], "needs --loss"),
    "loss without data": (["--model", "own_networks:small", "--loss", "own_networks:loss"], "--loss needs --data"),
    "data of another shape": (
        ["--model", "own_networks:small", "--data", "own_networks:wrong_batches", "--loss", "own_networks:nan_loss"],
        "the model rejects the inputs of batch 1, 2x9x6x6x6",
    ),
    "failing loss": (
        ["--model", "own_networks:small", "--data", "own_networks:batches", "--loss", "own_networks:loss"],
        "'own_networks:loss' failed with",
    ),
    "loss of nan": (
        ["--model", "own_networks:classifier", "--data", "own_networks:batches", "--loss", "own_networks:nan_loss"],
        "the loss of batch 1 is nan",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), OWN_MISTAKES.values(), ids=OWN_MISTAKES)
def test_mistakes_with_ones_own(arguments: list[str], words: str, refused: Callable[..., str], here: Path) -> None:
    sentence = refused("prune", *arguments, "--input", "1x3x8x8x8", "--out", "plan")
    assert words in sentence
    assert not (here / "plan").exists()


def test_plan_for_another_width(run: Run, refused: Callable[..., str], here: Path) -> None:
    run("prune", *SMALL, "--method", "random", "--sparsity", "0.3", "--out", "plan")
    document = json.loads((here / "plan" / "plan.json").read_text())
    document["arguments"]["base_channels"] = 8
    (here / "plan" / "plan.json").write_text(json.dumps(document))
    assert "made for another width: its mask for 'encoder1.conv" in refused("verify", "plan")


def test_damaged_plans(run: Run, refused: Callable[..., str], here: Path) -> None:
    run("prune", *CHAIN, "--method", "random", "--sparsity", "0.3", "--out", "plan")
    masks = (here / "plan" / "masks.safetensors").read_bytes()
    (here / "plan" / "masks.safetensors").write_bytes(masks[:-10])
    assert "not a whole safetensors file" in refused("verify", "plan")
    (here / "plan" / "masks.safetensors").write_bytes(masks)
    document = json.loads((here / "plan" / "plan.json").read_text())
    (here / "plan" / "plan.json").write_text(json.dumps({**document, "surprise": 1}))
    assert 'unknown key "surprise"' in refused("export", "plan", "--format", "csv", "--out", "layers.csv")
    del document["method"]
    (here / "plan" / "plan.json").write_text(json.dumps(document))
    assert "lacks the key 'method'" in refused("verify", "plan")
    assert not (here / "layers.csv").exists()


def test_scores_of_another_network(run: Run, refused: Callable[..., str], here: Path) -> None:
    run("score", *SMALL, "--out", "scores.safetensors")
    scores = ["--scores", "scores.safetensors"]
    assert "with arguments" in refused("prune", "unet3d", *scores)
    assert "with seed 0, not 1" in refused("prune", *SMALL, "--seed", "1", *scores)
    assert "of criterion mpmg, not mnmg" in refused("prune", *SMALL, "--criterion", "mnmg", *scores)
    assert "not both" in refused("prune", *SMALL, "--data", "folder", *scores)
    content = (here / "scores.safetensors").read_bytes()
    (here / "scores.safetensors").write_bytes(content[:-1])
    assert "not a whole safetensors file" in refused("prune", *SMALL, *scores)


def test_output_in_the_way(refused: Callable[..., str], here: Path) -> None:
    out = ["prune", *CHAIN, "--method", "random", "--sparsity", "0.3", "--out"]
    assert "holds other files ('own_networks.py')" in refused(*out, ".")
    assert "is a file" in refused(*out, "own_networks.py")
    assert "is a folder" in refused("score", *CHAIN, "--out", ".")
    assert "own_networks.py" in refused(*out, "own_networks.py/plan")
    assert (here / "own_networks.py").read_text() == OWN_NETWORK


def test_all_zero_scores(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    (here / "zeros.py").write_text(
        "import torch\nfrom torch import nn\n"
        "def network():\n    model = nn.Sequential(nn.Conv3d(1, 4, 1), nn.Conv3d(4, 2, 1))\n"
        "    [nn.init.zeros_(parameter) for parameter in model.parameters()]\n    return model\n"
    )
    sentence = refused("prune", "--model", "zeros:network", "--input", "1x1x4x4x4", "--out", "plan")
    assert "every neuron scores zero" in sentence
    assert not (here / "plan").exists()


# The app


def test_app_starts_streamlit_quietly_and_locally() -> None:
    command = start_command(app_file(), "127.0.0.1", 8501, False, ["--demo"])
    assert command[:5] == [sys.executable, "-m", "streamlit", "run", str(ROOT / "explorer" / "server.py")]
    settings = dict(zip(command[5:-2:2], command[6:-2:2], strict=True))
    assert settings["--server.address"] == "127.0.0.1"
    assert settings["--server.port"] == "8501"
    assert settings["--server.showEmailPrompt"] == "false"
    assert settings["--browser.gatherUsageStats"] == "false"
    assert not {"--server.headless", "--server.allowedHosts"} & settings.keys()
    assert command[-2:] == ["--", "--demo"]


def test_app_for_others_answers_to_their_names_and_opens_no_browser() -> None:
    command = start_command(app_file(), "0.0.0.0", None, True, [])
    settings = dict(zip(command[5:-1:2], command[6:-1:2], strict=True))
    assert (settings["--server.allowedHosts"], settings["--server.headless"]) == ("*", "true")
    assert "--server.port" not in settings, "Streamlit then takes the next free one"


def test_app_hands_on_a_network_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, command, environment: started.append(command))
    main(["app", "--model", "nets:tiny", "--input", "1x3x8x8x8", "--input", "1x4", "--data", "nets:batches"])
    expected = ["--model", "nets:tiny", "--input", "1x3x8x8x8", "--input", "1x4", "--data", "nets:batches"]
    assert started[0][started[0].index("--") + 1 :] == expected


def test_app_hands_on_time_tables_that_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, command, environment: started.append(command))
    found = shipped_table("unet3d", "classroom")
    assert found is not None
    write_table(found, tmp_path / "table.json")
    main(["app", "--time-table", str(tmp_path / "table.json")])
    assert started[0][started[0].index("--") + 1 :] == ["--time-table", str(tmp_path / "table.json")]
    (tmp_path / "table.json").write_text("{}")
    assert main(["app", "--time-table", str(tmp_path / "table.json")]) == 2
    assert "lacks the key" in capsys.readouterr().err


def test_app_hands_on_what_visitors_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr("os.execve", lambda _, command, environment: started.append(environment))
    monkeypatch.setenv("RANP_CHECKS_EACH", "7")
    sites = ["--embed", "https://moodle.example.org", "--embed", "http://127.0.0.1:8000"]
    main(["app", "--computations", "8", "--uploads-mb", "100", *sites])
    limits = read_limits(started[0])
    assert (limits.computations, limits.computations_each) == (8, 6)
    assert (limits.checks_each, limits.uploads_mb) == (7, 100)
    assert limits.embed == ("https://moodle.example.org", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--computations", "0", "RANP_COMPUTATIONS must be a whole number between 1 and 999999, not '0'"),
        ("--checks-each", "many", "RANP_CHECKS_EACH must be a whole number between 1 and 999999, not 'many'"),
        ("--embed", "https://x.org/a; script-src *", "scheme, host and port alone"),
        ("--embed", "*", "scheme, host and port alone"),
    ],
)
def test_app_refuses_limits_that_make_no_sense(option, value, sentence, refused) -> None:
    assert sentence in refused("app", option, value)


def test_app_without_explorer(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ranp.__file__", str(tmp_path / "ranp" / "__init__.py"))
    assert "there is no explorer at" in refused("app")


def test_app_says_what_to_install(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranp.cli.commands.app.find_spec", lambda name: None if name == "streamlit" else object())
    sentence = "the explorer needs streamlit, which is not installed; run pip install 'ranp-explorer[app]'"
    assert sentence in refused("app")


def test_app_answers_where_streamlit_never_ran(tmp_path: Path) -> None:
    """No question at the first start: stdin is closed, and the home folder is empty."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ranp", "app", "--no-browser", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not _healthy(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        process.terminate()
        assert process.wait(timeout=30) is not None


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


# As a program


def program(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ranp", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_program_prints_one_object(here: Path) -> None:
    done = program("prune", *CHAIN, "--method", "random", "--sparsity", "0.2", "--json", cwd=here)
    assert done.returncode == 0
    assert json.loads(done.stdout)["feasible"] is True
    assert done.stderr == ""


def test_program_refuses_in_one_line(tmp_path: Path) -> None:
    done = program("prune", "unet3d", "--sparsity", "nan", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_program_stops_when_nobody_reads(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ranp", "list"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANP_DEBUG", "1")
    with pytest.raises(ValueError, match="no architecture"):
        main(["profile", "unet4d"])


def test_torch_is_left_as_it_was(run: Run) -> None:
    state = torch.random.get_rng_state()
    run("prune", *SMALL, "--sparsity", "0.3")
    assert torch.equal(torch.random.get_rng_state(), state)
