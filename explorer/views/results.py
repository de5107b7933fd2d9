"""What came out: the verdict, costs before and after, the charts, what cannot be pruned, and the downloads."""

import math
from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer import charts, session, wording
from explorer.facts import CurveFacts, NetworkFacts, NeuronFacts, PlanFacts
from explorer.state import MAX_SPARSITY, ExplorerState
from explorer.units import BYTES_PER_ELEMENT, count, percent

CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def verdict(plan: PlanFacts, curve: CurveFacts, state: ExplorerState, method: str) -> None:
    """What this plan does; where that is not what was asked for, why, and the button that mends it."""
    if plan.unmet:
        _unmet(plan, curve, state)
    elif not plan.feasible:
        largest = math.floor(plan.max_feasible_sparsity * 1e4) / 1e4
        asked = percent(plan.requested_sparsity, 2)
        reason = wording.infeasible(plan.first_empty_layer, asked, percent(largest, 2))
        _mend(reason, f"Use {percent(largest, 2)}", sparsity=min(largest, MAX_SPARSITY))
    else:
        macs, memory = plan.pruned.macs / plan.full.macs, plan.pruned.activations / plan.full.activations
        removed = plan.full.neurons - plan.pruned.neurons
        sentence = wording.outcome(method, removed, plan.full.neurons, percent(macs), percent(memory))
        st.success(sentence, icon=":material/check_circle:")


def _unmet(plan: PlanFacts, curve: CurveFacts, state: ExplorerState) -> None:
    name = {"macs": "macs", "memory": "activations", "params": "params"}[state.target]
    least = getattr(plan.pruned, name) / getattr(plan.full, name)
    resource = {"macs": "MACs", "memory": "activation memory", "params": "parameters"}[state.target]
    possible = math.ceil(least * 100) / 100
    reason = wording.unmet(
        resource,
        percent(state.budget, 0),
        percent(least, 2),
        curve.first_empty_layer,
        percent(plan.requested_sparsity, 2),
    )
    _mend(reason, f"Use {percent(possible, 0)}", budget=possible)


def _mend(reason: str, label: str, **changes: float) -> None:
    """What is wrong, and the one click that sets it right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="mend"):
        st.error(reason, icon=":material/block:")
        st.button(label, key="use_possible", type="primary", on_click=partial(session.choose, **changes))


def costs(plan: PlanFacts, draw_training_memory: Callable[[], None]) -> None:
    """The costs before and after."""
    full, pruned = plan.full, plan.pruned
    with st.grid(6, min_column_width=150, gap="small", key="costs"):
        asked = f"asked for {percent(plan.requested_sparsity)}"
        _metric("Neurons removed", percent(plan.achieved_sparsity), None, asked, wording.NEURONS)
        for label, before, after, unit, explanation in (
            ("MACs", full.macs, pruned.macs, "", wording.MACS),
            ("FLOPs (2 × MACs)", full.flops, pruned.flops, "", wording.FLOPS),
            ("Parameters", full.params, pruned.params, "", wording.PARAMS),
            ("Activation memory", BYTES_PER_ELEMENT * full.activations, BYTES_PER_ELEMENT * pruned.activations, "B",
             wording.ACTIVATIONS),
        ):  # fmt: skip
            _before_and_after(label, before, after if plan.feasible else None, unit, explanation)
        draw_training_memory()


def full_costs(network: NetworkFacts) -> None:
    """What the network costs before anything is known of its neurons."""
    full = network.full
    st.markdown("##### The full network", help=wording.FULL)
    with st.grid(6, min_column_width=150, gap="small", key="full_costs"):
        _metric("Neurons", f"{full.neurons:,}", None, f"in {len(network.layers)} layers", wording.NETWORK)
        _metric("MACs", count(full.macs), None, "one input", wording.MACS)
        _metric("FLOPs (2 × MACs)", count(full.flops), None, "one input", wording.FLOPS)
        parameters = f"{count(BYTES_PER_ELEMENT * full.params, 'B')} as float32"
        _metric("Parameters", count(full.params), None, parameters, wording.PARAMS)
        memory = count(BYTES_PER_ELEMENT * full.activations, "B")
        _metric("Activation memory", memory, None, "one input", wording.ACTIVATIONS)
        peak = full.peak_training_bytes
        _metric("Training memory", "–" if peak is None else count(peak, "B"), None, "one input", wording.PEAK)


def training_memory(plan: PlanFacts, after: int | None, pending: bool) -> None:
    """Peak memory of training: dots while it is worked out, a dash where there is no network or no estimate."""
    before, label = plan.full.peak_training_bytes, "Training memory"
    if before is None:
        _metric(label, "–", None, "no estimate", wording.PEAK)
    elif pending:
        _metric(label, "…", None, f"of {count(before, 'B')}", wording.PEAK)
    else:
        _before_and_after(label, before, after, "B", wording.PEAK)


def pictures(plan: PlanFacts, neurons: NeuronFacts, curve: CurveFacts, colours: charts.Palette) -> None:
    """The three charts."""
    left, right = st.columns([5, 3], gap="medium")
    with left:
        _heading("Neurons kept in each layer", wording.RETENTION_HELP)
        _draw(charts.retention(plan.layers, colours), charts.retention_in_words(plan.layers))
        st.caption(wording.RETENTION)
    with right:
        sparsity = plan.requested_sparsity
        _heading("What is left at every sparsity", wording.RESOURCES_HELP)
        _draw(charts.resources(curve, sparsity, colours), charts.resources_in_words(curve, sparsity))
        st.caption(wording.RESOURCES)
    _heading("Importance of every neuron", wording.IMPORTANCE_HELP)
    _draw(charts.importance(neurons, colours), charts.importance_in_words(neurons))
    st.caption(wording.IMPORTANCE)
    if (step := charts.every_nth(neurons)) > 1:
        st.caption(f"So many neurons would blur: of each layer, one in {step} by rank is drawn.")


def held(network: NetworkFacts) -> None:
    """What cannot be pruned, in plain words, and what the figures leave out."""
    with st.expander(f"What cannot be pruned, and why ({len(network.held)})", icon=":material/lock:"):
        if not network.held:
            st.markdown("Every neuron of this network can be removed, apart from the output layer's.")
        for name, reason in network.held:
            st.markdown(f"- `{name}`: {reason}")
        if network.uncounted:
            st.markdown("Not counted in the figures: " + ", ".join(f"`{name}`" for name in network.uncounted) + ".")
        for note in network.notes:
            st.markdown(f"- {note}")


def downloads(plan: PlanFacts, name: str, plan_zip: Callable[[], bytes], masks_csv: Callable[[], bytes]) -> None:
    """The plan and its masks as files, made when the button is pressed."""
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Download plan (.zip)", plan_zip, f"{name}.zip", "application/zip", key="download_plan", type="primary",
            icon=":material/download:", on_click="ignore", help=wording.DOWNLOAD_PLAN, disabled=not plan.feasible,
        )  # fmt: skip
        st.download_button(
            "Download masks (.csv)", masks_csv, f"{name}-masks.csv", "text/csv", key="download_masks",
            icon=":material/table:", on_click="ignore", help=wording.DOWNLOAD_MASKS,
        )  # fmt: skip


def _heading(title: str, explanation: str) -> None:
    st.markdown(f"##### {title}", help=explanation)


def _draw(figure: charts.Figure, words: str) -> None:
    st.plotly_chart(figure, config=CHART_CONFIG, alt=words)


def _before_and_after(label: str, before: int, after: int | None, unit: str, explanation: str) -> None:
    if after is None:
        _metric(label, "–", None, f"full: {count(before, unit)}", explanation)
    else:
        _metric(label, count(after, unit), after / before - 1, f"of {count(before, unit)}", explanation)


def _metric(label: str, value: str, change: float | None, note: str, explanation: str) -> None:
    """One figure with what it was before. A cost that falls is good, so its change is green."""
    st.metric(
        label, value, None if change is None else f"{100 * change:+.1f} %", delta_color="inverse",
        delta_description=note, help=explanation, border=True,
        height="stretch",
    )  # fmt: skip
