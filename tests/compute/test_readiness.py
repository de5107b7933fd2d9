"""Before the first visit: answers that leave at once, and a network that is traced."""

import socket

import pytest
from plotly.offline import get_plotlyjs_version

from explorer import compute, readiness
from explorer.compute import heavy
from explorer.live import PLOTLY
from explorer.state import default_state


def test_connections_accepted_later_send_at_once() -> None:
    with socket.socket() as listening:  # as Streamlit makes it, for which asyncio leaves Nagle's algorithm on
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        readiness.send_at_once()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_class_may_be_connected_where_the_system_starts_with_few_files() -> None:
    resource = pytest.importorskip("resource", reason="this system does not count open files so")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        readiness.allow_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(readiness.FILES, before[1]), before[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        readiness.allow_files()  # never lowered
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_first_network_is_traced_beforehand() -> None:
    state = default_state(compute.choices())
    heavy.QUEUE.forget(f"trace {state.architecture} {state.preset}")
    readiness.begin().join()
    assert compute.tracing(state).wait(0)


def test_the_charts_and_the_python_package_draw_with_the_same_plotly() -> None:
    with PLOTLY.open(encoding="utf-8") as script:
        head = script.read(200)
    assert f"v{get_plotlyjs_version()}" in head
