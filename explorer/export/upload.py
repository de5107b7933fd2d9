"""A plan or a file of masks that a visitor uploads: checked, priced anew for the present network, and never believed.

Nothing of the file is run or unpickled. Its figures are not shown: what a plan costs is worked out here from its masks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch

from explorer import compute
from explorer.compute import facts_of, heavy
from explorer.export import wording
from explorer.facts import PlanFacts
from explorer.state import SPELT, ExplorerState, as_state, from_query, quote
from explorer.units import count, percent
from explorer.wording import escaped
from ranp.data import task
from ranp.files import open_zip
from ranp.formats import decode_masks, is_numpy_archive
from ranp.graph import COUPLINGS, ChannelGraph, Coupling
from ranp.inputs import format_inputs
from ranp.models import ARCHITECTURES
from ranp.plan import DOCUMENT, PLANNED, Plan, check_fits, load_plan, plan_from_masks
from ranp.selection import METHODS, SETTINGS, Chosen
from ranp.types import Masks

MAX_BYTES = 40 * 2**20
"""Of an upload; `server.maxUploadSize` says the same to the browser."""

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
            raise ValueError(wording.LARGER.format(f"{MAX_BYTES >> 20} MB"))
        if _is_plan(content):
            return _plan(content, state, scored)
        graph = heavy.tracing(state).result().graph
        masks = decode_masks(content, heavy.network_of(state).shapes(), graph)
        return _shown(masks, graph, "any", state, scored)
    except ValueError as error:
        return Imported(None, plain(str(error), name))


def _is_plan(content: bytes) -> bool:
    """Whether it is a plan or else masks, by the bytes, whatever the file is called; ``ValueError`` for other kinds."""
    if content[8:9] == b"{":  # safetensors
        return False
    if content[:2] == b"PK":
        names = _check_size(content)
        if DOCUMENT in names or is_numpy_archive(content):
            return DOCUMENT in names
    pickled = content[:1] == b"\x80" or b"/data.pkl" in content[:4096]
    raise ValueError(wording.PICKLE if pickled else wording.UNKNOWN_KIND)


def _check_size(content: bytes) -> list[str]:
    """The names in a zip that does not unpack to more than it may; no entry gives more than its stated size."""
    with open_zip(content) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ValueError(f"the zip unpacks to more than {count(MAX_UNPACKED, 'B')}, so it is not opened")
        return archive.namelist()


def _plan(content: bytes, state: ExplorerState, scored: bool) -> Imported:
    plan = load_plan(content)
    said, (opens, problems) = (_said(plan),), _opens(plan)
    graph = heavy.tracing(state).result().graph
    try:
        check_fits(plan.kept, graph, plan.made_for())
        _check_inputs(plan, graph)
    except ValueError as error:
        return Imported(None, plain(str(error)), (*said, *problems), opens)
    found = _shown(plan.kept, graph, plan.config.coupling, state, scored)
    differs = () if found.plan is None or _agrees(plan, found.plan) else (wording.FIGURES_DIFFER,)
    return Imported(found.plan, found.problem, (*said, *found.remarks, *differs, *problems), opens)


def _check_inputs(plan: Plan, graph: ChannelGraph) -> None:
    theirs, ours = ("; ".join(format_inputs(each.inputs.without_values())) for each in (plan, graph))
    if theirs != ours:
        raise ValueError(
            f"the plan is for inputs of {theirs}, this network takes {ours}; choose the size that it is for"
        )


def _shown(masks: Masks, graph: ChannelGraph, coupling: Coupling, state: ExplorerState, scored: bool) -> Imported:
    plan = plan_from_masks(graph, masks, coupling if coupling in COUPLINGS else "any")
    facts = facts_of.plan_facts(plan, graph, None)
    remarks = [wording.FITS]
    changed = sum(int((plan.kept[name] != mask).sum()) for name, mask in masks.items())
    if changed:
        remarks.append(wording.RESOLVED.format(count=f"{changed:,}"))
    if scored:
        remarks.append(_compared(plan.kept, compute.plan(state).kept))
    return Imported(facts, None, tuple(remarks))


def _compared(kept: Masks, present: Masks) -> str:
    if all(torch.equal(mask, present[name]) for name, mask in kept.items()):
        return wording.SAME_PLAN
    both = sum(int((mask & present[name]).sum()) for name, mask in kept.items())
    return wording.overlap(both, *(sum(int(mask.sum()) for mask in masks.values()) for masks in (kept, present)))


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
    return wording.file_of(network or "no network", method, percent(plan.requested_sparsity))


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
        or plan.scored_by == "elsewhere"
        or task(preset.task).drawn not in (known.data or task(preset.task).drawn)
        or known.seed != config.seed
        or known.checkpoint is not None
    ):
        return None, (wording.OTHER_SETTINGS,)
    if any(getattr(config, name) != SETTINGS[name].default for name in PLANNED if not SETTINGS[name].link):
        return None, (wording.OUT_OF_RANGE,)
    state, notices = from_query(_query(plan), compute.choices())
    return (None, (wording.OUT_OF_RANGE,)) if notices else (state, ())


def _query(plan: Plan) -> Mapping[str, list[str]]:
    """What a link would say; budgets that Explore has no control for are given as the sparsity that they led to."""
    known, config = plan.provenance, plan.config
    return {
        "architecture": [known.architecture or ""],
        "preset": [known.preset or ""],
        **_prescribed(plan),
        **{SPELT[field.name]: SETTINGS[field.name].form.write(getattr(config, field.name)) for field in fields(Chosen)},
        "seed": [str(known.seed or 0)],
    }


def _prescribed(plan: Plan) -> dict[str, list[str]]:
    """The sparsity, or one budget or two, as a link has them; Explore prices steps of AdamW."""
    step: Mapping[str, Any] = next((cost.terms for cost in plan.step_costs if cost.budget == "peak"), {})
    told = as_state(plan.config.budgets, step.get("batch", SETTINGS["batch"].default))
    if not told or step.get("optimizer", "adamw") != "adamw":
        return {"target": ["sparsity"], "sparsity": [repr(plan.requested_sparsity)]}
    return {SPELT[name]: [str(value)] for name, value in told.items()}


def plain(message: str, name: str = "") -> str:
    """An error about a stranger's file as a sentence in which nothing is markup."""
    text = escaped(message)
    return f"{quote(name)}: {text}" if name else text
