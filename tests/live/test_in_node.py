"""The engine and its twins in Node, without a browser: `node --test` on figures that the library writes."""

import base64
import json
import os
import random
import shutil
import subprocess
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from explorer.charts import DARK, LIGHT
from explorer.compare.facts import PlanePoint
from explorer.compare.plane import state_of_point
from explorer.compute import OFFERED
from explorer.compute.plans import GRID as GRID_ON_PAGES
from explorer.state import ExplorerState, settle
from explorer.units import binary_bytes, count, duration, percent
from ranp.importance import CRITERIA, REDUCTIONS
from ranp.selection import METHODS, SETTINGS, PruningConfig
from tests.engine_states import FAST_GRID, GRID, Card, Subject, random_card, random_config, wire
from tests.learn.test_page_learn import CHARTS

HERE = Path(__file__).parent
NETWORKS = [("unet3d", "classroom"), ("psmnet", "classroom")]
STATES = 32
TIMED = 4
"""So many of them are held against the library's seconds, too, which it takes its time to tell."""
SENTENCES = [
    "removes **",
    "of the peak training memory",
    "there is no network to build",
    "No plan leaves at most",
    "where the line falls",
    "more**: ",
    "fewer**: ",
]
SENTENCES += ["no network to train", "it **fits** on", ", as in full. The", "which the full network does not"]
SENTENCES += ["does not fit", "Not even one example", "; of the full network", "** instead of"]
APART = ("target", "sparsity", "budget", "also", "also_budget", "card", "batch", "snap")
"""Settings that decide no ranking."""

OLDEST = 20  # Node's version, as package.json has it


def _node() -> str | None:
    """Node, where it is there and new enough."""
    found = shutil.which("node")
    if found is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    return found if int(version.removeprefix("v").split(".")[0]) >= OLDEST else None


node = _node()
pytestmark = pytest.mark.skipif(
    node is None and "CI" not in os.environ,
    reason=f"Node {OLDEST} or newer is not installed; the browser tests compare the engine, too",
)


def test_engine_and_twins_in_node(tmp_path: Path) -> None:
    assert node, "CI must run this: install Node 20 or newer"
    figures = tmp_path / "figures.json"
    networks = [_network(*name) for name in NETWORKS]
    answers = [state["answer"] for network in networks for state in network["states"]]
    said = " ".join(f"{answer['sentence']} {answer['fit']}" for answer in answers)
    assert [words for words in SENTENCES if words not in said] == [], "the states drawn do not show every sentence"
    figures.write_text(json.dumps({"networks": networks, **_twins()}))
    tests = sorted(str(test) for test in HERE.glob("*.test.js"))
    run = subprocess.run(
        [node, "--test", *tests],
        env={**os.environ, "RANP_FIGURES": str(figures)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


def _network(architecture: str, preset: str) -> dict[str, Any]:
    subject = Subject(architecture, preset)
    draw = random.Random(architecture)
    seconds = subject.prices[0].layer_costs()
    states = [(random_config(subject.graph, draw, seconds), random_card(draw)) for _ in range(STATES)]
    answers = [subject.answer(*state) for state in states]
    seconds = [subject.seconds(state[0], answer) for state, answer in zip(states[:TIMED], answers, strict=False)]
    return {
        "name": f"{architecture} {preset}",
        "packet": base64.b64encode(subject.packet).decode(),
        "grid": GRID,
        "moments": base64.b64encode(subject.moments_packet).decode(),
        "times": base64.b64encode(subject.times_packet).decode(),
        "fast": [_fast(subject, how) for how in ("add", "drop")],
        "states": [
            {"settings": wire(*state), "answer": answer, "seconds": told}
            for state, answer, told in zip_longest(states, answers, seconds)
        ],
    }


def _fast(subject: Subject, how: str) -> dict[str, Any]:
    """What is left at fast widths along a few sparsities."""
    config = PruningConfig("ranp-f", snap=how)
    return {"settings": wire(config, Card(8.0, 1)), "grid": FAST_GRID, "left": subject.fast_curve(config)}


def _twins() -> dict[str, Any]:
    """What the browser says or decides by code of its own, as the server says and decides it."""
    draw = random.Random(0)
    exact = [0, 1, 12, 999, 1000, 62_260_000, 237_850_000_000, 999_960, 1_125, 1_375, 12_250, 123_500, 124_500]
    values = [*exact, *(10 ** (13 * draw.random()) for _ in range(40))]
    halves = [part / 400 for part in (1, 2, 6, 7, 9, 250, 253)]  # between two numbers of as many decimals
    shares = [0, 1, 0.7824, *halves, *(draw.random() for _ in range(40))]
    return {
        "grid": GRID_ON_PAGES.tolist(),
        "settled": [_settled(draw) for _ in range(60)],
        "blended": [_blended(method, alpha) for method in OFFERED for alpha in (0.0, 0.01, 0.3, 0.5, 0.99, 1.0)],
        "counts": [{"value": v, "unit": unit, "said": count(v, unit)} for v in values for unit in ("", "B")],
        "durations": [{"value": v, "said": duration(v)} for v in (0, 9.995e-4, 0.9995, *(v * 1e-9 for v in values))],
        "bytes": [{"value": v, "said": binary_bytes(v)} for v in values],
        "percents": [{"share": s, "digits": d, "said": percent(s, d)} for s in shares for d in (0, 1, 2)],
        "palettes": {"light": asdict(LIGHT), "dark": asdict(DARK)},
        "methods": list(METHODS),
        "ranking": [name for name, setting in SETTINGS.items() if setting.live and name not in APART],
        "others": [*APART, "layer", "neuron", "xray"],
        "criteria": list(CRITERIA),
        "whole": [name for name, rule in CRITERIA.items() if rule.of_neurons],
        "reductions": list(REDUCTIONS),
        "charts": sorted(CHARTS),
    }


def _blended(method: str, alpha: float) -> dict[str, Any]:
    """Alpha moved, and the method that then stands: a point of Compare's plane opens as that one."""
    state = ExplorerState("a", "b", method=method)
    weighs = METHODS[method].rule.cost is not None
    after = state_of_point(state, PlanePoint(alpha, 11.0, 0.5, 0.5, True, True), 0.5) if weighs else state
    return {"method": method, "alpha": alpha, "after": after.method}


def _settled(draw: random.Random) -> dict[str, Any]:
    """A method chosen, and where alpha then stands: RANP-f and RANP-m are ends of the blend."""
    share = draw.choice([0.0, 0.2, 1.0])
    before = ExplorerState("a", "b", method=draw.choice(list(METHODS)), alpha=draw.choice([0.0, 0.3, 1.0]))
    before = replace(before, time_share=share)
    method = draw.choice([name for name in METHODS if name != "blend"])
    after = settle(replace(before, method=method))
    keep = {"protect": [], "caps": {}}
    return {
        "before": {"method": before.method, "alpha": before.alpha, "time_share": share, **keep},
        "changes": {"method": method},
        "after": {"method": after.method, "alpha": after.alpha, "time_share": after.time_share},
    }
