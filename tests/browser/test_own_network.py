"""A network of one's own, from the start of the app to a file that needs no library: each step in a process of its own.

`tests/queue/test_own_code.py` goes the same way on the command line.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ranp.queue import Database, jobs
from tests.browser.conftest import ROOT, running_app
from tests.browser.test_explore import PATIENCE, open_page, verdict

pytestmark = pytest.mark.browser

CODE = """
import torch
from torch import nn

def network():
    return nn.Sequential(nn.Conv3d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv3d(12, 8, 1), nn.ReLU(), nn.Conv3d(8, 2, 1))

def batches():
    draw = torch.Generator().manual_seed(0)
    volumes = [torch.randn(2, 1, 6, 6, 6, generator=draw) for _ in range(8)]
    return [(volume, (volume[:, 0] > 0).long()) for volume in volumes]

loss = nn.functional.cross_entropy

def agreement(output, target):
    return (output.argmax(1) == target).float().mean()
"""
NAMED = ["--model", "my_nets:network", "--input", "1x1x6x6x6"]
LEARNT = ["--data", "my_nets:batches", "--loss", "my_nets:loss", "--metric", "agreement=my_nets:agreement"]
OWN = "architecture=own&preset=own&target=macs&budget=0.5"

REBUILT = """
import sys
sys.modules["ranp"] = None  # from now on, importing it fails
import my_nets, small, torch
model = small.shrink(my_nets.network())
print(tuple(model(torch.zeros(1, 1, 6, 6, 6)).shape), sum(each.numel() for each in model.parameters()))
"""


@pytest.mark.slow
def test_scored_queued_trained_elsewhere_shown_again_exported_and_rebuilt(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "my_nets.py").write_text(CODE)
    database = tmp_path / "studies.db"
    with running_app(tmp_path, database, *NAMED, *LEARNT, here=tmp_path) as server:
        link = _asked_for(browser, server)
        _run_elsewhere(database, tmp_path)
        (job,) = jobs(Database(str(database)))
        full, pruned = job.entries
        assert (job.state, full.reason, pruned.reason) == ("done", None, None)
        assert full.macs is not None
        assert pruned.macs is not None
        assert 0.3 * full.macs < pruned.macs <= 0.5 * full.macs
        page = browser.new_page(accept_downloads=True)
        page.goto(link)
        expect(page.get_by_text("The pruned network reaches")).to_be_visible(timeout=PATIENCE)
        assert f"{pruned.score:.3f}" in page.inner_text("body")
        _export(page, server, tmp_path / "small.py")
        page.close()
    alone = subprocess.run([sys.executable, "-c", REBUILT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout.strip() == f"(1, 2, 6, 6, 6) {pruned.params}"


def _asked_for(browser: Browser, server: str) -> str:
    """Scored on Explore, asked for on Train check; the link that is left when the tab is closed."""
    page = browser.new_page()
    open_page(page, f"{server}/?{OWN}")
    expect(verdict(page)).to_contain_text("of 22 neurons")
    page.goto(f"{server}/training?{OWN}")
    page.get_by_role("button", name="Train full and pruned").click(timeout=PATIENCE)
    expect(page.get_by_text("It is next in the queue.")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("check="))
    link = page.url
    page.close()
    return link


def _run_elsewhere(database: Path, here: Path) -> None:
    command = [sys.executable, "-m", "ranp", "worker", "--until-idle", "--database", str(database), "--threads", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--allow", "my_nets"], cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _export(page: Page, server: str, file: Path) -> None:
    """The script of plain PyTorch, made on the page Export."""
    page.goto(f"{server}/export?{OWN}")
    page.get_by_role("button", name="Make .py").first.click(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name="Download .py").first.click(timeout=PATIENCE)
    waiting.value.save_as(file)
