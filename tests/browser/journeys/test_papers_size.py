"""Every page's main job on BraTS at the paper's size, where no page may be a wall: 2 T MACs, and two cores."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from explorer.training.wording import TOO_LONG
from ranp.plan import load_plan
from ranp.subject import library_network
from tests.browser.test_compare import pins
from tests.browser.test_explore import PATIENCE, open_page, settle, verdict

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "architecture=unet3d&preset=brats&target=macs&budget=0.25"


def opened(page: Page, server: str, name: str) -> None:
    """Open a page on the plan, and wait until its bar tells what is left."""
    page.goto(f"{server}/{name}?{PLAN}")
    expect(page.get_by_text("24.9 %").first).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def saved(download: Download, folder: Path) -> Path:
    file = folder / download.suggested_filename
    download.save_as(file)
    return file


def test_explore_gives_the_plan_that_the_library_makes(server: str, page: Page, tmp_path: Path) -> None:
    open_page(page, f"{server}/?{PLAN}")
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name="Download plan").click()
    plan = load_plan(saved(waiting.value, tmp_path))
    assert 0.245 < plan.pruned.macs / plan.full.macs <= 0.25
    removed = sum(layer.neurons - layer.kept for layer in plan.layers)
    assert f"removes {removed:,} of" in verdict(page).inner_text()
    graph = library_network("unet3d", "brats", {}, 0, "xavier").trace()
    assert graph.cost(plan.kept).macs == plan.pruned.macs


def test_xray_follows_a_neuron_that_goes(server: str, page: Page) -> None:
    opened(page, server, "xray")
    page.get_by_label("Show me …").select_option(label="the first neuron that goes")
    expect(page.get_by_text("Why was this neuron removed?").first).to_be_visible(timeout=PATIENCE)


def test_compare_pins_all_methods_at_equal_macs(server: str, page: Page) -> None:
    opened(page, server, "compare")
    page.get_by_role("button", name="Pin all methods at equal MACs").click()
    expect(page.get_by_label("Name of pin 5")).to_be_visible(timeout=PATIENCE)
    names = pins(page)
    assert any("RANP-m" in name for name in names)
    assert any("Random" in name for name in names)


def test_counting_counts_the_whole_network(server: str, page: Page) -> None:
    opened(page, server, "counting")
    expect(page.get_by_text("1,899,583,504,384").first).to_be_visible(timeout=PATIENCE)


def test_train_check_tells_where_to_train_it(server: str, page: Page) -> None:
    opened(page, server, "training")
    expect(page.get_by_text(TOO_LONG)).to_be_visible(timeout=PATIENCE)
    commands = page.get_by_test_id("stCode").first.inner_text()
    assert "ranp prune unet3d --preset brats" in commands
    assert "--budget macs=0.25" in commands
    assert "ranp train unet3d --preset brats --plan plan.zip" in commands
    page.get_by_role("button", name="Size classroom-tissue").click()
    expect(page.get_by_role("button", name="Train full and pruned")).to_be_enabled(timeout=PATIENCE)


def test_export_gives_masks_and_a_report(server: str, page: Page, tmp_path: Path) -> None:
    opened(page, server, "export")
    for label, ending in (("Plan (.zip)", ".zip"), ("Report (.html)", ".html")):
        with page.expect_download(timeout=PATIENCE) as waiting:
            page.get_by_role("button", name=label).click()
        file = saved(waiting.value, tmp_path)
        assert file.suffix == ending
        if ending == ".zip":
            plan = load_plan(file)
            with zipfile.ZipFile(file) as archive:
                [table] = [name for name in archive.namelist() if name.endswith("layers.csv")]
                rows = list(csv.DictReader(io.StringIO(archive.read(table).decode())))
            assert [int(row["kept"]) for row in rows] == [int(plan.kept[row["name"]].sum()) for row in rows]
        else:
            assert "3D-UNet" in file.read_text(encoding="utf-8")


def test_learn_opens_a_tour(server: str, page: Page) -> None:
    page.goto(f"{server}/learn?{PLAN}")
    page.get_by_role("button", name="Memory or FLOPs").click(timeout=PATIENCE)
    expect(page.get_by_text("Two costs, two lists").first).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
