"""What is put into the head of Streamlit's page, and into nothing else."""

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from explorer.first_paint import FirstPaint, painted

PAGE = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
BROWSER = {"accept": "text/html,application/xhtml+xml"}


def page(request: Request) -> Response:
    status = int(request.query_params.get("status", "200"))
    return HTMLResponse(PAGE, status, headers={"etag": "a file's", "last-modified": "yesterday"})


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/xray", page), Route("/data", lambda request: JSONResponse({"</head>": 1}))]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(FirstPaint), Middleware(GZipMiddleware)]))


def test_a_page_says_who_it_is_and_where_its_server_is(client: TestClient) -> None:
    answer = client.get("/xray", headers=BROWSER)
    assert "<title>RANP Explorer</title>" in answer.text
    assert "<title>Streamlit</title>" not in answer.text
    assert answer.text.count("window.__streamlit") == 1
    assert answer.text.index("window.__streamlit") < answer.text.index("</head>")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert {"etag", "last-modified", "content-encoding"}.isdisjoint(answer.headers)


def test_all_else_goes_through_as_it_is(client: TestClient) -> None:
    assert client.get("/data").json() == {"</head>": 1}
    assert "window.__streamlit" not in client.get("/xray?status=404", headers=BROWSER).text
    assert client.head("/xray", headers=BROWSER).status_code in (200, 405)


def test_streamlits_page_has_what_ours_takes_the_place_of() -> None:
    """Another release may write it otherwise: then this shows."""
    done = painted(PAGE.encode()).decode()
    assert done.count("<title>") == 1
    assert 'href="./favicon.png"' not in done
    assert done.count('rel="icon"') == 1
