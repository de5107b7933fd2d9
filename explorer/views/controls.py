"""The controls: which network, how neurons are ranked, and the sliders that stay in sight while the page scrolls."""

from functools import partial

import streamlit as st

from explorer import session, wording
from explorer.facts import NetworkFacts
from explorer.state import (
    COUPLINGS,
    MAX_LAMBDA,
    MAX_MIN_NEURONS,
    MAX_SEED,
    MAX_SPARSITY,
    MIN_BUDGET,
    REDUCTIONS,
    TARGETS,
    Choices,
    ExplorerState,
)

TARGET_TITLES = {"sparsity": "Sparsity", "macs": "MACs", "memory": "Memory", "params": "Parameters"}
BLENDED = ("ranp-f", "ranp-m", "blend")


def network(choices: Choices) -> None:
    """Choose architecture and size."""
    architectures = choices.architectures
    st.selectbox(
        "Network",
        list(architectures),
        key="architecture",
        format_func=lambda name: architectures[name].title,
        on_change=partial(session.start_preset, choices),
        help=wording.NETWORK,
    )
    presets = architectures[st.session_state["architecture"]].presets
    description = presets[st.session_state["preset"]].description
    st.selectbox(
        "Size",
        list(presets),
        key="preset",
        format_func=lambda name: presets[name].title,
        on_change=partial(session.start_preset, choices),
        help=f"{wording.PRESET}\n\n*{presets[st.session_state['preset']].title}*: {description}.",
    )


def ranking(choices: Choices) -> None:
    """Choose the method and what is prescribed."""
    st.selectbox(
        "Method",
        list(choices.methods),
        key="method",
        format_func=lambda name: choices.methods[name],
        on_change=session.settle_method,
        help=wording.METHOD,
    )
    st.selectbox("Target", TARGETS, key="target", format_func=TARGET_TITLES.__getitem__, help=wording.TARGET)


def options(choices: Choices, facts: NetworkFacts) -> None:
    """What is seldom changed."""
    with st.popover("Options", icon=":material/tune:", width="stretch"):
        st.segmented_control(
            "Tied layers: a channel stays if", COUPLINGS, key="coupling", required=True, help=wording.COUPLING,
            format_func={"any": "any keeps it", "paper": "as in the paper", "all": "all keep it"}.__getitem__,
        )  # fmt: skip
        st.number_input("Fewest neurons a layer", 0, MAX_MIN_NEURONS, key="min_neurons", help=wording.MIN_NEURONS)
        st.multiselect(
            "Keep whole", facts.prunable, key="protect", help=wording.PROTECT, placeholder="Layers to protect"
        )
        st.selectbox(
            "Importance of a neuron",
            list(choices.criteria),
            key="criterion",
            format_func=lambda name: choices.criteria[name],
            help=wording.CRITERION,
        )
        st.segmented_control("Over its weights", REDUCTIONS, key="reduce", required=True, help=wording.REDUCE)
        st.number_input("Seed", 0, MAX_SEED, key="seed", help=wording.SEED)


def sliders(state: ExplorerState) -> None:
    """Sparsity (or what may be left), alpha and lambda. Those that the method does not use are shown and disabled."""
    with st.grid(4, min_column_width=140, gap=("xxsmall", "medium"), key="sliders") as grid:
        with grid.cell(column_span=2):
            if state.target == "sparsity":
                st.slider(
                    "Sparsity", 0.0, MAX_SPARSITY, step=0.001, format="percent", key="sparsity", help=wording.SPARSITY
                )
            else:
                st.slider(
                    f"{TARGET_TITLES[state.target]} left, at most", MIN_BUDGET, 1.0, step=0.01, format="percent",
                    key="budget",
                    help=wording.BUDGET,
                )  # fmt: skip
        st.slider(
            "α: memory ↔ MACs", 0.0, 1.0, step=0.01, key="alpha", help=wording.ALPHA, on_change=session.settle_alpha,
            disabled=state.method not in BLENDED,
        )  # fmt: skip
        st.slider(
            "λ: reweighting", 0.0, MAX_LAMBDA, step=0.5, format="%.1f", key="lam", help=wording.LAMBDA,
            disabled=state.method not in BLENDED,
        )  # fmt: skip
