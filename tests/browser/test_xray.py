"""One journey through the X-ray: from step to step by keyboard, to a neuron that goes, and to its link."""

import re
from dataclasses import replace

import pytest
import torch
from playwright.sync_api import Page, expect

from explorer import compute
from explorer.state import default_state

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # milliseconds; the first visit traces and scores on a busy machine
STEPS = ("Connection sensitivity", "Neuron importance", "Layer balance", "Resource reweighting", "Threshold")


def test_a_neuron_is_followed_through_the_steps_by_keyboard(server: str, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server}/xray?layer=encoder2.conv1&neuron=3")
    steps = page.get_by_role("navigation", name="Steps of the method").get_by_role("button")
    expect(steps.first).to_have_attribute("aria-current", "step", timeout=PATIENCE)
    expect(page.get_by_role("img", name=re.compile("Contributions of its"))).to_be_visible(timeout=PATIENCE)

    steps.first.focus()
    for step, title in enumerate(STEPS[1:], start=1):
        page.keyboard.press("ArrowRight")
        expect(steps.nth(step)).to_have_attribute("aria-current", "step")
        expect(steps.nth(step)).to_be_focused()
        expect(page.get_by_role("region", name=f"{step + 1}. {title}").locator("math").first).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_text("The contributions, put together anew, give")).to_be_visible()
    expect(page).to_have_url(re.compile("xray=2"), timeout=PATIENCE)

    verdict = page.get_by_role("status").filter(has_text="Why was this neuron")
    page.get_by_label("Show me …").select_option("first")
    expect(verdict).to_contain_text("Why was this neuron removed?")
    rank = int(re.search(r"rank ([\d,]+) of", verdict.inner_text())[1].replace(",", ""))  # type: ignore[index]
    kept = int(re.search(r"best ([\d,]+) stay", verdict.inner_text())[1].replace(",", ""))  # type: ignore[index]
    assert rank == kept + 1
    said = verdict.inner_text()
    neuron = re.search(r"Neuron (\d+) of", said)[1]  # type: ignore[index]
    expect(page).to_have_url(re.compile(f"neuron={neuron}(&|$)"), timeout=PATIENCE)
    page.goto(page.url)
    expect(verdict).to_have_text(re.sub(r"\s+", " ", said), timeout=PATIENCE, use_inner_text=True)
    assert errors == []


@pytest.mark.parametrize(
    ("snap", "kept", "said"),
    [
        ("add", True, "it came back, up to a fast width"),
        pytest.param("drop", False, "it went, down to a fast width", marks=pytest.mark.slow),
    ],
)
def test_a_neuron_that_fast_widths_moved_is_told(server: str, page: Page, snap: str, kept: bool, said: str) -> None:
    """The first one that the library has in one of the two plans alone."""
    plain = replace(default_state(compute.choices(), "unet3d", "classroom"), sparsity=0.5)
    table = compute.table_of(plain)
    assert table is not None
    for job in (compute.tracing(plain), compute.importance(plain), compute.calling(plain, table.batch)):
        job.result()
    before, after = compute.plan(plain).kept, compute.plan(replace(plain, snap=snap)).kept
    layer = next(name for name, mask in after.items() if not torch.equal(mask, before[name]))
    neuron = int((after[layer] != before[layer]).nonzero()[0])
    assert bool(after[layer][neuron]) == kept
    query = "architecture=unet3d&preset=classroom&sparsity=0.5&xray=5"
    page.goto(f"{server}/xray?{query}&snap={snap}&layer={layer}&neuron={neuron}")
    verdict = page.get_by_role("status").filter(has_text=f"Why was this neuron {'kept' if kept else 'removed'}?")
    expect(verdict).to_contain_text(said, timeout=PATIENCE)


def test_on_a_phone_no_step_is_wider_than_the_page(server: str, phone: Page) -> None:
    phone.goto(f"{server}/xray?layer=encoder2.conv1&neuron=3&xray=2")
    expect(phone.locator(".x-check")).to_be_visible(timeout=PATIENCE)  # the longest line of numbers is there
    for _ in range(3):
        assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
        phone.get_by_role("button", name="Next: ").click()
