"""Which neurons one method rescues and loses next to another, counted by layer and followed one by one."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from explorer import charts
from explorer.compare import facts_of, wording
from explorer.compare.charts.bump import bump, bump_in_words, neurons_shown
from explorer.compare.charts.flips import flips as flips_figure
from explorer.compare.charts.flips import flips_in_words
from explorer.compare.equal_terms import equal_terms
from explorer.compare.facts import FlipFacts
from explorer.page import Subject, clickable, picture
from explorer.units import percent

Pair = tuple[str, str]


def flips(subject: Subject) -> None:
    """Draw the counts, the layers and the single neurons."""
    st.markdown(wording.FLIPS)
    facts = facts_of.flips(subject.state, *equal_terms(subject.state), subject.choices)
    st.caption("  \n".join(
        wording.flips_at(one.title, one.sparsity, one.macs_left, one.memory_left, one.unmet)
        for one in facts.methods.values()
    ))  # fmt: skip
    st.dataframe(_counts(facts), hide_index=True, width="stretch", alt="Table of rescued and lost neurons by pair")
    pair: Pair = st.selectbox(
        "From one method to another", list(facts.in_all), key="flip_pair", index=1, help=wording.PAIR_HELP,
        format_func=lambda pair: " → ".join(facts.methods[name].title for name in pair), width=420,
    )  # fmt: skip
    st.markdown("##### By layer", help=wording.FLIPS_HELP)
    clicked = clickable(partial(_by_layer, facts, pair), flips_in_words(facts, *pair), "flips_by_layer")
    _single(facts, pair, [facts.layers[round(point["x"])] for point in clicked])


def _by_layer(facts: FlipFacts, pair: Pair, palette: charts.Palette) -> charts.Figure:
    return flips_figure(facts, *pair, palette)


def _single(facts: FlipFacts, pair: Pair, clicked: list[str]) -> None:
    """One layer's neurons, the layer chosen here or by a click on its bar."""
    changes = facts.by_layer[pair]
    layers = sorted(facts.layers, key=lambda name: -(changes[name].rescued + changes[name].lost))
    if clicked and st.session_state.get("_flip_clicked") != clicked:
        st.session_state["flip_layer"] = clicked[0]
    st.session_state["_flip_clicked"] = clicked
    before = st.session_state.get("flip_layer")
    st.session_state["flip_layer"] = before if before in facts.layers else layers[0]
    st.markdown("##### Neuron by neuron", help=wording.BUMP_HELP)
    with st.container(horizontal=True, key="flip_choice"):
        layer = st.selectbox(
            "Layer", layers, key="flip_layer", help=wording.LAYER_HELP, width=320,
            format_func=lambda name: f"{name}: {changes[name].rescued} rescued, {changes[name].lost} lost",
        )  # fmt: skip
        shown = neurons_shown(facts, layer, pair)
        neuron = st.selectbox(
            "Follow a neuron", shown, index=None, key=f"follow_{layer}", placeholder="none", width=160,
            help=wording.FOLLOW_HELP,
        )  # fmt: skip
    picture(
        lambda palette: bump(facts, layer, pair, neuron, palette), bump_in_words(facts, layer, pair), "flips_single"
    )
    if note := wording.shown(len(shown), _size(facts, layer)):
        st.caption(note)


def _size(facts: FlipFacts, layer: str) -> int:
    return int(np.size(next(iter(facts.methods.values())).kept[layer]))


def _counts(facts: FlipFacts) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "From": facts.methods[first].title,
            "To": facts.methods[second].title,
            "Rescued": one.rescued,
            "Lost": one.lost,
            "Kept by both": one.both,
            "In common (Jaccard)": percent(one.jaccard),
        }
        for (first, second), one in facts.in_all.items()
    )
