"""Take the plan along: its file, a report, a notebook, other programs' formats; or bring one along."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import streamlit as st

from explorer import compute, takeaway
from explorer.explore import go_if_asked
from explorer.export import files, imported, whole_state, wording
from explorer.export.files import Offer
from explorer.page import TABLE, Subject, choose, pinboard, queued, results, timing
from explorer.state import Choices, ExplorerState, needs_seconds, to_query
from explorer.units import count
from ranp.timing import table_bytes


def page() -> None:
    """Draw the page for the state that the widgets and the URL say."""
    go_if_asked()
    subject = choose(title=wording.SUBTITLE)
    if subject.scored or not compute.needs_importance(subject.state):
        _take(subject)
        _again(subject.state, subject.choices)
        _others(subject.state)
    else:
        st.info(wording.NOT_SCORED, icon=":material/hourglass_empty:")
    imported.show(subject)


def _take(subject: Subject) -> None:
    state, outcome = subject.state, compute.results(subject.state)
    told = results.sentence(outcome.plan, outcome.curve, subject.choices.methods[state.method])
    if outcome.plan.feasible and not outcome.plan.unmet:
        st.success(told, icon=":material/content_cut:")
    else:
        st.warning(told, icon=":material/warning:")
    query = to_query(state, subject.choices)
    timing.await_seconds(state, st.empty())
    times = timing.seconds(state), timing.told(state)
    name = f"{state.architecture}-{state.preset}-{state.method}"
    today = datetime.now(UTC).date()
    with st.grid(4, min_column_width=230, key="take"):
        with st.container(border=True, height="stretch"):
            st.markdown(f"##### Plan\n{wording.PLAN}")
            st.download_button(
                "Plan (.zip)", partial(compute.plan_zip, state), f"{name}.zip", "application/zip", key="plan",
                type="primary", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        with st.container(border=True, height="stretch"):
            st.markdown(f"##### Report\n{wording.REPORT}")
            st.download_button(
                "Report (.html)", partial(files.html, state, told, query, today, *times), f"{name}.html", "text/html",
                key="report", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        with st.container(border=True, height="stretch"):
            st.markdown(f"##### Notebook\n{wording.NOTEBOOK}")
            st.download_button(
                "Notebook (.ipynb)", partial(files.ipynb, state), f"{name}.ipynb", "application/x-ipynb+json",
                key="notebook", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        with st.container(border=True, height="stretch"):
            st.markdown(f"##### Explorer\n{takeaway.OFFER}")
            st.fragment(_explorer)(state, today)


def _explorer(state: ExplorerState, made_on: date) -> None:
    """The explorer as a file, for which what a training step holds is read first; it is made once it is asked for."""
    known = compute.measuring(state) if compute.measured(state) is not None else None
    start = partial(compute.measuring, state)
    if queued("make_explorer", "Make .html", known, start, takeaway.measuring, ":material/construction:") is None:
        return
    size = takeaway.size(state)
    if reason := takeaway.refusal(size):
        st.info(reason, icon=":material/memory:")
        return
    st.download_button(
        "Explorer (.html)", partial(takeaway.html, state, made_on), takeaway.file_name(state), "text/html",
        key="explorer", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.caption(wording.size(count(size, "B")))


def _again(state: ExplorerState, choices: Choices) -> None:
    st.markdown(f"#### Make it again\n{wording.REPRODUCE}")
    shell, python = st.tabs(["Command line", "Python"])
    shell.code(files.shell(state), language="bash", wrap_lines=True)
    if needs_seconds(state) and (table := timing.in_use(state)) is not None:
        shell.download_button(
            wording.TABLE, partial(table_bytes, table), TABLE, "application/json", key="time_table",
            icon=":material/timer:", on_click="ignore",
        )  # fmt: skip
    python.code(files.python(state), language="python", wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center", key="whole_state"):
        st.markdown(wording.STATE)
        st.download_button(
            "State (.json)", partial(whole_state.write, state, pinboard.pins(), choices),
            f"{state.architecture}-{state.preset}-state.json", "application/json", key="state",
            icon=":material/save:", on_click="ignore",
        )  # fmt: skip


def _others(state: ExplorerState) -> None:
    plan = compute.results(state).plan
    st.markdown(f"#### For other programs\n{wording.OTHERS}")
    refusal = files.refusal(state)
    if not plan.feasible:
        st.info(wording.INFEASIBLE, icon=":material/block:")
    elif refusal:
        st.info(refusal, icon=":material/memory:")
    possible = plan.feasible and refusal is None
    with st.grid(4, min_column_width=230, key="formats"):
        with st.container(border=True, height="stretch"):
            title, sentence = wording.MASKS_CSV
            st.markdown(f"**{title}**  \n{sentence}")
            masks = partial(compute.masks_csv, state)
            st.download_button(
                "Download .csv", masks, _file_name(state, "neurons", ".csv"), key="file_neurons",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        for offer in files.offers():
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{offer.title}**  \n{offer.sentence}")
                if offer.missing:
                    st.caption(offer.missing)
                elif offer.needs_network:
                    st.fragment(_built)(state, offer, possible)
                else:
                    _download(state, offer, partial(files.file, state, offer.name))


def _built(state: ExplorerState, offer: Offer, possible: bool) -> None:
    """A file for which the network is built first: a button to ask for it, then one to download it."""
    content = queued(
        f"make_{offer.name}", f"Make {offer.suffix}", files.made(state, offer.name),
        partial(files.building, state, offer.name), wording.making, icon=":material/construction:",
        disabled=not possible,
    )  # fmt: skip
    if content is not None:
        _download(state, offer, content)


def _download(state: ExplorerState, offer: Offer, content: bytes | Callable[[], bytes]) -> None:
    st.download_button(
        f"Download {offer.suffix}", content, _file_name(state, offer.name, offer.suffix), key=f"file_{offer.name}",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _file_name(state: ExplorerState, name: str, suffix: str) -> str:
    return f"{state.architecture}-{state.preset}-{state.method}-{name}{suffix}"
