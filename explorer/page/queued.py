"""Work that a visitor asks for with a button: its place in the queue, its progress, and its result or what went wrong.

Drawn inside a fragment, so that the rest of the page stays as it is while this part waits.
"""

import logging
from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.compute import Job
from explorer.page.subject import wait

log = logging.getLogger("explorer")

CANCEL = "Cancel"


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

    A failure is told in a sentence, and the button is there again. With ``call_off`` there is a button that ends the
    job while it is waited for.
    """
    slot, beside = st.empty(), st.empty()
    try:
        if known is None:
            if not slot.button(label, key=key, icon=icon, disabled=disabled, on_click=_ask, args=(start,)):
                return None
            known = start()
        if call_off is not None and not known.wait(0.05):
            beside.button(CANCEL, key=f"{key}_cancel", icon=":material/close:", on_click=call_off)
        wait(known, slot, say)
        beside.empty()
        return known.result()
    except (ValueError, RuntimeError) as error:
        log.warning("%s: %s", key, error)
        slot.empty()
        beside.empty()
        st.error(" ".join(str(error).split())[:500], icon=":material/error:")
    except MemoryError:
        log.exception("%s ran out of memory", key)
        slot.empty()
        beside.empty()
        st.error("The server ran out of memory; choose a smaller size.", icon=":material/memory:")
    return None


def _ask(start: Callable[[], Job[Any]]) -> None:
    """Queue the job as soon as the button is pressed: the press may come while the page is still being drawn."""
    try:
        start()
    except ValueError as error:  # the queue is full; the page asks again and tells
        log.warning("%s", error)
