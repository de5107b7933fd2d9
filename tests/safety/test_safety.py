"""The server gives its pages to this machine only, in no other form than they are, and believes nothing it is told."""

import gzip
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from explorer import uploads
from explorer.compute import visitors
from explorer.guard import framing
from explorer.live.serve import ASSETS
from explorer.page.component import from_settings, to_settings
from explorer.state import default_state, from_query, to_query
from tests.state.test_state import CHOICES, STATES

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "explorer" / "app.py")
HEALTH, BELOW = "/_stcore/health", "/class/ranp"

Answer = tuple[int, dict[str, str], bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Two real servers: one as `ranp app` starts it, and one as the README sets it up behind a proxy, below a path."""
    folder = tmp_path_factory.mktemp("servers")
    plain, below = free_port(), free_port()
    environment = {**os.environ, "HOME": str(folder)}
    proxied = {"STREAMLIT_SERVER_BASE_URL_PATH": BELOW, "STREAMLIT_SERVER_ALLOWED_HOSTS": "ranp.example.org"}
    log = (folder / "log").open("w")
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "ranp", "app", "--no-browser", "--port", str(port)],
            cwd=ROOT, env={**environment, **more}, stdout=log, stderr=log,
        )
        for port, more in ((plain, {}), (below, proxied))
    ]  # fmt: skip
    try:
        for port, path, host in ((plain, HEALTH, "localhost"), (below, BELOW + HEALTH, "ranp.example.org")):
            await_server(port, path, host)
        yield plain, below
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)
        log.close()


def await_server(port: int, path: str, host: str) -> None:
    for _ in range(600):
        try:
            if ask(port, path, host=host)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("the app did not start")


def ask(port: int, path: str, method: str = "GET", host: str | None = None, **headers: str) -> Answer:
    """One request, its path sent as it stands."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=host is not None, skip_accept_encoding=True)
    if host is not None:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    body = b"" if answer.status == 101 else answer.read()
    connection.close()
    return answer.status, found, body


def knock(port: int, origin: str, host: str | None = None, path: str = "") -> int:
    """The status with which the server answers who would open its websocket from a page of that origin."""
    key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
    return ask(
        port, f"{path}/_stcore/stream", host=host, Origin=origin, Connection="Upgrade", Upgrade="websocket", **key
    )[0]


def test_it_listens_on_this_machine_only(ports) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("this system does not list its sockets in /proc")
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    listening = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == ports[0]}
    assert listening == {"0100007F"}  # 127.0.0.1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/learn", "text/html"),
        ("/live/plotly.min.js", "text/javascript"),
        ("/live/assets/main.js", "text/javascript"),
        ("/live/assets/engine/plan.js", "text/javascript"),
    ],
)
def test_files_come_as_what_they_are(ports, path, kind) -> None:
    status, headers, body = ask(ports[0], path)
    assert status == 200
    assert headers["content-type"].split(";")[0].replace("text/", "").endswith(kind.split("/")[1])
    assert headers["x-content-type-options"] == "nosniff"
    assert len(body) > 200


def test_a_browser_that_has_a_file_is_told_so(ports) -> None:
    _, headers, body = ask(ports[0], "/live/assets/main.js", Accept_Encoding="gzip")
    assert headers["cache-control"] == "no-cache"
    assert gzip.decompress(body) == (ASSETS / "main.js").read_bytes()
    status, _, body = ask(ports[0], "/live/assets/main.js", If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")


def test_a_page_names_the_files_that_it_will_load_and_they_are_there(ports) -> None:
    named = re.findall("<([^>]+)>", ask(ports[0], "/xray")[1]["link"])
    assert "/live/plotly.min.js" in named
    assert "/live/assets/views/xray.js" in named
    assert [path for path in named if ask(ports[0], path)[0] != 200] == []
    assert "/live/assets/views/plan.js" in ask(ports[0], "/counting")[1]["link"]
    assert "link" not in ask(ports[0], "/nowhere")[1]


@pytest.mark.parametrize(
    "path",
    [
        "/live/assets/../serve.py",
        "/live/assets/%2e%2e/serve.py",
        "/live/assets/..%2fserve.py",
        "/live/assets/..%5cserve.py",
        "/live/assets//etc/passwd",
        "/live/assets/",
        "/live/assets/engine",
        "/live/packets/..%2f..%2fserve.py",
        "/live/packets/%00",
        "/live/packets/0123456789abcdef0123456789abcdef",
        "/live/packets/",
    ],
)
def test_nothing_but_its_own_files_is_given_away(ports, path) -> None:
    status, headers, body = ask(ports[0], path)
    assert status in (307, 400, 404)
    assert b"def " not in body
    assert b"root:" not in body
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/live/plotly.min.js", "/live/assets/main.js", "/live/packets/abc"])
def test_its_files_are_only_read(ports, path, method) -> None:
    status, headers, _ = ask(ports[0], path, method)
    assert status == 405
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:80"])
@pytest.mark.parametrize("path", ["/", "/live/assets/main.js", HEALTH])
def test_another_name_for_this_machine_gets_nothing(ports, host, path) -> None:
    assert ask(ports[0], path, host=host)[0] == 400
    assert ask(ports[0], path, host=f"localhost:{ports[0]}")[0] == 200


def test_only_its_own_pages_open_the_websocket(ports) -> None:
    port = ports[0]
    assert knock(port, f"http://127.0.0.1:{port}") == 101
    assert knock(port, f"http://localhost:{port}", f"localhost:{port}") == 101
    assert knock(port, "http://evil.example") == 403
    for other in (f"http://127.0.0.1:{port + 1}", "http://127.0.0.1", f"http://localhost:{port}", "null"):
        assert knock(port, other) == 403, other
    assert knock(port, "http://evil.example", host="evil.example") in (400, 403)


def test_pages_are_framed_by_nobody_else(ports) -> None:
    headers = ask(ports[0], "/")[1]
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["content-security-policy"].startswith("frame-ancestors 'self'; ")
    assert framing(("https://moodle.example.org",)) == {
        "Content-Security-Policy": "frame-ancestors 'self' https://moodle.example.org; base-uri 'self'; "
        "object-src 'none'"
    }


def test_tabs_of_one_browser_have_one_cookie(ports) -> None:
    given = ask(ports[0], "/")[1]["set-cookie"]
    assert re.fullmatch(r"ranp_visitor=[\w-]{22}; Path=/; HttpOnly; SameSite=Lax", given)
    assert given != ask(ports[0], "/")[1]["set-cookie"]
    assert "ranp_visitor" not in ask(ports[0], "/", Cookie=given.split(";")[0])[1].get("set-cookie", "")


TABS = {
    "new": ("192.0.2.9", "new"),
    "has 50": ("192.0.2.1", "ann"),
    "her other tab": ("192.0.2.1", "ann"),
    "beside her": ("192.0.2.1", "ben"),
    "forged": ("192.0.2.1", "cem"),
    "elsewhere, her name": ("192.0.2.2", "ann"),
}
"""Sessions that are open, with the address and the cookie of their browsers."""


@pytest.mark.parametrize(
    ("session", "size", "status", "dropped"),
    [
        ("new", 40, 200, True),  # those of who left made room
        ("has 50", 40, 413, True),
        ("has 50", 10, 200, False),
        ("her other tab", 40, 413, True),
        ("her other tab", 10, 200, False),
        ("beside her", 10, 200, False),
        ("forged", 40, 413, True),  # more than half of all from one address
        ("elsewhere, her name", 40, 200, True),
        ("left", 40, 200, True),
    ],
)
def test_uploads_have_a_total_and_who_left_keeps_none(
    monkeypatch: pytest.MonkeyPatch, session: str, size: int, status: int, dropped: bool
) -> None:
    """Of 160 MB, 80 of a person over all tabs and 80 of an address."""
    manager = MemoryUploadedFileManager("")
    for owner, megabytes in (("has 50", 50), ("left", 80)):
        manager.add_file(owner, UploadedFileRec("1", "masks", "", bytes(megabytes << 20)))

    def client(name: str) -> SimpleNamespace | None:
        if name not in TABS:
            return None
        address, cookie = TABS[name]
        return SimpleNamespace(client_context=SimpleNamespace(remote_ip=address, cookies={visitors.COOKIE: cookie}))

    runtime = SimpleNamespace(uploaded_file_mgr=manager, is_active_session=TABS.__contains__, get_client=client)
    for module in (uploads, visitors):
        monkeypatch.setattr(module, "exists", lambda: True)
        monkeypatch.setattr(module, "get_instance", lambda: runtime)
    monkeypatch.setattr(uploads, "_largest", lambda: 40 << 20)

    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("")(scope, receive, send)

    app = TestClient(uploads.Uploads(accept, megabytes=160))
    answer = app.put(f"/_stcore/upload_file/{session}/2", headers={"Content-Length": str(size << 20)}, content=b"")
    assert answer.status_code == status
    assert ("left" not in manager.file_storage) is dropped


def test_an_upload_that_is_refused_is_heard_out_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the connection breaks while the browser sends, and nobody reads why."""
    monkeypatch.setattr(uploads, "_largest", lambda: 3)
    sent: list[Any] = []

    def answered(parts: int) -> int:
        left = [{"body": b"xx", "more_body": number < parts - 1} for number in range(parts)]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", **left.pop(0)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/session/1", "headers": []}
        with start_blocking_portal() as portal:  # in a thread: the browser of other tests has a loop in this one
            portal.call(uploads.Uploads(PlainTextResponse(""), megabytes=0), scope, receive, send)
        return len(left)

    assert answered(parts=3) == 0
    assert (sent[0]["status"], sent[1]["body"].decode()) == (413, uploads.FULL)
    assert answered(parts=100) == 96  # more than twice the largest file: cut off


def test_an_upload_needs_the_token_of_the_page(ports) -> None:
    status, _, _ = ask(ports[0], "/_stcore/upload_file/session/file", "PUT", Content_Length="0")
    assert status == 403


def test_below_a_path_everything_lies_below_it(ports) -> None:
    for path in ("/live/plotly.min.js", "/live/assets/main.js"):
        assert ask(ports[1], BELOW + path, host="ranp.example.org")[1]["content-type"].split("/")[1][:4] in "javascript"
        assert ask(ports[1], path, host="ranp.example.org")[0] in (307, 404)
    assert ask(ports[1], BELOW + "/live/packets/abc", host="ranp.example.org")[0] == 404
    assert ask(ports[1], BELOW + "/live/assets/main.js", host="localhost")[0] == 400
    assert knock(ports[1], "https://ranp.example.org", "ranp.example.org", BELOW) == 101
    assert knock(ports[1], "https://evil.example", "ranp.example.org", BELOW) == 403


def test_the_server_is_set_up_to_be_safe(tmp_path: Path) -> None:
    """Read back by Streamlit itself, from another folder."""
    expected = {
        "server.address": "127.0.0.1",
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.allowedHosts": ["localhost", "127.0.0.1"],
        "client.showErrorDetails": "none",
        "server.enableAgentApi": False,
        "browser.gatherUsageStats": False,
    }
    code = (
        "import json, sys; import streamlit.config as config; config._main_script_path = sys.argv[1]; "
        "config.get_config_options(force_reparse=True); "
        "print(json.dumps({name: config.get_option(name) for name in sys.argv[2:]}))"
    )
    command = [sys.executable, "-c", code, APP, *expected, "server.maxUploadSize"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout)
    assert found.pop("server.maxUploadSize") <= 64
    assert found == expected


SOURCES = {
    "*.py": r"unsafe_allow_html|unsafe_allow_javascript|\beval\(|\bexec\(|import pickle|pickle\.load|allow_pickle=True",
    "*.js": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment",
}


@pytest.mark.parametrize("kind", list(SOURCES))
def test_no_text_becomes_code_or_markup(kind) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "explorer").rglob(kind)
        if not {"vendor", "node_modules", "eslint.config.js"} & set(path.parts)  # others' code, and the rule itself
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(SOURCES[kind], line)
    ]
    assert found == []


HOSTILE = "</script><script>alert(1)</script>[x](javascript:alert(1))`<img src=x onerror=alert(1)>"


def test_a_hostile_link_is_told_as_plain_text() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    names = ["architecture", "preset", "method", "sparsity", "protect", "cap", "layer", "hide", "fix", "seed", "tour"]
    for name in names:
        app.query_params[name] = [HOSTILE, HOSTILE + "2"]
    app.run()
    assert not app.exception
    assert len(app.warning) >= 8
    for warning in app.warning:
        outside = re.sub(r"`[^`]*`", "", warning.value)  # what stands in code is shown letter by letter
        assert "<" not in outside
        assert "](" not in outside
    values = [element.value for element in (*app.markdown, *app.caption, *app.error, *app.get("html"))]
    assert not any("alert" in str(value) for value in values)


PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
NAMES = [*to_settings(default_state(CHOICES)), "revision", "stamp", "lambda", "cap", "__class__", "seed"]


@PATIENT
@given(STATES, st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), JSON, max_size=12))
def test_whatever_a_browser_says_a_valid_state_comes_out(before, said) -> None:
    after = from_settings(before, said, CHOICES)
    again, notices = from_query(to_query(after, CHOICES), CHOICES)
    assert notices == []  # every value lies in its bounds, so that the link to it is a good one
    named = {"protect": (), "caps": (), "layer": ""}  # checked against the network's layers by the page
    assert replace(again, **named) == replace(after, **named)
    chosen_elsewhere = ("architecture", "preset", "criterion", "reduce", "seed")
    assert all(getattr(after, name) == getattr(before, name) for name in chosen_elsewhere)


@PATIENT
@given(STATES)
def test_what_the_component_is_told_it_tells_back(value) -> None:
    told = json.loads(json.dumps(to_settings(value)))
    start = replace(default_state(CHOICES), preset=value.preset, seed=value.seed)
    start = replace(start, criterion=value.criterion, reduce=value.reduce)
    assert from_settings(start, told, CHOICES) == value
