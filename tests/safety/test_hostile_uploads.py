"""Uploads of strangers: shown, or refused in one sentence in which nothing is markup; no error reaches the page.

The files are drawn by `tests.hostile`, so that a failure names the seed that makes it again.
"""

import json
import re
import time
from random import Random

import pytest

from explorer import compute
from explorer.export import files as exporting
from explorer.export import upload as importing
from explorer.export.upload import Imported
from explorer.state import ExplorerState, default_state
from explorer.wording import LONGEST
from tests import hostile

FAST, SLOW = 25, 150
SECONDS = 20


@pytest.fixture(scope="module")
def state() -> ExplorerState:
    chosen = default_state(compute.choices(), "unet3d", "classroom")
    compute.tracing(chosen).result()
    compute.importance(chosen).result()
    return chosen


@pytest.fixture(scope="module")
def honest(state: ExplorerState) -> dict[str, bytes]:
    masks = {name: exporting.building(state, name).result() for name in ("masks", "numpy", "torch-prune")}
    return {"plan": compute.plan_zip(state), **masks}


def altered_plan(content: bytes, random: Random) -> bytes:
    files = hostile.unzipped(content)
    files["plan.json"] = hostile.altered_json(json.loads(files["plan.json"]), random)
    return hostile.zipped(files.items())


WITH_CARE = {
    "plan": altered_plan,
    "masks": hostile.altered_safetensors,
    "numpy": hostile.altered_zip,
    "torch-prune": hostile.altered_safetensors,
}


def upload(honest: dict[str, bytes], kind: str, seed: int, state: ExplorerState) -> Imported:
    random = Random(seed)
    change = random.choice(
        [hostile.damaged, hostile.altered_zip if kind == "plan" else WITH_CARE[kind], WITH_CARE[kind]]
    )
    name = random.choice(hostile.NAMES)
    started = time.process_time()
    found = importing.read(change(honest[kind], random), name, state, scored=True)
    assert time.process_time() - started < SECONDS
    return found


def check(found: Imported, state: ExplorerState) -> bool:
    """Whether it was shown. What is said of it is brief, and a stranger's words stand in code or are escaped."""
    assert (found.plan is None) == (found.problem is not None)
    for said in (*found.remarks, *([found.problem] if found.problem else [])):
        assert said.isprintable()
        assert len(said) < 2 * LONGEST + 200
        assert said.count("`") - said.count("\\`") == 2 * len(re.findall(r"(?<!\\)`[^`]*`", said))
        outside = re.sub(r"(?<!\\)`[^`]*`", "", said)
        assert not re.search(r"(?<!\\)[<\[$]", outside), ascii(said)
    if found.plan is not None:
        assert 0 <= found.plan.pruned.macs <= found.plan.full.macs == compute.tracing(state).result().graph.cost().macs
    return found.plan is not None


def check_all(honest: dict[str, bytes], kind: str, seeds: range, state: ExplorerState) -> None:
    shown = 0
    for seed in seeds:
        try:
            shown += check(upload(honest, kind, seed, state), state)
        except Exception as error:
            raise AssertionError(f"{kind}, seed {seed}: {type(error).__name__}: {error}") from error
    assert shown < 0.8 * len(seeds), "files that are shown are no attack"


@pytest.mark.parametrize("kind", list(WITH_CARE))
def test_a_strangers_upload_is_shown_or_refused_in_a_sentence(
    kind: str, honest: dict[str, bytes], state: ExplorerState
) -> None:
    check_all(honest, kind, range(FAST), state)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(WITH_CARE))
def test_many_uploads(kind: str, honest: dict[str, bytes], state: ExplorerState) -> None:
    check_all(honest, kind, range(10_000, 10_000 + SLOW), state)


UPLOADS = {
    "a directory of 850,000 entries": lambda: hostile.many_entries(850_000),
    "nothing but a header": lambda: (2**24).to_bytes(8, "little") + b"{" * 2**24,
    "a name without end": lambda: hostile.zipped([("a" * 60_000, b"")]),
    "masks of half bytes": lambda: (
        b"\x60\0\0\0\0\0\0\0"
        + json.dumps({"encoder1.conv1.weight_mask": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}})
        .ljust(96)
        .encode()
        + b"\0"
    ),
    "packed otherwise": lambda: hostile.zipped([("plan.json", b"{}")], 14),
}


@pytest.mark.parametrize("name", list(UPLOADS))
def test_an_upload_made_to_hurt(name: str, state: ExplorerState) -> None:
    content = UPLOADS[name]()
    started = time.process_time()
    found = importing.read(content, "\x1b[2J`<b>", state, scored=False)
    assert time.process_time() - started < SECONDS
    assert not check(found, state)


def test_the_honest_uploads_are_shown(honest: dict[str, bytes], state: ExplorerState) -> None:
    assert all(check(importing.read(content, kind, state, scored=True), state) for kind, content in honest.items())
