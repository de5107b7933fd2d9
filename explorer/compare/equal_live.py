"""All methods on equal terms, live: a slider that the browser follows, and what every method leaves meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.compare import facts_of, wording
from explorer.packets import packing
from explorer.page import Subject, from_settings, live, reported, session, timing
from explorer.state import ExplorerState, decisive, settle
from ranp.selection import PRICED_LIVE

VIEW = "equal"
TERMS = {**{name: PRICED_LIVE[name].title for name in ("macs", "memory", "params", "time")}, "sparsity": "Sparsity"}
"""What all methods may get the same of, each with its title."""

_KEPT = "_equal_live"


def equal_live(subject: Subject) -> tuple[str, float]:
    """Draw the control with what it moves; the resource and its share, from 0 to 1, where it rests.

    A new present plan starts where it stands itself: the share is the plan's own, and not the figure that is shown of
    it, so that its method finds this very plan.
    """
    state = subject.state
    before, revision, target = st.session_state.get(_KEPT, (None, 0, "macs"))
    revision += decisive(state) != before
    start = _start(state, target)
    with st.container(key="equal_live"):
        live(
            VIEW, packing.packet(state, subject.scored), start, revision, session.lesson(),
            words={"equal": wording.EQUAL_HELP}, extra={"terms": list(TERMS.items())}, times=timing.times(state),
        )  # fmt: skip
    chosen = _chosen(start, reported(VIEW, revision), lambda said: from_settings(start, said, subject.choices))
    st.session_state[_KEPT] = (decisive(state), revision, chosen.target)
    return chosen.target, chosen.sparsity if chosen.target == "sparsity" else chosen.budget


def _start(state: ExplorerState, target: str) -> ExplorerState:
    """Where the present plan stands on these terms; on MACs where nobody knows."""
    seconds = timing.seconds(facts_of.fitting(state))
    if target != "time":
        left: float | None = facts_of.left(state, target)
    elif seconds is None or seconds["training"].after is None:
        left = None
    else:
        left = min(1.0, seconds["training"].after / seconds["training"].before)
    if left is None:
        target, left = "macs", facts_of.left(state, "macs")
    amount: dict[str, Any] = {"sparsity": left} if target == "sparsity" else {"budget": left}
    return settle(replace(state, target=target, also="none", layer="", neuron=-1, **amount))


def _chosen(
    start: ExplorerState, said: Mapping[str, Any] | None, read: Callable[[Mapping[str, Any]], ExplorerState]
) -> ExplorerState:
    """What the browser says last; a stranger's target that is not on offer is none."""
    found = start if said is None else read(said)
    return found if found.target in TERMS else start
