"""The figures in the README are those of a file that `make bench` wrote, and the file says on which machine."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import MEASUREMENTS, main
from tests.benchmarks.kept import Kept
from tests.benchmarks.row import Row
from tests.benchmarks.table import markdown

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "tests" / "benchmarks" / "results.json"
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = (
    ["pricing", "tracing", "scoring", "starting", "commands", "resident", "peers", "growth"],
    ["correctness"],
    ["training"],
    ["latency", "sessions", "soak"],
)


def table(names: list[str]) -> str:
    """Without the line that says the machine, which the README says once."""
    return markdown(Kept.read(RESULTS).only(names)).partition("\n\n")[2]


@pytest.mark.parametrize("names", TABLES, ids=", ".join)
def test_the_readme_shows_what_was_measured(names: list[str]) -> None:
    assert table(names) in README


def test_everything_is_measured_and_shown() -> None:
    kept = Kept.read(RESULTS)
    assert kept.rows.keys() == MEASUREMENTS.keys() == {name for names in TABLES for name in names}
    assert all(kept.rows.values())
    assert markdown(kept).partition("\n\n")[0] in README
    assert json.loads(RESULTS.read_text())["caution"] is None  # the machine was idle


def test_figures_are_kept_and_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "pricing": [Row("price", 0.002, "s", 0.001, "a plan")],
        "soak": [Row("files", 12, "", 1.1, "an hour", 12, "x", 1)],
    }
    kept = Kept({"cores": 2, "torch": "2.13.0"}, {"pricing": 1.0, "soak": 2.0}, rows)
    kept.write(tmp_path / "kept.json")
    assert Kept.read(tmp_path / "kept.json") == kept
    assert main(["--show", str(tmp_path / "kept.json"), "--only", "pricing"]) == 0
    shown, error = capsys.readouterr()
    assert "Measured on: cores 2, torch 2.13.0." in shown
    assert "| price | 2 ms |  | at most 1 ms: MISSED | a plan |" in shown
    assert "files" not in shown
    assert error == "missed: price\n"
    assert main(["--show", str(tmp_path / "kept.json"), "--only", "pricing", "--check"]) == 1
