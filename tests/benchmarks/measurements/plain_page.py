"""The same four charts as a plain Streamlit page draws them: a slider, and `st.plotly_chart` at every run.

`tests.benchmarks.measurements.latency` sets the explorer beside it. Every figure's title says the sparsity that it
shows, so that the browser can tell when all four are new.
"""

from dataclasses import replace

import plotly.graph_objects as go
import streamlit as st

from explorer import charts, compute
from explorer.state import default_state


def marked(figure: go.Figure, sparsity: float) -> go.Figure:
    return figure.update_layout(title={"text": f"sparsity {sparsity:.3f}", "font": {"size": 8}})


st.set_page_config(layout="wide")
choices = compute.choices()
architecture = st.query_params.get("architecture", "unet3d")
state = default_state(choices, architecture, st.query_params.get("preset", "classroom"))
sparsity = st.slider("Sparsity", 0.0, 0.99, state.sparsity, step=0.001, format="%.3f")
state = replace(state, sparsity=sparsity)
compute.tracing(state).result()
compute.importance(state).result()
outcome = compute.results(state)
costs = go.Figure(go.Bar(x=["MACs", "parameters"], y=[outcome.plan.pruned.macs, outcome.plan.pruned.params]))
for figure in (
    charts.retention(outcome.plan.layers),
    charts.importance(outcome.neurons),
    charts.resources(outcome.curve, sparsity),
    costs,
):
    st.plotly_chart(marked(figure, sparsity))
