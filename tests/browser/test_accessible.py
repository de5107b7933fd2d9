"""Every page in both themes, on a desk and on a phone, without a violation that axe-core finds (WCAG 2.2, AA)."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from explorer import live

AXE = Path(live.__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
PAGES = ("", "xray", "compare", "training", "export", "counting", "learn")
OF_STREAMLIT = {"presentation-role-conflict"}
"""Its field for files has a role that says that it has none, and a name."""

PATIENCE = 90_000  # milliseconds; the first visit traces and scores on a busy machine

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(server: str, browser: Browser, scheme: str, width: int) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core comes with npm, which is not here")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    found = []
    for name in PAGES:
        page = context.new_page()
        page.goto(f"{server}/{name}")
        expect(page.locator(".stMain p, .stMain h2").first).to_be_visible(timeout=PATIENCE)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=PATIENCE)
        if name == "export":
            page.get_by_role("tab", name="Python").click()
        page.wait_for_timeout(1500)  # Streamlit fades in what it draws.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [
            (name, violation["id"], [node["html"][:120] for node in violation["nodes"][:3]])
            for violation in result["violations"]
            if violation["id"] not in OF_STREAMLIT
        ]
        page.close()
    context.close()
    assert not found, json.dumps(found, indent=1)
