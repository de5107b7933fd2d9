"""The figures in the README are those of a file that `make bench` wrote, and the file says on which machine."""

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

import ranp.selection
import ranp.timing
from ranp.types import Masks
from tests.benchmarks import time_picture
from tests.benchmarks.__main__ import MEASUREMENTS, main, started
from tests.benchmarks.kept import Kept
from tests.benchmarks.measurements import time
from tests.benchmarks.measurements.timed_plans import BATCH, Timed
from tests.benchmarks.row import Row
from tests.benchmarks.table import machine, markdown
from tests.benchmarks.time_picture import picture
from tests.timing.test_timing import made_up

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "tests" / "benchmarks" / "results.json"
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLES = (
    ["pricing", "tracing", "scoring", "starting", "commands", "resident", "peers", "growth"],
    ["correctness"],
    ["training"],
    ["time"],
    ["opening"],
    ["latency", "sessions", "soak"],
)
PICTURE = ROOT / "docs" / "step_seconds.svg"
"""Of predicted and measured step times."""


def table(names: list[str]) -> str:
    """Without the line that says the machine, which the README says once."""
    return markdown(Kept.read(RESULTS).only(names)).partition("\n\n")[2]


@pytest.mark.parametrize("names", TABLES, ids=", ".join)
def test_the_readme_shows_what_was_measured(names: list[str]) -> None:
    if not Kept.read(RESULTS).only(names).rows:
        pytest.skip(f"not measured yet: {', '.join(names)}")
    assert table(names) in README


def test_everything_is_measured_and_shown() -> None:
    kept = Kept.read(RESULTS)
    assert MEASUREMENTS.keys() == {name for names in TABLES for name in names}
    assert MEASUREMENTS.keys() - {"time", "opening"} <= kept.rows.keys() <= MEASUREMENTS.keys()
    assert all(kept.rows.values())
    assert markdown(kept).partition("\n\n")[0] in README
    assert json.loads(RESULTS.read_text())["caution"] is None  # the machine was idle


def test_the_picture_of_times_is_that_of_the_figures() -> None:
    kept = Kept.read(RESULTS)
    if "time" not in kept.rows:
        pytest.skip("not measured yet")
    assert PICTURE.read_text(encoding="utf-8") == picture(kept)
    assert f"({PICTURE.relative_to(ROOT)})" in README


def test_a_picture_has_a_dot_a_plan_where_its_times_are(tmp_path: Path) -> None:
    points = (("full", 0.1, 0.1), ("ranp-f 0.5", 0.03, 0.01), ("random 0.5", 0.01, 0.03))
    rows = {"time": [Row("error, median: unet3d classroom", 0.04, "share", 0.07, "", points=points)]}
    kept = Kept({"processor": "A & B", "torch": "2.13"}, {"time": 0.0}, rows)
    kept.write(tmp_path / "kept.json")
    assert Kept.read(tmp_path / "kept.json") == kept
    assert time_picture.main([str(tmp_path / "kept.json"), "--out", str(tmp_path / "time.svg")]) == 0
    drawn = ElementTree.fromstring((tmp_path / "time.svg").read_text(encoding="utf-8"))
    titled = [dot for dot in drawn.findall(".//{*}circle") if len(dot)]
    (right, slow, quick) = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in titled]
    assert right[0] - time_picture.LEFT == pytest.approx(time_picture.TOP + time_picture.SIDE - right[1])
    assert quick[0] - slow[0] == pytest.approx(quick[1] - slow[1], abs=0.11)  # mirrored at the line
    assert "unet3d (4.0%)" in "".join(drawn.itertext())
    with pytest.raises(ValueError, match="there are no predicted and measured times"):
        picture(Kept({}, {}, {}))


def test_more_is_added_only_to_what_was_measured_here(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    assert started(None) == started(file) == Kept(machine(), {}, {})
    Kept(machine(), {"soak": 1.0}, {"soak": [Row("files", 12, "", None, "")]}).write(file)
    assert started(file).rows.keys() == {"soak"}
    Kept({"cores": 1000}, {}, {}).write(file)
    with pytest.raises(ValueError, match="was measured on"):
        started(file)


@pytest.fixture(scope="module")
def timed() -> Timed:
    """The 3D-UNet, small, by a table that was made up: an element takes a millionth, a pair of channels ten."""
    model = ranp.build("unet3d", base_channels=4)
    graph = ranp.trace(model, ranp.models.example_inputs("unet3d"))
    work = ranp.timing.read_work(model, graph, batch=BATCH)
    scores = ranp.selection.random_scores(
        {name: torch.empty(layer.neurons) for name, layer in graph.layers.items()}, seed=0
    )
    prices = ranp.timing.TimePrices(graph, work, made_up(work))
    return Timed("unet3d", model, graph, scores, ranp.reweight(scores, None), prices)


def test_errors_are_those_of_the_plans(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured times are made up here, twice the predicted ones, but for one plan."""
    slow = timed.plan({"method": "random"}, sparsity=0.5)

    def measured(_: Timed, plans: Sequence[Masks], budget: float) -> list[float]:
        return [timed.prices.at(kept) * (4 if _same(kept, slow) else 2) for kept in (None, *plans)]

    monkeypatch.setattr(Timed, "measured", measured)
    median, high = time.predictions(timed)
    assert median.ours == pytest.approx(0.5)
    assert high.ours > median.ours
    assert len(median.points) == 1 + len(time.PREDICTED) * len(time.SPARSITIES)
    assert not median.met


def test_plans_of_half_the_time_are_those_of_half_the_measured_time(
    timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine on which each prediction is off, and small plans most."""
    full = timed.prices.at()

    def measured(_: Timed, plans: Sequence[Masks], budget: float) -> list[float]:
        return [full, *(full * (timed.prices.at(kept) / full) ** 0.6 for kept in plans)]

    monkeypatch.setattr(Timed, "measured", measured)
    found = time.at_half(timed)
    assert found.keys() >= {"ranp-f", "ranp-m"}
    assert all(share == pytest.approx(0.5, abs=0.05) for _, share, _ in found.values())
    assert all(seconds == pytest.approx(share * full) for _, share, seconds in found.values())
    assert time._half_rows(timed, found)[0].ratio == 1
    for row in time.at_equal_macs(timed):
        assert "25% of the MACs" in row.how or "24% of the MACs" in row.how


def test_the_least_plan_of_an_importance_keeps_so_much_and_hardly_more(timed: Timed) -> None:
    kept = time._least(timed, {"method": "ranp-f"}, 0.6)
    assert 0.6 <= timed.importance(kept) < 0.65


def _same(one: Masks | None, other: Masks) -> bool:
    return one is not None and all(torch.equal(one[name], other[name]) for name in other)


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
