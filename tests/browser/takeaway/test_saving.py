"""What is taken of a chart: files under telling names, with the numbers that the library has, by keyboard alone."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer import compute
from explorer.state import ExplorerState
from tests.browser.takeaway.test_one_file import file, opened, state

__all__ = ["file", "state"]

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
MEMORY = '#settings={"method":"ranp-m","target":"memory","budget":0.45}'


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Page, str, int], Path]:
    """Saves a chart by its title and the place of a kind of file in its menu, with keys alone."""

    def save(page: Page, title: str, place: int) -> Path:
        button = page.get_by_role("button", name=f"Save {title}")
        button.focus()
        page.keyboard.press("Enter")
        for _ in range(place):
            page.keyboard.press("ArrowDown")
        with page.expect_download() as waiting:
            page.keyboard.press("Enter")
        expect(button).to_be_focused()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    return save


def test_a_chart_is_a_picture_a_drawing_and_a_table(
    browser: Browser, file: Path, state: ExplorerState, saved: Callable[[Page, str, int], Path]
) -> None:
    planned = replace(state, method="ranp-m", alpha=0.0, target="memory", budget=0.45)
    layers = compute.results(planned).plan.layers
    with opened(browser, file, MEMORY) as found:
        page = found.page
        expect(page.locator(".ranp-save")).to_have_count(5)
        png, svg, table = (saved(page, "Neurons kept in each layer", place) for place in range(3))
        assert png.name == "unet3d-classroom-kept-ranp-m-memory-45.png"
        assert png.read_bytes().startswith(b"\x89PNG\r\n")
        drawn = ElementTree.parse(svg).getroot()
        assert drawn.tag == f"{SVG}svg"
        texts = {text.text for text in drawn.iter(f"{SVG}text")}
        assert {"Neurons kept in each layer", "removed", layers[0].name} <= texts
        assert len([path for path in drawn.iter(f"{SVG}path") if path.get("fill") == "#E4E6E9"]) >= len(layers)
        assert list(drawn.iter(f"{SVG}pattern")), "stripes of the layer that is held"
        rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["layer", "neurons", "neurons kept", "neurons kept (share of the layer)"]
        assert [(name, int(all), int(kept)) for name, all, kept, _ in rows[1:]] == [
            (layer.name, layer.neurons, layer.kept) for layer in layers
        ]
        macs = csv.DictReader(saved(page, "Where the MACs are", 2).read_text(encoding="utf-8").splitlines())
        assert [int(row["MACs after (multiply-adds)"]) for row in macs] == [
            layer.pruned_macs for layer in compute.plan(planned).layers
        ]
        importance = list(csv.reader(saved(page, "Importance of every neuron", 2).read_text().splitlines()))
        assert sum(int(row[3]) for row in importance[1:]) == sum(layer.kept for layer in layers)
        page.get_by_role("button", name="Save All methods").click()
        page.keyboard.press("Escape")
        expect(page.locator(".ranp-save-panel:visible")).to_have_count(0)
        found.check()
