"""What all methods get the same of: MACs, memory or neurons, and how much of it."""

import streamlit as st

from explorer.compare import facts_of, wording
from explorer.state import MAX_SPARSITY, ExplorerState, decisive
from ranp.selection import BUDGETS

TERMS = {"macs": BUDGETS["macs"].title, "memory": BUDGETS["memory"].title, "sparsity": "Sparsity"}

_KEPT = "_equal_terms"


def equal_terms(state: ExplorerState) -> tuple[str, float]:
    """Draw both controls: the resource and its share, from 0 to 1. A new state starts where its own plan stands.

    There the share is the plan's own and not the figure that the slider shows of it, so that the method finds its plan.
    """
    before, terms, share = st.session_state.get(_KEPT, (None, "macs", 0.0))
    # Set at every run: what an outdated run has set may never reach the browser, which then chooses nothing.
    st.session_state["equal_terms"] = st.session_state.get("equal_terms") or terms
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="equal"):
        target = st.segmented_control(
            wording.EQUAL, list(TERMS), key="equal_terms", format_func=lambda name: TERMS[name], required=True,
            help=wording.EQUAL_HELP,
        )  # fmt: skip
        assert target is not None, "the control requires a choice"
        key = f"equal_{target}"
        own = facts_of.left(state, target)
        if (decisive(state), target) != (before, terms):
            st.session_state[key] = round(100 * own, 1)
        elif key not in st.session_state:
            st.session_state[key] = round(100 * share, 1)
        low, high = (0.0, 100 * MAX_SPARSITY) if target == "sparsity" else (1.0, 100.0)
        st.session_state[key] = min(high, max(low, st.session_state[key]))
        label = "Neurons removed" if target == "sparsity" else f"{TERMS[target]} left of the full network"
        shown = st.slider(label, low, high, step=0.1, format="%.1f %%", key=key, width=420)
        level = own if shown == round(100 * own, 1) else shown / 100
    st.session_state[_KEPT] = (decisive(state), target, level)
    return target, level
