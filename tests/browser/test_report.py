"""The report in a browser that has no network: charts, tables, and nobody's name run as code."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer import compute
from explorer.compute import Outcome, heavy
from explorer.export import files
from explorer.export.report import Story, Trained, report
from explorer.packets import draw
from explorer.state import default_state
from explorer.training import drawing, drawing_in_words
from ranp.checks import Answers, Example, Examples, Pictures

pytestmark = pytest.mark.browser

NASTY = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'>"


def nasty_report() -> bytes:
    """A real report, made without data, in which the stranger's words are the first layer's name and the texts."""
    state = replace(default_state(compute.choices(), "unet3d", "classroom"), method="random", sparsity=0.3)
    compute.tracing(state).result()
    outcome, network, document = compute.results(state), compute.network(state), files.document(state)
    first = outcome.plan.layers[0].name

    def renamed(table: dict[str, Any]) -> dict[str, Any]:
        return {NASTY if name == first else name: value for name, value in table.items()}

    layers = (replace(outcome.plan.layers[0], name=NASTY), *outcome.plan.layers[1:])
    neurons = replace(outcome.neurons, scores=renamed(outcome.neurons.scores), fates=renamed(outcome.neurons.fates))
    outcome = Outcome(replace(outcome.plan, layers=layers), neurons, outcome.curve)
    document["layers"][0]["name"] = document["import_path"] = NASTY
    drawing = draw(heavy.tracing(state).result().graph)
    drawing["places"] = [{**place, "names": [NASTY], "room": 9999, "sign": NASTY} for place in drawing["places"]]
    story = Story(NASTY, "removes", f"?{NASTY}", NASTY, NASTY, "Made now.", trained=pictured(), drawing=drawing)
    return report(outcome, replace(network, uncounted=(NASTY,)), document, story, [NASTY])


def wrong_pixels(page: Page, slice: int) -> bool:
    """Whether the drawing of what is wrong has the colour of that in this slice."""
    page.locator(".ranp-pictures input[type=range]").fill(str(slice))
    colours: list[int] = page.locator(".ranp-pictures canvas").last.evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    )
    return (0xD5, 0x5E, 0x00) in set(zip(colours[::4], colours[1::4], colours[2::4], strict=True))


def pictured() -> Trained:
    """Made-up answers of networks that a stranger named, to an example with a stranger's labels."""
    truth = np.zeros((3, 4, 5), np.uint8)
    truth[1, 2] = 1
    shown = Examples("", "labels", "slice", (Example(40 * truth, truth),), names=("nothing", NASTY), slices=3)
    found = Pictures(shown, (Answers(0, NASTY, 0, (np.zeros_like(truth),), (5 / 60,)),))
    return Trained(drawing(found), drawing_in_words(found), NASTY)


def test_it_works_from_one_file_without_a_network(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(nasty_report())
    for scheme, width in (("light", 1440), ("dark", 390)):
        context = browser.new_context(
            offline=True, color_scheme=scheme, viewport={"width": width, "height": 844}, is_mobile=width < 500
        )
        page = context.new_page()
        asked, errors = [], []
        page.on("request", lambda request: asked.append(request.url))  # noqa: B023 - both are of this turn
        page.on("pageerror", lambda error: errors.append(str(error)))  # noqa: B023
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)  # noqa: B023
        page.goto(file.as_uri())
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        assert page.locator(".js-plotly-plot").count() == 3
        assert page.locator(".js-plotly-plot .bars path").count() > 15
        expect(page.get_by_role("heading", level=1)).to_have_text(NASTY)
        expect(page.locator(".network text").first).to_have_text(NASTY)
        assert page.locator(".network .kept").count() > 10
        expect(page.locator("td", has_text="window.hacked").first).to_have_text(NASTY)
        assert page.locator(".ranp-pictures figure").count() == 4
        assert [wrong_pixels(page, slice) for slice in (0, 1, 2)] == [False, True, False]
        expect(page.locator(".ranp-pictures .legend li").first).to_have_text(NASTY)
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert errors == []
        page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
        context.close()
