"""MACs against memory for every alpha and lambda, and one of them chosen."""

from dataclasses import replace
from functools import partial

import streamlit as st

from explorer.compare import facts_of, wording
from explorer.compare.charts.plane import plane as plane_figure
from explorer.compare.charts.plane import plane_in_words
from explorer.compare.facts import PlaneFacts, PlanePoint
from explorer.explore import open_button
from explorer.page import Subject, clickable, pinboard, session, timing
from explorer.state import MAX_SPARSITY, ExplorerState, default_name, settle
from explorer.units import percent


def plane(subject: Subject) -> None:
    """Draw the plane and what was chosen on it."""
    facts = facts_of.plane(subject.state)
    st.markdown(wording.PLANE)
    clicked = clickable(partial(plane_figure, facts), plane_in_words(facts), "plane")
    places = [point["customdata"][0] for point in clicked if point.get("customdata")]
    point = _chosen(facts, subject.state, places)
    with st.container(horizontal=True, vertical_alignment="center", key="plane_actions"):
        state = state_of_point(subject.state, point, facts.sparsity)
        open_button(state, "open_point")
        name = f"{default_name(state, subject.choices)}, α {point.alpha:g}, λ {point.lam:g}"
        st.button(
            "Pin it", key="pin_point", icon=":material/keep:", on_click=_pin, args=([(name, state)],),
            disabled=pinboard.is_pinned(state),
        )  # fmt: skip
    st.caption(wording.PLANE_NOTE)


def _chosen(facts: PlaneFacts, state: ExplorerState, clicked: list[int]) -> PlanePoint:
    """The point that was clicked or chosen from the lists, and what it leaves."""
    by_place = {(point.alpha, point.lam): point for point in facts.points}
    alphas = sorted({point.alpha for point in facts.points})
    lams = sorted({point.lam for point in facts.points})
    if clicked and session.is_new("plane_click", clicked[0]):
        point = facts.points[clicked[0]]
        st.session_state["plane_alpha"], st.session_state["plane_lam"] = point.alpha, point.lam
    with st.container(horizontal=True, vertical_alignment="bottom", key="plane_choice"):
        near = {"alpha": min(alphas, key=lambda one: abs(one - state.alpha))}
        near["lam"] = min(lams, key=lambda one: abs(one - state.lam))
        for name in near:
            st.session_state[f"plane_{name}"] = st.session_state.get(f"plane_{name}", near[name])
        alpha = st.selectbox("Alpha", alphas, key="plane_alpha", width=120, help=wording.POINT_HELP)
        lam = st.selectbox("Lambda", lams, key="plane_lam", width=120, format_func=lambda one: f"{one:g}")
        point = by_place.get((alpha, lam)) or next(one for one in facts.points if one.lam == lam)
        st.metric("MACs left", percent(point.macs), width="content")
        st.metric("Memory left", percent(point.memory), width="content")
        seconds = timing.seconds(facts_of.fitting(state_of_point(state, point, facts.sparsity)))
        if seconds is not None and (step := seconds["training"]).after is not None:
            st.metric("Step time left", percent(step.after / step.before), width="content", help=timing.told(state))
        kind = "a layer is empty" if not point.feasible else "on the front" if point.best else "behind the front"
        st.metric("Place", kind, width="content")
    return point


def _pin(found: list[tuple[str, ExplorerState]]) -> None:
    st.session_state["_pins_left_out"] = pinboard.add(found)


def state_of_point(state: ExplorerState, point: PlanePoint, sparsity: float) -> ExplorerState:
    """What Explore opens for a point: the method that an alpha and a lambda are."""
    method = "weighted" if point.lam == 0 else {1.0: "ranp-f", 0.0: "ranp-m"}.get(point.alpha, "blend")
    at = replace(state, method=method, alpha=point.alpha, time_share=0.0, lam=point.lam, target="sparsity")
    return settle(replace(at, sparsity=min(sparsity, MAX_SPARSITY)))
