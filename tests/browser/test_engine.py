"""The browser's engine against the library, neuron by neuron and MAC by MAC, on random states."""

import base64
import random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from explorer.live.serve import ASSETS
from tests.engine_states import GRID, Subject, random_card, random_config, wire

pytestmark = pytest.mark.browser

NETWORKS = [("unet3d", "classroom"), ("mobilenetv2", "classroom"), ("i3d", "classroom"), ("psmnet", "classroom")]
QUICK = ("unet3d", "mobilenetv2")
STATES = 40
TIMED = 6
"""So many of them are held against the library's seconds, too, which it takes its time to tell."""

RUN = """
async ({packet, moments, times, states, grid}) => {
  const names = ["engine/network", "model", "engine/plan", "engine/moments", "engine/times", "engine/counting"];
  names.push("parts/verdict", "wording");
  const [{decode}, {Evaluator}, plan, {decodeMoments, peakCurve}, {decodeTimes, timeCurve}, {lifetimesOn}, {judge},
    {aboutLayer, fateOf, fit, say}] =
    await Promise.all(names.map((name) => import(`/${name}.js`)));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const network = decode(bytes(packet));
  const evaluator = new Evaluator(network);
  const step = decodeMoments(bytes(moments));
  evaluator.know(step);
  const clock = decodeTimes(bytes(times));
  evaluator.time(clock);
  const written = (parts) => say(parts, (text) => `**${text}**`).join("");
  const controls = {budget: {offered: [0.01, 1]}, sparsity: {offered: [0, 0.995]}};
  return states.map((state) => {
    const model = evaluator.evaluate(state);
    const {ranking, target, full, plan: one, training: {before, after, fit: most}, timed} = model;
    const steps = [timed.before, timed.after].filter(Boolean).flatMap((by) => clock.kinds.map((kind) => by[kind]));
    const lives = lifetimesOn(ranking.deciders, grid);
    const whole = timed.before.training.total;
    return {
      met: target.met,
      sparsity: target.sparsity,
      kept: Array.from(network.units, (unit) => one.alive[unit]),
      costs: {macs: one.costs.macs, params: one.costs.params, activations: one.costs.activations},
      layers: [...one.costs.layers],
      feasible: one.feasible,
      firstEmpty: one.firstEmpty < 0 ? null : network.layers[one.firstEmpty].name,
      maxFeasible: ranking.maxFeasible,
      fates: [...model.fates],
      fatesSaid: Array.from(model.fates, (_, at) => fateOf(model, at)),
      about: network.layers.map((_, at) => aboutLayer(model, at)),
      sentence: written(judge(model, controls).parts),
      peaks: [before, after, most.before, most.after],
      peakCurve: [...peakCurve(step, ranking.deciders, grid, state.batch)],
      fit: written(fit(model)),
      seconds: steps.map(({total}) => total),
      layerSeconds: steps.flatMap(({layers}) => [...layers]),
      timeCurve: [...timeCurve(clock, "training", lives, grid.length)].map((one) => one / whole),
      curve: [...plan.curveOf(network, ranking, grid, full).macs],
    };
  });
}
"""


@pytest.fixture(scope="module")
def engine(browser: Browser) -> Any:
    """A page that can import the engine's modules, served from their folder."""
    context = browser.new_context()
    page: Page = context.new_page()

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix("http://engine.test/")
        file = ASSETS / path
        if file.is_file():
            route.fulfill(path=file, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("http://engine.test/**", serve)
    page.goto("http://engine.test/")
    yield page
    context.close()


@pytest.mark.parametrize(
    ("architecture", "preset"),
    [each if each[0] in QUICK else pytest.param(*each, marks=pytest.mark.slow) for each in NETWORKS],
)
def test_engine_decides_and_prices_as_the_library(architecture: str, preset: str, engine: Page) -> None:
    subject = Subject(architecture, preset)
    draw = random.Random(architecture)
    seconds = subject.prices[0].layer_costs()
    states = [(random_config(subject.graph, draw, seconds), random_card(draw)) for _ in range(STATES)]
    assert any(config.method == "ranp-t" for config, _ in states)
    blocks = {"packet": subject.packet, "moments": subject.moments_packet, "times": subject.times_packet}
    packets = {name: base64.b64encode(block).decode() for name, block in blocks.items()}
    settings = [wire(*state) for state in states]
    answers = engine.evaluate(RUN, {**packets, "states": settings, "grid": GRID})
    for number, (state, answer) in enumerate(zip(states, answers, strict=True)):
        expected = subject.answer(*state)
        told = {name: answer.pop(name) for name in ("seconds", "layerSeconds", "timeCurve")}
        assert answer == {**expected, "curve": pytest.approx(expected["curve"], rel=1e-12)}, state
        if number < TIMED:
            assert told == _about(subject.seconds(state[0], expected)), state


def _about(figures: dict[str, list[float]]) -> dict[str, Any]:
    """The same up to the order in which seconds are added up."""
    return {name: pytest.approx(values, rel=1e-9) for name, values in figures.items()}
