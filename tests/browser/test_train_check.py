"""A check asked for in a browser: it waits, a worker takes it, and the page follows by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ranp.queue import Database, work
from tests.training.test_page_training import made_up


def test_a_check_is_asked_for_and_its_result_comes_by_itself(
    server: str, database: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto(f"{server}/training?preset=classroom-shapes")
    page.get_by_role("button", name="Train full and pruned").click(timeout=90_000)
    expect(page.get_by_text("It is next in the queue.")).to_be_visible(timeout=30_000)
    assert "check=" in page.url
    monkeypatch.setattr("ranp.queue.worker.run_check", made_up)
    assert work(Database(str(database)), idle_seconds=0) == 1
    expect(page.get_by_text("The pruned network reaches")).to_be_visible(timeout=30_000)
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.get_by_text("Training step")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Call it off")).not_to_be_visible()
    page.reload()  # all that is left of the visit is its link
    expect(page.get_by_text("The pruned network reaches")).to_be_visible(timeout=60_000)
