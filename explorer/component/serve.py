"""What the live component loads from this server: its own files, plotly.js, and the packets of networks.

Nothing comes from elsewhere. Packets are kept in memory under the hash of their content: whoever draws a page asks for
its packet first, so one that was dropped is there again before a browser misses it.
"""

import hashlib
from collections import OrderedDict
from importlib.resources import files
from pathlib import Path
from threading import Lock

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

_PLACE = "/live"
ASSETS = Path(__file__).parent / "assets"
PLOTLY = Path(str(files("plotly"))) / "package_data" / "plotly.min.js"
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


async def _plotly(request: Request) -> Response:
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


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
                Mount("/assets", StaticFiles(directory=ASSETS)),
            ],
        )
    ]
