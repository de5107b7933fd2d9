"""The present plan as files: those that are made at once, and those for which the smaller network is built in a job."""

import hashlib
import json
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from explorer import compute
from explorer.compute import Job, Report, Seconds, available_memory, heavy
from explorer.export import wording
from explorer.export.notebook import notebook
from explorer.export.raced import raced
from explorer.export.report import Story, Trained, report
from explorer.export.reproducing import script
from explorer.packets import draw
from explorer.page import command_line
from explorer.state import ExplorerState
from explorer.training import drawing, drawing_in_words, pictured_check, recipe
from ranp.formats import FORMATS, Format
from ranp.plan import DOCUMENT
from ranp.version import __version__

WITH_WEIGHTS = "plan-with-weights"
"""The whole plan with the smaller network's weights in it: not one of the library's formats, but its plan file."""

BYTES_PER_PARAMETER = 64
"""Building and checking: the full network, two copies in double precision, the smaller one, and the file."""

_PACKAGES = {"onnx": ("onnx", "onnxscript")}
ROOM = 256 * 2**20
"""Bytes of files that are remembered for whoever asks for the same; the newest is kept whatever its size."""


@dataclass(frozen=True)
class Offer:
    """A kind of file: what is in it, who reads it, and why it cannot be made here, if so."""

    name: str
    title: str
    sentence: str
    suffix: str
    needs_network: bool
    missing: str | None = None


def offers() -> tuple[Offer, ...]:
    """Every kind of file of a plan, those that are made at once first."""
    found = [
        Offer(name, *_described(name, format), format.suffix, format.needs_model, _missing(name))
        for name, format in FORMATS.items()
        if name != "zip"
    ]
    found.append(Offer(WITH_WEIGHTS, *wording.FORMATS[WITH_WEIGHTS], ".zip", True))
    return tuple(sorted(found, key=lambda offer: (offer.needs_network, offer.missing is not None)))


def _described(name: str, format: Format) -> tuple[str, str]:
    """Title, and who reads it; of a format that the page has no words for, what the library says."""
    plain = f"{format.title[:1].upper()}{format.title[1:]}. {format.read_by} reads it."
    return wording.FORMATS.get(name, (name, plain))


def file(state: ExplorerState, name: str) -> bytes:
    """A file that needs the plan alone; a table of layers has their seconds where a time table tells them."""
    return FORMATS[name].encode(compute.timed_plan(state), None)


def building(state: ExplorerState, name: str) -> Job[bytes]:
    """The job that builds the network and makes the file. Needs the trace, and the importance where it is used."""
    plan, network, key = compute.plan(state), heavy.network_of(state), _key(state, name)
    graph = heavy.tracing(state).result().graph

    def make(tell: Report) -> bytes:
        model = network.model
        tell(1, 3)
        if name == WITH_WEIGHTS:
            with heavy.stoppable(graph, tell):
                small = plan.apply(model)
            content = plan.zip_bytes(small)
        else:
            content = FORMATS[name].encode(plan, model)
        _KEPT.add(key, len(content))
        return content

    return heavy.QUEUE.ask(key, make)


def made(state: ExplorerState, name: str) -> Job[bytes] | None:
    """The job of `building` where somebody has asked for it and it has not failed or been forgotten."""
    return building(state, name) if heavy.QUEUE.knows(_key(state, name)) else None


def refusal(state: ExplorerState) -> str | None:
    """Why this machine cannot build the network, if it cannot."""
    needed, spare = BYTES_PER_PARAMETER * compute.network(state).full.params, available_memory()
    return None if spare is None or needed <= spare else wording.too_large(needed, spare)


def document(state: ExplorerState) -> dict[str, Any]:
    """What the plan's own file says: settings, provenance, layers, costs, conventions, versions."""
    with zipfile.ZipFile(BytesIO(compute.plan_zip(state))) as archive:
        found: dict[str, Any] = json.loads(archive.read(DOCUMENT))
    return found


def shell(state: ExplorerState) -> str:
    """The command that makes the plan."""
    return command_line(compute.planned_state(state), _own(state))


def python(state: ExplorerState) -> str:
    """The script that makes the plan."""
    return script(compute.planned_state(state), _own(state))


def ipynb(state: ExplorerState) -> bytes:
    """The notebook that makes the plan."""
    return notebook(compute.planned_state(state), _own(state))


def html(
    state: ExplorerState,
    sentence: str,
    query: Mapping[str, Sequence[str]],
    made_on: date,
    seconds: Mapping[str, Seconds] | None = None,
    source: str = "",
) -> bytes:
    """The report; `sentence` says what the plan does, `query` links to the state, `source` says whose `seconds` are."""
    choices, planned = compute.choices(), compute.planned_state(state)
    story = Story(
        title=f"{choices.architectures[state.architecture].title}, {choices.methods[state.method]}: a pruning plan",
        sentence=sentence.replace("**", ""),
        link=f"?{urlencode(query, doseq=True)}",
        shell=command_line(planned, _own(state)),
        python=script(planned, _own(state)),
        made_on=f"Made by RANP Explorer {__version__} on {made_on.isoformat()}.",
        seconds=seconds,
        source=source.replace("**", ""),
        trained=_trained(state),
        raced=raced(state),
        drawing=draw(heavy.tracing(state).result().graph),
    )
    return report(compute.results(state), compute.network(state), document(state), story, compute.stale(state))


def _trained(state: ExplorerState) -> Trained | None:
    """What the latest check of the plan has shown, where there was one."""
    found = pictured_check(state)
    if found is None:
        return None
    check, pictures = found
    measure = check.measure.title if check.measure else ""
    scores = "; ".join(f"{each.label} {each.text}" for each in check.results)
    told = wording.trained(measure, scores, recipe(check.recipe, check.steps), check.nudge)
    return Trained(drawing(pictures), drawing_in_words(pictures), told)


def _own(state: ExplorerState) -> Any:
    return heavy.own(state)


def _key(state: ExplorerState, name: str) -> str:
    return f"file {name} {_plan_hash(state)}"


@lru_cache(maxsize=64)
def _plan_hash(state: ExplorerState) -> str:
    return hashlib.sha256(compute.plan_zip(state)).hexdigest()


def _missing(name: str) -> str | None:
    missing = [package for package in _PACKAGES.get(name, ()) if find_spec(package) is None]
    return wording.missing(missing) if missing else None


class _Kept:
    """Which files are remembered, newest last; those that no longer fit are forgotten."""

    def __init__(self) -> None:
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def add(self, key: str, size: int) -> None:
        with self._lock:
            self._sizes.pop(key, None)
            self._sizes[key] = size
            while len(self._sizes) > 1 and sum(self._sizes.values()) > ROOM:
                heavy.QUEUE.forget(self._sizes.popitem(last=False)[0])


_KEPT = _Kept()
