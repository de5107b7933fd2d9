"""All compared plans as a table, as a file, and as a link."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from explorer.charts import look
from explorer.compare import wording
from explorer.compare.facts import Entry
from explorer.page import colours, pinboard
from explorer.state import MAX_LINK, Choices, write_pin
from explorer.units import BYTES_PER_ELEMENT, count, duration
from ranp.files import cell
from ranp.selection import METHODS

LEFT = {"macs": "MACs left", "activations": "Memory left", "params": "Params left"}
STEP_LEFT, INFERENCE_LEFT = "Step time left", "Inference time left"


def table(entries: Sequence[Entry], choices: Choices) -> None:
    """Draw the table, the download and the link."""
    st.markdown("##### Side by side", help=wording.TABLE_HELP)
    timed = shares_machine(entries)
    share = st.column_config.ProgressColumn(format="%.1f %%", min_value=0, max_value=100, width=130)
    removed = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        pd.DataFrame([_row(entry, timed) for entry in entries]), hide_index=True, width="stretch",
        column_config={
            **dict.fromkeys([*LEFT.values(), STEP_LEFT, INFERENCE_LEFT], share),
            "Requested": removed, "Achieved": removed,
            "Can be built": st.column_config.TextColumn(width=150), "Plan": st.column_config.TextColumn(pinned=True),
        },
        alt=f"Table of {len(entries)} plans with their settings and costs",
    )  # fmt: skip
    st.caption(" ".join(wording.sources(dict.fromkeys(e.step.source for e in entries if e.step), timed)))
    with st.container(horizontal=True, key="compare_downloads"):
        st.download_button(
            "Download table (.csv)", as_csv(entries), "compared-plans.csv", "text/csv", key="download_table",
            icon=":material/table:", on_click="ignore", help=wording.CSV_HELP,
        )  # fmt: skip
        if pinboard.pins():
            with st.popover("Link to these pins", icon=":material/link:", help=wording.LINK_HELP):
                _link(choices)


def shares_machine(entries: Sequence[Entry]) -> bool:
    """Whether the plans' seconds are all of one machine and batch: those of several are not put beside each other."""
    return len({entry.step.machine for entry in entries if entry.step is not None}) == 1


def has_step_times(entries: Sequence[Entry]) -> bool:
    """Whether the plans' step times over all sparsities can be drawn into one chart."""
    return shares_machine(entries) and any(entry.step is not None and entry.step.curve is not None for entry in entries)


def as_csv(entries: Sequence[Entry]) -> bytes:
    """One row a plan, figures in full. A name that a spreadsheet would run as a formula is quoted."""
    text = io.StringIO()
    rows = [_full_row(entry) for entry in entries]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _link(choices: Choices) -> None:
    query = urlencode([("pin", write_pin(pin, choices)) for pin in pinboard.pins()])
    if len(query) > MAX_LINK:
        st.markdown(wording.LINK_TOO_LONG)
    else:
        st.code(f"{(st.context.url or '').partition('?')[0]}?{query}", language=None, wrap_lines=True)


def _row(entry: Entry, timed: bool) -> dict[str, Any]:
    plan = entry.plan
    cost = plan.pruned if plan.feasible else None
    row: dict[str, Any] = {
        "Plan": f"{look(entry.slot, entry.method, colours()).sign} {entry.name}",
        "Method": METHODS[entry.method].title,
        "α": "–" if entry.alpha is None else f"{entry.alpha:.3g}",
        "λ": "–" if entry.lam is None else f"{entry.lam:.4g}",
        "Requested": 100 * plan.requested_sparsity,
        "Achieved": 100 * plan.achieved_sparsity,
    }
    for name, title in LEFT.items():
        row[title] = 100 * getattr(plan.pruned, name) / getattr(plan.full, name) if cost else math.nan
    step = entry.step if timed else None
    steps = {
        STEP_LEFT: None if step is None else (step.before, step.after),
        INFERENCE_LEFT: None if step is None else step.inference,
    }
    if timed:
        row.update({title: _share(found) for title, found in steps.items()})
    row["MACs"] = count(cost.macs) if cost else "–"
    row["Memory"] = count(BYTES_PER_ELEMENT * cost.activations, "B") if cost else "–"
    row["Parameters"] = count(cost.params) if cost else "–"
    if timed:
        row.update({title.removesuffix(" left"): _seconds(found) for title, found in steps.items()})
    row["Can be built"] = _verdict(entry)
    row["Network"] = f"{entry.network}, {entry.size}"
    return row


def _share(found: tuple[float, float | None] | None) -> float:
    """What is left of seconds, in per cent; no number where there is no network, or nobody knows."""
    return math.nan if found is None or found[1] is None else 100 * found[1] / found[0]


def _seconds(found: tuple[float, float | None] | None) -> str:
    return "–" if found is None or found[1] is None else duration(found[1])


def _verdict(entry: Entry) -> str:
    if not entry.plan.feasible:
        return f"no: {entry.plan.first_empty_layer or 'a layer'} is empty"
    return "yes, target missed" if entry.plan.unmet else "yes"


def _full_row(entry: Entry) -> dict[str, Any]:
    plan = entry.plan
    row: dict[str, Any] = {
        "plan": f"'{entry.name}" if entry.name[:1] in "=+-@" else entry.name,
        "network": entry.network,
        "size": entry.size,
        "method": METHODS[entry.method].title,
        "alpha": entry.alpha,
        "lambda": entry.lam,
        "requested_sparsity": plan.requested_sparsity,
        "achieved_sparsity": plan.achieved_sparsity,
    }
    for name in ("neurons", "macs", "activations", "params"):
        row[f"full_{name}"] = getattr(plan.full, name)
        row[f"pruned_{name}"] = getattr(plan.pruned, name)
    step = entry.step
    row["full_step_seconds"] = step and step.before
    row["pruned_step_seconds"] = step and step.after
    row["full_inference_seconds"], row["pruned_inference_seconds"] = (step and step.inference) or (None, None)
    row["step_machine"] = step and cell(step.machine.replace("**", ""))
    row["feasible"] = int(plan.feasible)
    row["first_empty_layer"] = plan.first_empty_layer
    row["target_met"] = int(not plan.unmet)
    return row
