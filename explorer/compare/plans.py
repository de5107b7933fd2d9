"""The board of pinned plans: pin, rename, open, remove; then their table and charts."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer import charts, compute, wording
from explorer.charts import look
from explorer.compare import facts_of
from explorer.compare import wording as wording_compare
from explorer.compare.charts.legend import legend
from explorer.compare.charts.overlay import TITLES, overlay, overlay_in_words
from explorer.compare.charts.retention_map import retention_map, retention_map_in_words
from explorer.compare.equal_live import equal_live
from explorer.compare.facts import Entry, StepTime
from explorer.compare.table import has_step_times, table
from explorer.explore import open_button
from explorer.page import Subject, colours, is_at_hand, picture, pinboard, timing, wait
from explorer.state import MAX_NAME, ExplorerState, at_equal, default_name, needs_seconds, quote


def plans(subject: Subject) -> None:
    """Draw the board, the table and the charts."""
    _pinning(subject)
    _board()
    entries = _entries(subject)
    if not entries:
        return
    table(entries, subject.choices)
    st.markdown("##### What is left, over sparsity", help=wording_compare.OVERLAY_HELP)
    st.html(legend(entries, colours()))
    shown = [resource for resource in TITLES if resource != "seconds" or has_step_times(entries)]
    with st.grid(2 if len(shown) % 2 == 0 else 3, min_column_width=300, gap="small", key="overlays"):
        for resource in shown:
            picture(partial(_overlay, entries, resource), overlay_in_words(entries, resource), f"overlay_{resource}")
    _retention(entries)


def _overlay(entries: Sequence[Entry], resource: str, palette: charts.Palette) -> charts.Figure:
    return overlay(entries, resource, palette)


def _pinning(subject: Subject) -> None:
    """Two ways to pin: this plan, or every method on equal terms."""
    state, choices = subject.state, subject.choices
    known = subject.scored or not compute.needs_importance(state)
    if known:
        name = default_name(state, choices)
        pinned = pinboard.is_pinned(state)
        st.button(
            wording_compare.PINNED if pinned else wording_compare.pin_present(name), key="pin_present", type="primary",
            icon=":material/keep:", disabled=pinned, help=wording_compare.PIN_HELP, on_click=_pin,
            args=([(name, state)],),
        )  # fmt: skip
    if not subject.scored:
        st.info(wording_compare.NEEDS_IMPORTANCE, icon=":material/hourglass_empty:")
        return
    with st.container(border=True, key="pin_all_box"):
        target, level = equal_live(subject)
        states = {name: one for name, one in at_equal(state, target, level, choices).items() if _can_be_ranked(one)}
        st.button(
            wording_compare.pin_all(target), key="pin_all", icon=":material/library_add:", on_click=_pin,
            args=([(default_name(one, choices), one) for one in states.values()],), help=wording_compare.PIN_ALL_HELP,
        )  # fmt: skip
        st.caption(_unfair(subject))
    if left_out := st.session_state.pop("_pins_left_out", 0):
        st.warning(pinboard.left_out(left_out), icon=":material/keep_off:")


def _can_be_ranked(state: ExplorerState) -> bool:
    """Whether a time table is there, where the method ranks by seconds."""
    return not needs_seconds(state) or timing.in_use(state) is not None


def _unfair(subject: Subject) -> str:
    """The sentence about equal sparsity, at one that both methods of the example can reach."""
    methods = subject.choices.methods
    own = subject.state.method if subject.state.method != "vanilla" else "ranp-f"
    sparsity, first, second = facts_of.at_equal_sparsity(subject.state, "vanilla", own, subject.choices)
    return wording_compare.unfair(methods["vanilla"], sparsity, first, methods[own], second)


def _pin(found: list[tuple[str, ExplorerState]]) -> None:
    st.session_state["_pins_left_out"] = pinboard.add(found)


def _board() -> None:
    """The pins with their marks; each can be renamed, opened and removed."""
    board = pinboard.pins()
    if not board:
        st.caption(wording_compare.NO_PINS)
        return
    with st.grid(2, min_column_width=340, gap="small", key="board"):
        for pin in board:
            key = f"pin_name_{pin.number}"
            with st.container(
                horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key=f"pin_{pin.number}"
            ):
                drawn = look(pin.slot, pin.state.method, colours())
                st.html(f'<span aria-hidden="true" style="color:{drawn.colour}">{drawn.sign}</span>', width=18)
                st.text_input(
                    f"Name of pin {pin.number}", pin.name, MAX_NAME, key=key, label_visibility="collapsed",
                    on_change=lambda number=pin.number, key=key: pinboard.rename(number, st.session_state[key]),
                )  # fmt: skip
                open_button(pin.state, f"open_{pin.number}", "Open", icon=None)
                st.button("Remove", key=f"remove_{pin.number}", on_click=pinboard.remove, args=(pin.number,))
    if len(board) > 1:
        st.button(
            "Remove all", key="remove_all", icon=":material/delete_sweep:", type="tertiary", on_click=pinboard.clear
        )


def _entries(subject: Subject) -> list[Entry]:
    """The present plan and all pins whose figures are there; a sentence for each other."""
    wanted = [(pin.name, pin.slot, pin.state) for pin in pinboard.pins()]
    present = subject.scored or not compute.needs_importance(subject.state)
    if present and not pinboard.is_pinned(subject.state):
        wanted.append((wording_compare.PRESENT, -1, subject.state))
    found, slot = [], st.empty()
    for name, place, state in wanted:
        try:
            if reason := _missing(state, slot):
                st.info(wording_compare.not_ready(quote(name), reason), icon=":material/hourglass_empty:")
            else:
                found.append(facts_of.entry(name, place, state, subject.choices, _step(facts_of.fitting(state))))
        except ValueError as error:
            st.warning(wording_compare.not_ready(quote(name), str(error)), icon=":material/error:")
    return found


def _step(state: ExplorerState) -> StepTime | None:
    """What a training step of the plan takes, where a table tells it."""
    if (found := timing.seconds(state)) is None:
        return None
    step, table = found["training"], timing.in_use(state)
    assert table is not None, "it told the seconds"
    once = found.get("inference")
    return StepTime(
        step.before,
        step.after,
        f"{timing.machine(table)}, batch {table.batch:,}",
        timing.told(state),
        compute.step_curve(state, table),
        None if once is None else (once.before, once.after),
    )


def _missing(state: ExplorerState, slot: object) -> str | None:
    """Wait for what the plan needs; why it would take too long, if it would."""
    wait(compute.tracing(state), slot, wording.tracing)
    if state.limits_peak:
        wait(compute.measuring(state), slot, wording.measuring)
    timing.await_seconds(state, slot)
    if not compute.needs_importance(state):
        return None
    if not (compute.was_asked(state) or is_at_hand(state, slot)):
        if refusal := compute.refusal(state):
            return refusal
        if compute.is_long(state) and compute.runs_network(state):
            return wording_compare.PIN_IS_LONG
    wait(compute.importance(state), slot, wording.scoring)
    return None


def _retention(entries: Sequence[Entry]) -> None:
    """One map for each network among the plans: layers of different ones do not line up."""
    for network in dict.fromkeys((entry.network, entry.size) for entry in entries):
        alike = [entry for entry in entries if (entry.network, entry.size) == network]
        st.markdown(f"##### What each layer keeps: {network[0]}, {network[1]}", help=wording_compare.RETENTION_HELP)
        key = f"retention_{alike[0].slot}"
        picture(partial(retention_map, alike), retention_map_in_words(alike), key)
