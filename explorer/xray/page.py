"""The X-ray: the method step by step, with each formula, its effect on all layers, and one neuron's numbers."""

from typing import Any

import pandas as pd
import streamlit as st

from explorer import compute, wording
from explorer.compute import Job, WeightFacts, neuron_place
from explorer.facts import NetworkFacts
from explorer.packets import packing
from explorer.page import Peak, choose, live, results, session, timing, wait
from explorer.state import ExplorerState, quote
from explorer.xray import wording as wording_xray
from explorer.xray.drawing import drawing

VIEW = "xray"


def page() -> None:
    """Draw the page for the state that the component, the widgets and the URL say."""
    subject = choose(VIEW, wording_xray.SUBTITLE)
    state = subject.state
    if not subject.scored and compute.needs_importance(state):
        results.full_costs(subject.network)
        return
    job = _weights(state) if subject.scored and compute.looks_at_weights(state) else None
    facts = _known(job)
    extra = {
        "weights": None if facts is None else packing.weights_packet(state),
        "pending": job is not None and not job.wait(0),
        "criterion": state.criterion,
        "reduce": state.reduce,
    }
    name = packing.packet(state, subject.scored)
    with st.container(key="live"):
        words, times = wording_xray.WORDS, timing.times(state)
        travels = session.travels(subject.choices)
        live(VIEW, name, state, session.revision(), session.lesson(), _peak(state), words, extra, times, travels)
    waiting = st.empty()
    drawing(state)
    st.caption(results.least(subject.network))
    _in_numbers(state, subject.network, facts)
    if compute.needs_importance(state):
        st.caption(wording.SCORED_ON.format(compute.scored_on(state)))
    timing.follow(state)
    if job is not None and facts is None:
        _follow(job, waiting)


def _peak(state: ExplorerState) -> Peak:
    """What prices a budget of peak memory, once somebody has asked for one."""
    moments = packing.moments_packet(state)
    return Peak(session.stamp(), compute.peak_before(state), None, pending=False, moments=moments)


def _weights(state: ExplorerState) -> Job[WeightFacts] | None:
    """The job that looks at single weights; where that takes long, only once somebody has asked for it."""
    if compute.is_long(state) and not compute.weights_were_asked(state):
        asked = st.button(
            wording_xray.WEIGHTS_BUTTON, key="weights", icon=":material/grain:", help=wording_xray.WEIGHTS_HELP
        )
        if not asked:
            return None
    return compute.weights(state)


def _known(job: Job[WeightFacts] | None) -> WeightFacts | None:
    over = job is not None and job.wait(0.05) and job.future.exception() is None
    return job.result() if job is not None and over else None


def _follow(job: Job[WeightFacts], slot: Any) -> None:
    """Show how far the job is, and draw the page again once it is over; whatever the visitor does ends the wait."""
    wait(job, slot, wording_xray.connecting)
    error = job.future.exception()
    if error is None:
        st.rerun()
    slot.warning(wording_xray.WEIGHTS_FAILED.format(quote(str(error))), icon=":material/warning:")


def _in_numbers(state: ExplorerState, network: NetworkFacts, facts: WeightFacts | None) -> None:
    """The same by the library: for readers, screen readers and copying. Without a choice, the first neuron."""
    icon = ":material/table_rows:"
    with st.expander(wording_xray.NUMBERS, icon=icon, key="xray_numbers", on_change="rerun") as expander:
        if expander.open:
            _numbers(state, network, facts)


def _numbers(state: ExplorerState, network: NetworkFacts, facts: WeightFacts | None) -> None:
    chosen = state.layer or network.layers[0]
    place = network.layers.index(chosen)
    neurons = compute.neurons_of(state)
    neuron = min(max(state.neuron, 0), neurons[place] - 1)
    layers, one = compute.steps(state, chosen, neuron)
    said = wording_xray.NEURON.format(
        neuron=one.neuron, layer=quote(one.layer), score=_number(one.score), balanced=_number(one.balanced),
        final=_number(one.final), rank=one.rank, neurons=one.neurons, kept=one.kept,
    )  # fmt: skip
    st.markdown(f"{said} It is {wording.fate(one.fate, one.equal)}.")
    if facts is not None and compute.needs_importance(state):
        st.markdown(_connections(facts, neuron_place(neurons, place, neuron)))
    table = {
        "Layer": [layer.name for layer in layers],
        "Mean score": [_number(layer.mean) for layer in layers],
        "Balanced by": [f"× {layer.balance:.4g}" for layer in layers],
        "R": ["–" if layer.relative_cost is None else f"{layer.relative_cost:.3f}" for layer in layers],
        "Reweighted by": [f"× {layer.resources:.4g}" for layer in layers],
        "Mean final score": [_number(layer.final) for layer in layers],
        "Kept": [f"{layer.kept} of {layer.neurons}" for layer in layers],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, width="stretch", height=320)


def _connections(facts: WeightFacts, place: int) -> str:
    equal = wording_xray.CONNECTIONS_EQUAL if facts.equal[place] else wording_xray.CONNECTIONS_UNEQUAL
    return wording_xray.CONNECTIONS.format(f"{facts.counts[place]:,}", _number(float(facts.sums[place])), equal)


def _number(value: float) -> str:
    return f"{value:.4g}"
