"""The network, drawn: its channel graph, of which layers are chosen by a click, and how it thins out."""

import streamlit as st

from explorer import compute
from explorer.charts import channel_graph, channel_graph_in_words, thinning
from explorer.page import CONFIG, colours, picture, session
from explorer.state import ExplorerState
from explorer.units import percent
from explorer.xray import wording

GRAPH_KEY = "channel_graph"
SPARSITIES = [place / 20 for place in range(20)]


def drawing(state: ExplorerState) -> None:
    """An expander with both; nothing is computed until it is opened."""
    with st.expander(wording.DRAWING, icon=":material/account_tree:", key="drawing", on_change="rerun") as expander:
        if not expander.open:
            return
        graph, thinner = st.tabs([wording.GRAPH, wording.THINNING])
        with graph:
            _graph(state)
        with thinner:
            _thinning(state)


def _graph(state: ExplorerState) -> None:
    facts = compute.drawing(state)
    st.caption(wording.GRAPH_HELP)
    with st.container(key="graph_frame"):
        st.plotly_chart(
            channel_graph(facts, state.layer, colours()),
            config=CONFIG,
            alt=channel_graph_in_words(facts, state.layer),
            key=GRAPH_KEY,
            on_select=_clicked,
            selection_mode="points",
        )
    st.caption(channel_graph_in_words(facts, state.layer))


def _clicked() -> None:
    """Look at the layer whose disc was clicked."""
    points = st.session_state[GRAPH_KEY]["selection"]["points"]
    names = [point.get("customdata") for point in points]
    name = names[0] if names else None
    name = name[0] if isinstance(name, list) else name
    if isinstance(name, str):
        session.change(layer=name, neuron=-1)


def _thinning(state: ExplorerState) -> None:
    facts = compute.drawing(state)
    kept = compute.thinning(state, SPARSITIES)
    words = wording.thinning_in_words(len(facts.layers), sum(facts.neurons), sum(kept[-1]), percent(SPARSITIES[-1], 0))
    st.caption(wording.THINNING_HELP)
    picture(lambda theme: thinning(facts.layers, facts.neurons, kept, SPARSITIES, theme), words, "thinning")
