"""The README's picture of score against cost: drawn from the file that ships, and what its marks say."""

from pathlib import Path
from xml.etree import ElementTree

from explorer.charts import contestant_looks
from ranp.checks import against_cost, read_races
from tests.benchmarks.evidence.marks import corners, mark
from tests.benchmarks.evidence.picture import svg
from tests.benchmarks.evidence.readme import PICTURE
from tests.checks.made_races import by_name, made

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_drawn_from_the_races_that_ship() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == svg(read_races()), "run: python -m tests.benchmarks.evidence"
    lines = ElementTree.fromstring(drawn).findall(f".//{SVG}polyline")
    assert len(lines) == sum(len(task.curves) for task in against_cost(read_races()))
    assert Path(PICTURE).stat().st_size < 100_000


def test_marks_of_few_seeds_are_empty_and_numbered_and_failures_crossed() -> None:
    few = {"full": (0.9, 0.9), "ranp-f": (0.8, 0.85), "thin": (None, 0.7)}
    many = {"full": (0.9, 0.91, 0.9), "ranp-f": (0.88, 0.87, 0.89), "thin": (0.8, 0.8, 0.81)}
    root = ElementTree.fromstring(svg(by_name(made(few, share=0.05), made(many))))
    circles = root.findall(f".//{SVG}circle")[1:]  # the first is the legend's
    assert [each.attrib["fill"] for each in circles] == ["#ffffff", circles[1].attrib["stroke"]]
    numbers = [each.text for each in root.findall(f".//{SVG}text") if each.attrib.get("font-size") == "9"]
    assert numbers == ["2", "1"]  # of RANP-f and of thin at 5%
    crosses = [each for each in root.findall(f".//{SVG}path") if "l7 7" in each.attrib["d"]]
    thin = contestant_looks(["thin"])[0].colour
    assert [each.attrib["stroke"] for each in crosses] == [thin]
    assert "not run" not in svg({})
    assert "No race was run yet." in svg({})


def test_every_mark_of_a_contestant_can_be_drawn() -> None:
    looks = contestant_looks(["full", *(f"unknown {number}" for number in range(12))])
    assert len({drawn.symbol for drawn in looks}) == 13
    for drawn in looks:
        shape = ElementTree.fromstring(mark(drawn, 10, 20))
        assert shape.tag == ("circle" if drawn.symbol == "circle" else "polygon")
        if shape.tag == "polygon":
            assert all(abs(right) < 1.5 and abs(down) < 1.5 for right, down in corners(drawn.symbol))
