"""What the first visit needs, made ready while the browser opens: PyTorch in memory, and the first network traced."""

import gc
import logging
from threading import Thread

log = logging.getLogger("explorer")


def begin() -> Thread:
    """Start in the background; a visit that comes earlier waits for no more than it needs."""
    thread = Thread(target=_get_ready, name="ranp-ready", daemon=True)
    thread.start()
    return thread


def _get_ready() -> None:
    try:
        from explorer import compute
        from explorer.state import default_state

        compute.tracing(default_state(compute.choices())).result()
    except Exception as error:  # the first page says it to the visitor
        log.debug("not ready beforehand: %s", error)
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again
