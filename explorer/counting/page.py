"""Every figure with what it counts and what not, counted anew by others on request, and timed."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from explorer import compute
from explorer.compute import Seconds
from explorer.counting import measuring, timed, wording
from explorer.counting.measuring import Costs, Finding
from explorer.facts import NetworkFacts
from explorer.page import choose, least, queued, timing, wait
from explorer.state import ExplorerState
from explorer.units import BYTES_PER_ELEMENT, count, duration, percent


def page() -> None:
    """Draw the page for the state that the widgets and the URL say."""
    subject = choose(title=wording.SUBTITLE)
    state, network = subject.state, subject.network
    if not subject.scored and compute.needs_importance(state):
        st.info(wording.NOT_SCORED, icon=":material/hourglass_empty:")
        _unpruned(network)
        _uncounted(network)
        return
    costs = measuring.costs(state)
    if costs.pruned is None:
        st.warning(wording.FEASIBLE_ONLY, icon=":material/warning:")
    peak = _figures(costs, network)
    seconds = _times(state)
    _uncounted(network)
    if costs.pruned is not None:
        _checks(state)
    _layers(costs, seconds)
    if costs.pruned is not None:
        _fill_peak(peak, state, network)


def _figures(costs: Costs, network: NetworkFacts) -> Any:
    """A card for each figure; the place of the one that takes a moment is returned."""
    with st.grid(3, min_column_width=280, key="figures"):
        for name in ("macs", "flops", "paper_macs", "params", "activations"):
            after = None if costs.pruned is None else getattr(costs.pruned, name)
            _card(name, getattr(costs.full, name), after)
        peak = st.empty()
    _card("peak", network.full.peak_training_bytes, None, peak)
    st.markdown(least(network))
    return peak


def _times(state: ExplorerState) -> Mapping[str, Seconds] | None:
    """What steps take by the time table in use, and whose it is."""
    timing.await_seconds(state, st.empty())
    seconds = timing.seconds(state)
    if seconds is not None:
        with st.grid(3, min_column_width=280, key="times"):
            for kind, found in seconds.items():
                _time_card(kind, found)
    st.caption(timing.told(state))
    return seconds


def _time_card(kind: str, found: Seconds) -> None:
    shown = [duration(value) for value in (found.before, found.after) if value is not None]
    left = None if found.after is None else f"{percent(found.after / found.before)} left"
    with st.container(border=True, height="stretch"):
        st.metric(timing.STEP_TITLES[kind], " → ".join(shown), left, delta_color="off", delta_arrow="off")
        st.markdown(wording.PREDICTED[kind])


def _unpruned(network: NetworkFacts) -> None:
    with st.grid(3, min_column_width=280, key="figures"):
        for name in ("macs", "flops", "params", "activations"):
            _card(name, getattr(network.full, name), None)
        _card("peak", network.full.peak_training_bytes, None)
    st.markdown(least(network))


def _card(name: str, before: int | None, after: int | None, place: Any = st) -> None:
    title, convention, source = wording.CONVENTIONS[name]
    shown = [value for value in (before, after) if value is not None]
    left = f"{percent(after / before)} left" if before and after is not None else None
    with place.container(border=True, height="stretch"):
        st.metric(
            title, " → ".join(_amount(name, value) for value in shown) or "–", left, delta_color="off",
            delta_arrow="off",
        )  # fmt: skip
        st.markdown(f"{convention}\n\n:small[{source}.]")
        if shown:
            st.caption(f"{' → '.join(f'{value:,}' for value in shown)} {_UNITS.get(name, '')}")


_UNITS = {"peak": "bytes", "activations": "elements"}


def _amount(name: str, value: int) -> str:
    if name == "activations":
        return count(BYTES_PER_ELEMENT * value, "B")
    return count(value, "B" if name == "peak" else "")


def _fill_peak(place: Any, state: ExplorerState, network: NetworkFacts) -> None:
    before = network.full.peak_training_bytes
    if before is None:
        return
    job = compute.peak_after(state)
    wait(job, st.empty(), wording.working)
    _card("peak", before, job.result(), place)


def _uncounted(network: NetworkFacts) -> None:
    st.markdown(f"#### {wording.UNCOUNTED}\n{wording.ALWAYS}")
    items = [f"- `{name}`" for name in network.uncounted] or [wording.NOTHING_ELSE]
    st.markdown("\n".join([*items, *(f"- {note}" for note in network.notes)]))


def _checks(state: ExplorerState) -> None:
    st.markdown(f"#### {wording.CHECKS}")
    for draw in (_counted, _verified, timed.steps, timed.table):
        with st.container(border=True):
            st.fragment(draw)(state)


def _counted(state: ExplorerState) -> None:
    title, text, label = wording.COUNT
    st.markdown(f"**{title}**  \n{text}")
    found: list[Finding] | None = queued(
        "count", label, measuring.known("count", state), partial(measuring.checking, state), wording.working,
        ":material/calculate:",
    )  # fmt: skip
    if found is None:
        return
    expected = [finding for finding in found if not finding.why]
    wrong = [finding for finding in expected if finding.agrees is False]
    if wrong:
        st.error(wording.SOME_DIFFER.format(len(wrong), len(expected)), icon=":material/error:")
    else:
        agreed = sum(finding.agrees is True for finding in expected)
        st.success(wording.ALL_AGREE.format(agreed), icon=":material/check_circle:")
    if any(finding.agrees is None for finding in found):
        st.caption(wording.GAVE_UP)
    rows = [
        {
            "Network": finding.network,
            "Figure": finding.figure,
            "Here": finding.ours,
            "There": finding.found,
            "Verdict": _verdict(finding),
            "Counted by": finding.counter,
        }
        for finding in found
    ]
    _table(rows, "content")
    st.caption(wording.BIASES)


def _verdict(finding: Finding) -> str:
    if finding.agrees is None:
        return "not counted"
    if finding.agrees:
        return "the same"
    return finding.why or f"differs by {(finding.found or 0) - finding.ours:+,}"


def _verified(state: ExplorerState) -> None:
    title, text, label = wording.VERIFY
    st.markdown(f"**{title}**  \n{text}")
    refusal = measuring.too_much_to_verify(state)
    found: tuple[float, float] | None = queued(
        "verify", label, measuring.known("verify", state), partial(measuring.verifying, state), wording.working,
        ":material/compare_arrows:", refusal is not None,
    )  # fmt: skip
    if found is not None:
        st.success(wording.difference(*found), icon=":material/check_circle:")
    elif refusal:
        st.caption(refusal)


def _layers(costs: Costs, seconds: Mapping[str, Seconds] | None) -> None:
    st.markdown("#### Layer by layer")
    step = None if seconds is None else seconds["training"]
    pruned = costs.pruned is not None
    rows = [
        {
            "Layer": layer.name,
            "Kind": layer.kind,
            "Neurons": layer.neurons,
            "Kept": layer.kept,
            "MACs": layer.macs,
            "MACs after": layer.pruned_macs if pruned else None,
            "Parameters": layer.params,
            "Parameters after": layer.pruned_params if pruned else None,
            "Activations": layer.activations,
            "Activations after": layer.pruned_activations if pruned else None,
            **({} if step is None else _milliseconds(step, layer.name)),
        }
        for layer in costs.layers
    ]
    _table(rows, 420)


def _milliseconds(step: Seconds, name: str) -> dict[str, float | None]:
    """What the layer's own calls take of a training step."""
    after = None if step.layers_after is None else round(1e3 * step.layers_after.get(name, 0.0), 3)
    return {"Step, ms": round(1e3 * step.layers_before.get(name, 0.0), 3), "Step after, ms": after}


def _table(rows: list[dict[str, Any]], height: Any) -> None:
    """Whole numbers stand to the right, with separators."""
    whole = [name for name, value in rows[0].items() if isinstance(value, int)]
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in whole}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=height, column_config=numbers)
