"""What the first visit needs, made ready while the browser opens: PyTorch in memory, and the first network traced.

And what every visit needs: answers that leave at once.
"""

import gc
import logging
import os
import socket
from contextlib import suppress
from threading import Thread

import psutil

log = logging.getLogger("explorer")

FILES = 4096
"""For a thousand visitors, which is more than the processor could serve."""


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


def allow_files() -> None:
    """Raise the number of files that this process may open, as far as the system lets it.

    A visit takes four (its connection and an event loop), and Streamlit keeps three of each of the last 128 visits for
    two minutes, should they come back: more than the 256 that macOS starts a process with.
    """
    try:
        import resource
    except ImportError:  # Windows counts otherwise
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def send_at_once() -> None:
    """Turn off Nagle's algorithm for all connections that this server will accept.

    asyncio does so for sockets that it opens itself, not for the one that Streamlit hands to uvicorn: each answer after
    a connection's first waited 40 ms for the browser's acknowledgement. https://github.com/Kludex/uvicorn/issues/3149
    """
    with suppress(OSError, psutil.Error):  # where it cannot be had, answers are slower and right
        for connection in psutil.Process().net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                with socket.socket(fileno=os.dup(connection.fd)) as listening:
                    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
