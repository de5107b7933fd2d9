"""A MONAI bundle's network there and back: MONAI's own parser builds what was written, with our counts."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from monai.bundle import ConfigParser
from torch import nn

from ranp.__main__ import main
from ranp.blueprints import read_bundle
from ranp.graph import trace
from ranp.plan import load_plan

UNET = {
    "_target_": "UNet",
    "spatial_dims": 3,
    "in_channels": "@channels_in",
    "out_channels": 2,
    "channels": "@widths::unet",
    "strides": [2, 2],
    "num_res_units": 1,
}
BASIC = {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "features": [8, 8, 8, 12, 16, 8]}
DYNAMIC = {
    "_target_": "DynUNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 2,
    "kernel_size": [3, 3, 3],
    "strides": [1, 2, 2],
    "upsample_kernel_size": [2, 2],
    "filters": [8, 12, 12],
    "res_block": True,
}
ATTENTION = {
    "_target_": "monai.networks.nets.AttentionUnet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 2,
}
NETWORKS: dict[str, Mapping[str, Any]] = {
    "UNet": UNET,
    "BasicUNet": {"_target_": "monai.networks.nets.basic_unet.BasicUNet", **BASIC},
    "DynUNet": DYNAMIC,
    "AttentionUnet": {**ATTENTION, "channels": [8, 12], "strides": [2]},
    "BasicUNetPlusPlus": {"_target_": "BasicUNetPlusPlus", **BASIC},
}
SHAPE = "1x1x32x16x16"


def config(network: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "imports": ["$import glob"],
        "channels_in": 1,
        "widths": {"unet": [4, 8, 12]},
        "network_def": dict(network),
        "network": "$@network_def.to('cpu')",
    }


def write(folder: Path, document: Any) -> Path:
    path = folder / "train.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def built(path: Path) -> Any:
    parser = ConfigParser()
    parser.read_config(str(path))
    return parser.get_parsed_content("network_def")


def neurons(network: nn.Module) -> dict[str, int]:
    return {layer.name: layer.neurons for layer in trace(network, (torch.zeros(1, 1, 32, 16, 16),)).layers.values()}


@pytest.mark.parametrize(
    "name", [name if name == "UNet" else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_monai_builds_the_written_widths_with_our_counts(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = config(NETWORKS[name])
    path, out, plan = write(tmp_path, document), tmp_path / "small.json", tmp_path / "plan"
    asked = ["bundle", str(path), "--input", SHAPE, "--method", "random", "--budget", "macs=0.6", "--out", str(out)]
    assert main([*asked, "--plan", str(plan), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    network = built(out)
    assert sum(parameter.numel() for parameter in network.parameters()) == result["pruned"]["params"]
    assert trace(network, (torch.zeros(1, 1, 32, 16, 16),)).cost().as_dict() == load_plan(plan).pruned.as_dict()
    assert neurons(network) == load_plan(plan).kept_counts
    assert result["pruned"]["macs"] <= 0.6 * result["full"]["macs"]
    written = json.loads(out.read_text())
    argument = read_bundle(path).blueprint.kind.widths
    assert written["network_def"].pop(argument) == result["left"]
    document["network_def"].pop(argument)
    assert written == document


@pytest.mark.filterwarnings("ignore:attributes that equal")
def test_free_widths_come_as_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    network = {"_target_": "SegResNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2, "init_filters": 8}
    path = write(tmp_path, config({**network, "blocks_down": [1, 1], "blocks_up": [1]}))
    asked = ["bundle", path.name, "--input", SHAPE, "--method", "random", "--sparsity", "0.3"]
    assert main(asked) == 2
    assert "SegResNet takes no list of widths; add --module FILE.py" in capsys.readouterr().err
    (tmp_path / "scripts").mkdir()
    more = ["--module", "scripts/small_segresnet.py", "--out", "small.json", "--plan", "plan", "--json"]
    assert main([*asked, *more]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == "scripts.small_segresnet.small_network"
    assert "ranp." not in Path("scripts/small_segresnet.py").read_text()
    small = built(tmp_path / "small.json")
    plan = load_plan("plan")
    assert neurons(small) == plan.kept_counts
    assert sum(parameter.numel() for parameter in small.parameters()) == plan.pruned.params < plan.full.params


def test_a_configuration_in_yaml_goes_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "train.yaml", tmp_path / "small.yml"
    path.write_text("# ours\n" + yaml.safe_dump(config(UNET)))
    asked = ["--input", SHAPE, "--method", "random", "--budget", "macs=0.5", "--out", str(out)]
    assert main(["bundle", str(path), *asked, "--json"]) == 0
    yaml_widths = json.loads(capsys.readouterr().out)["left"]
    assert yaml.safe_load(out.read_text()) == config({**UNET, "channels": yaml_widths})
    assert built(out).model[0].conv.unit0.conv.out_channels == yaml_widths[0]  # by MONAI's own parser
    path.write_text("a: &a [1]\nnetwork_def: *a\n")
    assert main(["bundle", str(path), *asked]) == 2
    assert "it has an alias; write the value out" in capsys.readouterr().err


def _with(**changes: Any) -> dict[str, Any]:
    return config({**UNET, **changes})


BAD: dict[str, tuple[Any, str]] = {
    "a list": ([], "must be an object"),
    "no network": ({"network": {}}, "has no 'network_def'.* --key"),
    "a text": ({"network_def": "UNet"}, "must be an object"),
    "code": (_with(_target_="os.system"), "builds os.system; the networks of MONAI"),
    "another package": (_with(_target_="evil.UNet"), "builds evil.UNet"),
    "an expression": (_with(out_channels="$__import__('os').getpid()"), "'network_def.out_channels' in .* is an expr"),
    "a macro": (_with(out_channels="%other.json#x"), "is an expression"),
    "a nested class": (_with(act={"_target_": "os.system"}), "'network_def.act' in .* must be a plain value"),
    "a circle": ({**_with(out_channels="@a"), "a": "@b", "b": "@a"}, "refers to itself"),
    "nowhere": (_with(out_channels="@nothing"), "refers to '@nothing', which the file does not have"),
    "disabled": (_with(_disabled_=True), "has the key '_disabled_'"),
    "huge": (_with(channels=[4, 8, 10**9]), "'network_def.channels' in .* must be a plain value"),
    "no widths": (_with(channels="wide"), "gives no list of whole numbers as 'channels'"),
    "wrong": (_with(strides=[2]), "UNet cannot be built"),
    "filters": (config({**DYNAMIC, "filters": None}), "gives no list of whole numbers as 'filters'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_configuration_that_is_wrong_gets_a_sentence(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, said = BAD[case]
    out = tmp_path / "small.json"
    asked = ["bundle", str(write(tmp_path, document)), "--input", SHAPE, "--method", "random", "--out", str(out)]
    assert main(asked) == 2
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [([], "add for instance --input"), (["--input", SHAPE, "--module", "my-net.py"], "my-net.py cannot be imported")],
)
def test_what_is_missing_is_told(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", str(write(tmp_path, config(UNET))), *options]) == 2
    assert said in capsys.readouterr().err
