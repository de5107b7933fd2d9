"""Widths by hand and channels in steps, on the command line and in the plans that it saves."""

import json
from pathlib import Path
from typing import Any

import pytest

from ranp.__main__ import main
from ranp.plan import load_plan

PRUNE = ["prune", "unet3d", "--set", "base_channels=4", "--method", "random", "--sparsity", "0.5"]


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def kept(result: dict[str, Any]) -> dict[str, int]:
    return {layer["name"]: layer["kept"] for layer in result["layers"]}


def test_widths_and_steps_are_in_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "widths.json"
    table.write_text('{"encoder3.conv1": 7}')
    plan = tmp_path / "plan"
    options = ["--width", "encoder1.conv2=3", "--width", str(table), "--multiple", "2", "--out", str(plan)]
    result = ran(capsys, *PRUNE, *options)
    assert (kept(result)["encoder1.conv2"], kept(result)["encoder3.conv1"]) == (3, 7)
    assert all(count % 2 == 0 for name, count in kept(result).items() if count not in (3, 7))
    config = load_plan(plan).config
    assert config.widths == (("encoder1.conv2", 3), ("encoder3.conv1", 7))
    assert config.multiple == 2
    assert ran(capsys, "show", str(plan))["settings"]["widths"] == {"encoder1.conv2": 3, "encoder3.conv1": 7}


def test_a_plan_without_them_still_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(capsys, *PRUNE, "--out", str(tmp_path / "plan"))
    document = json.loads((tmp_path / "plan" / "plan.json").read_text())
    for key in ("widths", "multiple"):
        del document[key]
    (tmp_path / "plan" / "plan.json").write_text(json.dumps(document))
    config = load_plan(tmp_path / "plan").config
    assert (config.widths, config.multiple) == ((), 1)


def test_a_curve_has_steps(capsys: pytest.CaptureFixture[str]) -> None:
    curve = ran(capsys, "curve", *PRUNE[1:6], "--multiple", "4", "--points", "20")
    assert all(count % 4 == 0 or count == layer["neurons"] for layer in curve["layers"] for count in layer["kept"])


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--width=encoder=many", "'encoder=many' is no width; write the layer and a number, like conv1=24"),
        ("--width=nowhere.json", "nowhere.json"),
        ("--width=decoder=3", "cannot set the width of layer 'decoder', which the network does not have"),
        ("--width=encoder1.conv2=0", "must be a whole number of neurons of at least 1, not 0"),
        ("--multiple=0", "multiple must be a whole number of at least 1, not 0"),
        ("--multiple=x", "argument --multiple: invalid int value: 'x'"),
    ],
)
def test_mistakes_are_one_sentence(option: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main([*PRUNE, option])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    said = capsys.readouterr().err
    assert code == 2
    assert complaint in said
    assert len(said.splitlines()) == 1
