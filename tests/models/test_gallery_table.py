"""The README's table of the gallery is that of the file that `make gallery` wrote, and its figures are found again."""

import json
from pathlib import Path

import pytest

from ranp.models import GALLERY
from tests.benchmarks.gallery.__main__ import main, markdown
from tests.benchmarks.gallery.row import GalleryRow, measure

ROOT = Path(__file__).parents[2]
KEPT = json.loads((ROOT / "tests" / "benchmarks" / "gallery" / "figures.json").read_text(encoding="utf-8"))
ROWS = {name: GalleryRow(**figures) for name, figures in KEPT["networks"].items()}


def test_the_readme_shows_what_was_measured() -> None:
    assert markdown(KEPT) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_network_is_in_the_table_and_can_be_pruned() -> None:
    assert list(ROWS) == list(GALLERY)
    for name, row in ROWS.items():
        assert row.task in {preset.task for preset in GALLERY[name].presets.values()}
        assert 0.3 < row.free / row.neurons <= 1, name
        assert 0 < row.left < 0.7, name


@pytest.mark.slow
@pytest.mark.parametrize("name", GALLERY)
def test_figures_are_found_again(name: str) -> None:
    found, kept = measure(name), ROWS[name]
    for figure in ("task", "neurons", "free", "macs", "params"):
        assert getattr(found, figure) == getattr(kept, figure), figure
    assert found.left == pytest.approx(kept.left, abs=0.02)


def test_one_network_measured_anew_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    monkeypatch.setattr("tests.benchmarks.gallery.__main__.measure", lambda name: ROWS[name])
    for name in ("vnet", "segresnet"):
        assert main(["--only", name, "--out", str(file)]) == 0
    assert json.loads(file.read_text())["networks"].keys() == {"segresnet", "vnet"}
    capsys.readouterr()
    assert main(["--show", str(file)]) == 0
    assert [line.split("`")[1] for line in capsys.readouterr().out.splitlines()[2:]] == ["segresnet", "vnet"]
