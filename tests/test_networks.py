"""The README's table of real networks is that of the file that `make networks` wrote, and its figures hold."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.networks import main
from tests.benchmarks.networks_row import measure
from tests.benchmarks.networks_table import escaped, markdown, rows, summary
from tests.real_networks import LEFT_OUT, NETWORKS

ROOT = Path(__file__).parent.parent
FILE = ROOT / "tests" / "benchmarks" / "networks.json"
KEPT = json.loads(FILE.read_text(encoding="utf-8"))


def test_the_readme_shows_what_was_measured() -> None:
    table = markdown(KEPT).partition("\n\n")[2]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert table in readme
    assert summary(KEPT) in readme


def test_every_network_is_in_the_table_and_computes_the_same_when_shrunk() -> None:
    assert list(KEPT["networks"]) == list(NETWORKS)
    assert KEPT["failed"] == {}
    assert KEPT["left_out"] == LEFT_OUT
    families = [network.family for network in NETWORKS.values()]
    assert len(families) >= 40
    assert families.count("MONAI") >= 30
    for title, row in rows(KEPT).items():
        assert row.right, title
        assert row.removed > 0, title
        assert 0 < row.least_macs <= row.macs, title


SLOW_ONES = ("nnU-Net residual encoder, anisotropic, deep supervision", "MONAI SegResNetDS", "pytorchvideo SlowFast")
QUICK_ONES = ("nnU-Net plain, 2D", "MONAI Classifier")


@pytest.mark.parametrize("title", [*QUICK_ONES, *(pytest.param(title, marks=pytest.mark.slow) for title in SLOW_ONES)])
def test_figures_are_found_again(title: str) -> None:
    found, kept = measure(NETWORKS[title]), rows(KEPT)[title]
    assert found.right
    for name in ("neurons", "free", "macs", "least_macs", "params", "least_params", "removed"):
        assert getattr(found, name) == getattr(kept, name), name


def test_a_failure_keeps_no_other_from_being_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, title = tmp_path / "kept.json", "MONAI FullyConnectedNet"
    monkeypatch.setitem(NETWORKS, title, NETWORKS["MONAI Classifier"])
    monkeypatch.setattr("tests.benchmarks.networks.measure", lambda _: 1 / 0)
    assert main(["--only", "Classifier", "--out", str(file)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert main(["--only", "Classifier", title, "--out", str(file), "--resume"]) == 0
    assert json.loads(file.read_text())["failed"] == {}
    assert list(json.loads(file.read_text())["networks"]) == ["MONAI Classifier", title]
    assert main(["--show", str(file)]) == 0
    assert title in capsys.readouterr().out.splitlines()[-1]


def test_what_others_raise_fits_into_a_cell() -> None:
    assert escaped("ValueError: a | b\n<x>") == "ValueError: a / b x"
    assert len(escaped("x" * 200)) == 80
