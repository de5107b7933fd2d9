"""A plan or a file of masks that a visitor uploads: checked, priced anew for the present network, and never believed.

Nothing of the file is run or unpickled. Its figures are not shown: what a plan costs is worked out here from its masks.
"""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from explorer import background, compute, summaries, wording_export
from explorer.facts import PlanFacts
from explorer.links import from_query
from explorer.state import ExplorerState, quote
from explorer.units import count, percent
from ranp.config import METHODS, PruningConfig
from ranp.container import open_zip
from ranp.fit import check_fits
from ranp.graph import ChannelGraph, Coupling
from ranp.mask_files import read_masks
from ranp.models import ARCHITECTURES
from ranp.neuron_masks import is_numpy_archive
from ranp.plan import Plan, load_plan, plan_from_masks
from ranp.plan_files import DOCUMENT
from ranp.types import Masks

MAX_BYTES = 40 * 2**20
"""Of an upload; `server.maxUploadSize` says the same to the browser."""

LONGEST = 600
"""Characters of a sentence about an upload; names in it may have millions."""

MAX_UNPACKED = 256 * 2**20
"""Of a zip's entries together: a few kilobytes can unpack to gigabytes."""


@dataclass(frozen=True)
class Imported:
    """What came of an upload: its plan for the present network or a sentence why there is none, and what it says."""

    plan: PlanFacts | None
    problem: str | None
    remarks: tuple[str, ...] = ()
    opens: ExplorerState | None = None  # the state that the plan says it was made from


def read(content: bytes, name: str, state: ExplorerState, scored: bool) -> Imported:
    """Look at an upload next to the present network, which must be traced; `name` is what the visitor calls the file.

    `scored` says whether there is a present plan to compare with.
    """
    try:
        if len(content) > MAX_BYTES:
            raise ValueError(wording_export.LARGER.format(f"{MAX_BYTES >> 20} MB"))
        kind = _kind(content)
        if kind == "plan":
            return _plan(content, state, scored)
        graph = background.tracing(state).result().graph
        masks = _masks(content, ".npz" if kind == "numpy" else ".safetensors", state, graph)
        return _shown(masks, graph, "any", state, scored)
    except ValueError as error:
        return Imported(None, _plain(str(error), name))


def _kind(content: bytes) -> str:
    """What the bytes are, whatever the file is called."""
    if content[8:9] == b"{":
        return "safetensors"
    if content[:2] == b"PK":
        if is_numpy_archive(content):
            _check_size(content)
            return "numpy"
        return "plan" if DOCUMENT in _check_size(content) else _refuse(content)
    return _refuse(content)


def _refuse(content: bytes) -> str:
    pickled = content[:1] == b"\x80" or b"/data.pkl" in content[:4096]
    raise ValueError(wording_export.PICKLE if pickled else wording_export.UNKNOWN_KIND)


def _check_size(content: bytes) -> list[str]:
    """The names in a zip that does not unpack to more than it may; no entry gives more than its stated size."""
    with open_zip(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValueError(f"the zip unpacks to more than {count(MAX_UNPACKED, 'B')}, so it is not opened")
        return archive.namelist()


def _masks(content: bytes, suffix: str, state: ExplorerState, graph: ChannelGraph) -> Masks:
    with tempfile.TemporaryDirectory(prefix="ranp-upload-") as folder:
        path = Path(folder) / f"upload{suffix}"
        path.write_bytes(content)
        try:
            return read_masks(path, background.network_of(state).shapes(), graph)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), "the file")) from error
        except (RuntimeError, TypeError, NotImplementedError) as error:  # a kind of number that cannot be compared
            raise ValueError(f"the masks in the file cannot be read ({error})") from error


def _plan(content: bytes, state: ExplorerState, scored: bool) -> Imported:
    plan = load_plan(io.BytesIO(content))
    said, (opens, problems) = (_said(plan),), _opens(plan)
    graph = background.tracing(state).result().graph
    try:
        check_fits(plan.kept, graph, plan.made_for())
        _check_inputs(plan, graph)
    except ValueError as error:
        return Imported(None, _plain(str(error)), (*said, *problems), opens)
    found = _shown(plan.kept, graph, plan.config.coupling, state, scored)
    differs = () if found.plan is None or _agrees(plan, found.plan) else (wording_export.FIGURES_DIFFER,)
    return Imported(found.plan, found.problem, (*said, *found.remarks, *differs, *problems), opens)


def _check_inputs(plan: Plan, graph: ChannelGraph) -> None:
    if plan.input_shapes != graph.input_shapes:
        theirs, ours = (
            "; ".join("x".join(map(str, shape)) for shape in x) for x in (plan.input_shapes, graph.input_shapes)
        )
        raise ValueError(
            f"the plan is for inputs of {theirs}, this network takes {ours}; choose the size that it is for"
        )


def _shown(masks: Masks, graph: ChannelGraph, coupling: Coupling, state: ExplorerState, scored: bool) -> Imported:
    plan = plan_from_masks(graph, masks, coupling)
    facts = summaries.plan_facts(plan, graph, None)
    remarks = [wording_export.FITS]
    changed = sum(int((plan.kept[name] != mask).sum()) for name, mask in masks.items())
    if changed:
        remarks.append(wording_export.RESOLVED.format(count=f"{changed:,}"))
    if scored:
        remarks.append(_compared(plan.kept, compute.plan(state).kept))
    return Imported(facts, None, tuple(remarks))


def _compared(kept: Masks, present: Masks) -> str:
    if all(torch.equal(mask, present[name]) for name, mask in kept.items()):
        return wording_export.SAME_PLAN
    both = sum(int((mask & present[name]).sum()) for name, mask in kept.items())
    return wording_export.overlap(both, *(sum(int(mask.sum()) for mask in masks.values()) for masks in (kept, present)))


def _agrees(plan: Plan, facts: PlanFacts) -> bool:
    return all(
        getattr(theirs, name) == getattr(ours, name)
        for theirs, ours in ((plan.full, facts.full), (plan.pruned, facts.pruned))
        for name in ("macs", "params", "activations")
    )


def _said(plan: Plan) -> str:
    """Of what the plan says that it is, in a sentence with the stranger's words quoted."""
    known = plan.provenance
    network = " ".join(quote(text) for text in (known.architecture or known.import_path, known.preset) if text)
    method = METHODS[plan.config.method].title if plan.config.method in METHODS else plan.config.method
    return wording_export.file_of(network or "no network", method, percent(plan.requested_sparsity))


def _opens(plan: Plan) -> tuple[ExplorerState | None, tuple[str, ...]]:
    """The state that the plan says it was made from, read as a link is; or why it cannot be one."""
    known, config = plan.provenance, plan.config
    preset = (
        ARCHITECTURES[known.architecture].presets.get(known.preset or "")
        if known.architecture in ARCHITECTURES
        else None
    )
    if preset is None or config.method not in METHODS:
        return None, ()
    if (
        dict(known.arguments) != preset.arguments
        or known.init != "xavier"
        or "procedural" not in (known.data or "procedural")
        or known.seed != config.seed
    ):
        return None, (wording_export.OTHER_SETTINGS,)
    state, notices = from_query(_query(known, config), compute.choices())
    return (None, (wording_export.OUT_OF_RANGE,)) if notices else (state, ())


def _query(known: Any, config: PruningConfig) -> Mapping[str, list[str]]:
    target, amount = config.budget or ("sparsity", config.sparsity)
    return {
        "architecture": [known.architecture],
        "preset": [known.preset],
        "method": [config.method],
        "target": [target],
        "sparsity" if config.budget is None else "budget": [repr(amount)],
        "alpha": [repr(config.alpha)],
        "lambda": [repr(config.lam)],
        "coupling": [config.coupling],
        "min_neurons": [str(config.min_neurons)],
        "protect": list(config.protect),
        "cap": [f"{name}={share!r}" for name, share in config.caps],
        "criterion": [config.criterion],
        "reduce": [config.reduce],
        "seed": [str(known.seed or 0)],
    }


def _plain(message: str, name: str = "") -> str:
    """An error about a stranger's file as a sentence in which nothing is markup."""
    text = "".join(character for character in message if character.isprintable())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    for character in "\\`*_[]<>$#:~":
        text = text.replace(character, f"\\{character}")
    return f"{quote(name)}: {text}" if name else text
