"""What the server says of a plan: the same in numbers, what cannot be pruned, and the downloads."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import streamlit as st

from explorer import wording
from explorer.compute import Outcome, Peaks, Seconds
from explorer.facts import CostFacts, CurveFacts, NetworkFacts, PlanFacts, Snapped
from explorer.page import timing
from explorer.page.wording import STEP_TITLES
from explorer.state import ExplorerState
from explorer.units import BYTES_PER_ELEMENT, asked, binary_bytes, count, duration, percent
from ranp.resources import MOST_BATCH
from ranp.selection import PRICED_LIVE, at_least, at_most, number_text


def in_numbers(
    outcome: Callable[[], Outcome], peaks: Callable[[], Peaks | None], state: ExplorerState, method: str
) -> None:
    """Everything that the charts show, as sentences and tables: for readers, screen readers and copying.

    Worked out only while somebody looks: in a class, the server has thirty pages to follow.
    """
    with st.expander("The same in numbers", icon=":material/table_rows:", key="numbers", on_change="rerun") as expander:
        if not expander.open:
            return
        found = outcome()
        plan = found.plan
        st.markdown(sentence(plan, found.curve, method))
        if known := peaks():
            st.markdown(f"{fit(known, state)} {wording.FIT}")
        pruned, seconds = plan.pruned if plan.feasible else None, timing.seconds(state)
        st.dataframe(costs_table(plan.full, pruned, seconds), hide_index=True, width="stretch")
        st.caption(timing.told(state))
        st.dataframe(layers_table(plan, seconds), hide_index=True, width="stretch", height=320)


def sentence(plan: PlanFacts, curve: CurveFacts, method: str) -> str:
    """What this plan does, or why there is none; and what became of equal scores at the threshold."""
    return " ".join([_outcome(plan, curve, method), *(f"{told}." for told in plan.equal)])


def _outcome(plan: PlanFacts, curve: CurveFacts, method: str) -> str:
    if plan.unmet:
        resource, share = PRICED_LIVE[plan.unmet.target].resource, asked(plan.unmet.share)
        sparsity, lowest = percent(at_most(plan.requested_sparsity), 2), percent(at_least(plan.unmet.least), 2)
        return wording.unmet(resource, share, lowest, curve.first_empty_layer, sparsity)
    if not plan.feasible:
        largest = percent(at_most(plan.max_feasible_sparsity), 2)
        return wording.infeasible(plan.first_empty_layer, percent(plan.requested_sparsity, 2), largest)
    macs, memory = plan.pruned.macs / plan.full.macs, plan.pruned.activations / plan.full.activations
    removed = plan.full.neurons - plan.pruned.neurons
    said = wording.outcome(method, removed, plan.full.neurons, percent(macs), percent(memory))
    return said if plan.snapped is None else f"{said} {_fast(plan.snapped, plan.full.macs)}"


def _fast(snapped: Snapped, macs: int) -> str:
    shares = percent(snapped.macs[0] / macs), percent(snapped.macs[1] / macs)
    return wording.fast(snapped.moved, shares, (duration(snapped.seconds[0]), duration(snapped.seconds[1])))


def fit(peaks: Peaks, state: ExplorerState) -> str:
    """Whether a training step fits on the visitor's card."""
    after = None if peaks.after is None else binary_bytes(peaks.after)
    largest = peaks.largest_before, peaks.largest_after
    return wording.fit(
        state.batch, f"{number_text(state.card)} GiB", binary_bytes(peaks.before), after, largest, MOST_BATCH
    )


def costs_table(
    full: CostFacts, pruned: CostFacts | None, seconds: Mapping[str, Seconds] | None = None
) -> pd.DataFrame:
    """What one input costs, before and after, and a step's seconds where they are told."""
    rows = []
    for label, name, factor, unit in (
        ("Neurons", "neurons", 1, ""),
        ("MACs", "macs", 1, ""),
        ("FLOPs (2 × MACs)", "flops", 1, ""),
        ("Parameters", "params", 1, ""),
        ("Activation memory", "activations", BYTES_PER_ELEMENT, "B"),
    ):
        before = factor * getattr(full, name)
        after = None if pruned is None else factor * getattr(pruned, name)
        rows.append(_row(label, before, after, partial(count, unit=unit)))
    for kind, found in (seconds or {}).items():
        rows.append(_row(f"{STEP_TITLES[kind]} of a batch", found.before, found.after, duration))
    return pd.DataFrame(rows)


def _row(label: str, before: float, after: float | None, told: Callable[[float], str]) -> dict[str, str]:
    return {
        "Cost of one input": label,
        "Full": told(before),
        "Pruned": "–" if after is None else told(after),
        "Left": "–" if after is None else percent(after / before),
    }


def layers_table(plan: PlanFacts, seconds: Mapping[str, Seconds] | None = None) -> pd.DataFrame:
    """One row a layer, in network order; what its own calls take of a training step, where that is told."""
    step = None if seconds is None else seconds["training"]
    return pd.DataFrame(
        {
            "Layer": layer.name,
            "Kind": layer.kind,
            "Neurons": layer.neurons,
            "Kept": layer.kept,
            "Share of the full MACs": percent(layer.macs_share),
            **({} if step is None else {"Training step": _layer_time(step, layer.name)}),
            "Tied to": ", ".join(layer.tied) or "–",
            "Held": layer.held or "–",
        }
        for layer in plan.layers
    )


def _layer_time(step: Seconds, name: str) -> str:
    before = duration(step.layers_before.get(name, 0.0))
    return before if step.layers_after is None else f"{before} → {duration(step.layers_after.get(name, 0.0))}"


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
        _metric("Training memory", "–" if peak is None else binary_bytes(peak), None, "one input", wording.PEAK)
    st.markdown(least(network))


def held(network: NetworkFacts) -> None:
    """What cannot be pruned, in plain words, and what the figures leave out."""
    with st.expander(f"What cannot be pruned, and why ({len(network.held)})", icon=":material/lock:"):
        st.markdown(least(network))
        if not network.held:
            st.markdown("Every neuron of this network can be removed, apart from the output layer's.")
        for name, reason in network.held:
            st.markdown(f"- `{name}`: {reason}")
        if network.uncounted:
            st.markdown("Not counted in the figures: " + ", ".join(f"`{name}`" for name in network.uncounted) + ".")
        for note in network.notes:
            st.markdown(f"- {note}")


def least(network: NetworkFacts) -> str:
    """How small the network can get."""
    return wording.least(*(percent(share, 2) for share in network.least_shares))


def downloads(feasible: bool, name: str, plan_zip: Callable[[], bytes], masks_csv: Callable[[], bytes]) -> None:
    """The plan and its masks as files, made when the button is pressed."""
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Download plan (.zip)", plan_zip, f"{name}.zip", "application/zip", key="download_plan", type="primary",
            icon=":material/download:", on_click="ignore", help=wording.DOWNLOAD_PLAN, disabled=not feasible,
        )  # fmt: skip
        st.download_button(
            "Download masks (.csv)", masks_csv, f"{name}-masks.csv", "text/csv", key="download_masks",
            icon=":material/table:", on_click="ignore", help=wording.DOWNLOAD_MASKS,
        )  # fmt: skip


def _metric(label: str, value: str, change: float | None, note: str, explanation: str) -> None:
    """One figure with what it was before. A cost that falls is good, so its change is green."""
    st.metric(
        label, value, None if change is None else f"{100 * change:+.1f} %", delta_color="inverse",
        delta_description=note, help=explanation, border=True,
        height="stretch",
    )  # fmt: skip
