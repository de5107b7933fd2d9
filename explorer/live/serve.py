"""What the live component loads from this server: its own files, plotly.js, and the packets of networks.

Nothing comes from elsewhere. Packets are kept in memory under the hash of their content: whoever draws a page asks for
its packet first, so one that was dropped is there again before a browser misses it. Files are read and compressed once,
and a page with live charts names them in its header, so that they come while Streamlit's own scripts start.
"""

import gzip
import hashlib
import mimetypes
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

_PLACE = "/live"
ASSETS = Path(__file__).resolve().parent / "assets"
PLOTLY = ASSETS.parent / "vendor" / "plotly-basic.min.js"
"""plotly.js with lines, bars and points: a quarter of the whole to load and to start, which half the wait was for.

From the package ``plotly.js-basic-dist-min`` on npm, of the version that the Python package ``plotly`` brings.
"""

PICTURES = {kind: ASSETS / "pictures" / f"pictures.{kind}" for kind in ("css", "js")}
"""What draws test examples with what networks make of them; the script imports nothing."""

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_PACKETS_KEPT = 64


class Packets:
    """The packets that pages use, the last ones used."""

    def __init__(self, kept: int = _PACKETS_KEPT) -> None:
        self._packets: OrderedDict[str, bytes] = OrderedDict()
        self._kept = kept
        self._lock = Lock()

    def add(self, packet: bytes) -> str:
        """Keep the packet; the name by which a browser asks for it.

        >>> packets = Packets()
        >>> packets.get(packets.add(b"network"))
        b'network'
        """
        name = hashlib.sha256(packet).hexdigest()[:32]
        with self._lock:
            self._packets[name] = packet
            self._packets.move_to_end(name)
            while len(self._packets) > self._kept:
                self._packets.popitem(last=False)
        return name

    def get(self, name: str) -> bytes | None:
        with self._lock:
            return self._packets.get(name)


PACKETS = Packets()


async def _packet(request: Request) -> Response:
    packet = PACKETS.get(request.path_params["name"])
    if packet is None:
        raise HTTPException(404, "this network is not at hand any more; reload the page")
    return Response(packet, media_type="application/octet-stream", headers=_FOREVER)


@dataclass(frozen=True)
class File:
    """A file as it goes over the wire: once as it is, once compressed, and the tag of its content."""

    plain: bytes
    compressed: bytes
    kind: str
    tag: str


@cache
def _file(path: Path) -> File:
    plain, kind = path.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream"
    return File(plain, gzip.compress(plain), kind, f'"{hashlib.sha256(plain).hexdigest()[:16]}"')


def _answer(request: Request, file: File) -> Response:
    """The file, or that the browser has it already: it asks each time, so that no page mixes two versions."""
    headers = {"ETag": file.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.plain, media_type=file.kind, headers=headers)
    return Response(file.compressed, media_type=file.kind, headers={**headers, "Content-Encoding": "gzip"})


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _names():
        raise HTTPException(404)
    return _answer(request, _file(ASSETS / name))


async def _plotly(request: Request) -> Response:
    return _answer(request, _file(PLOTLY))


@cache
def _names() -> frozenset[str]:
    return frozenset(path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*") if path.is_file())


@cache
def preloading(view: str) -> str:
    """The `Link` header of a page with this live view: plotly.js, and every module that the view is made of."""
    modules = [name for start in ("main.js", f"views/{view}.js") for name in imported(start)]
    links = [f"<{base()}/plotly.min.js>; rel=preload; as=script"]
    links += [f"<{base()}/assets/{name}>; rel=modulepreload" for name in dict.fromkeys(modules)]
    return ", ".join(links)


@cache
def imported(name: str) -> tuple[str, ...]:
    """The module of `ASSETS` and what it imports, and so on, each once."""
    found, waiting = dict.fromkeys([name]), [name]
    while waiting:
        path = ASSETS / waiting.pop()
        for other in re.findall(r'from "(\.[^"]+\.js)"', path.read_text(encoding="utf-8")):
            module = (path.parent / other).resolve().relative_to(ASSETS).as_posix()
            if module not in found:
                found[module] = None
                waiting.append(module)
    return tuple(found)


def base() -> str:
    """Where browsers find all this, below the path at which a proxy may serve the app."""
    prefix = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{prefix}{_PLACE}" if prefix else _PLACE


def routes() -> list[Mount]:
    """The routes for the server."""
    return [
        Mount(
            base(),
            routes=[
                Route("/packets/{name}", _packet),
                Route("/plotly.min.js", _plotly),
                Route("/assets/{name:path}", _asset),
            ],
        )
    ]
