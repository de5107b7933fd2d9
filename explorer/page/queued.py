"""Work that a visitor asks for with a button: its place in the queue, its progress, and its result or what went wrong.

Drawn inside a fragment, so that the rest of the page stays as it is while this part waits.
"""

import logging
from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer import compute
from explorer.compute import Job, LeftError
from explorer.page.waiting import wait

log = logging.getLogger("explorer")

CANCEL = "Call it off"
LOOKED_AFTER = 0.5
"""Seconds between two looks at a job that can be called off."""


def queued(
    key: str,
    label: str,
    known: Job[Any] | None,
    start: Callable[[], Job[Any]],
    say: Callable[[int], str],
    icon: str = ":material/play_arrow:",
    disabled: bool = False,
    call_off: Callable[[], None] | None = None,
) -> Any:
    """The result of the job, `known` if somebody asked for it before; `None` until there is one.

    A failure is told in a sentence, and the button is there again. With ``call_off`` the job has a button that ends it:
    it is then looked after from time to time, and the whole page is drawn again once it is over.
    """
    slot, before = st.empty(), st.session_state.pop(_place(key), None)
    try:
        if known is None:
            if not slot.button(label, key=key, icon=icon, disabled=disabled, on_click=_ask, args=(start,)):
                _tell(before)
                return None
            known = start()
        if call_off is None:
            wait(known, slot, say)
        elif not known.wait(LOOKED_AFTER):
            st.session_state[_place(key)] = known
            with slot.container():
                st.fragment(_under_way, run_every=LOOKED_AFTER)(key, known, say, call_off)
            return None
        return known.result()
    except (ValueError, RuntimeError) as error:
        log.warning("%s: %s", key, error)
        if known is not None:
            slot.empty()
        st.error(" ".join(str(error).split())[:500], icon=":material/error:")
    except MemoryError:
        log.exception("%s ran out of memory", key)
        slot.empty()
        st.error("The server ran out of memory; choose a smaller size.", icon=":material/memory:")
    return None


def _under_way(key: str, job: Job[Any], say: Callable[[int], str], call_off: Callable[[], None]) -> None:
    """How far the job is. A run that waited would keep the button from being heard."""
    if job.is_pending():
        st.progress(job.progress, say(compute.ahead_of(job)))
        st.button(CANCEL, key=f"{key}_cancel", icon=":material/close:", on_click=call_off)
    else:
        st.rerun()


def _tell(job: Job[Any] | None) -> None:
    """Raise what ended the job that was looked after before, unless it was called off."""
    error = None if job is None or job.is_pending() else job.future.exception()
    if error is not None and not isinstance(error, LeftError):
        raise error


def _place(key: str) -> str:
    return f"_job_{key}"


def _ask(start: Callable[[], Job[Any]]) -> None:
    """Queue the job as soon as the button is pressed: the press may come while the page is still being drawn."""
    try:
        start()
    except ValueError as error:  # the queue is full; the page asks again and tells
        log.warning("%s", error)
