"""What the browser shows before Streamlit's scripts have run: the page's own name, icon and shape instead of white.

It is put into the head of Streamlit's page on its way out, together with the address of the server, which Streamlit
would else look for by requests that fail, and with what keeps the browser's history to one entry a gesture.
"""

import base64
from functools import cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer import ASSETS

_END = b"</head>"
_OWN = (b"<title>Streamlit</title>", b'<link rel="shortcut icon" href="./favicon.png" />')
"""What ours takes the place of."""


class FirstPaint:
    """Adds it to every page; whatever else goes through as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def with_first_paint(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    page = painted(bytes(body))
                    await send(_sized(start, len(page)))
                    await send({**message, "body": b"" if scope["method"] == "HEAD" else page})

        await self._app(_uncompressed(scope), receive, with_first_paint)


def painted(page: bytes) -> bytes:
    """The page with what is shown first.

    >>> painted(b"<head><title>Streamlit</title></head><body>").count(b"<title>")
    1
    """
    for own in _OWN:
        page = page.replace(own, b"", 1)
    return page.replace(_END, _addition() + _END, 1)


@cache
def _addition() -> bytes:
    icon = base64.b64encode((ASSETS / "favicon.svg").read_bytes()).decode("ascii")
    text = (ASSETS / "first_paint.html").read_text(encoding="utf-8")
    gestures = (ASSETS / "gestures.js").read_text(encoding="utf-8").strip()
    return text.replace("{icon}", f"data:image/svg+xml;base64,{icon}").replace("{gestures}", gestures).encode()


def _uncompressed(scope: Scope) -> Scope:
    """A request for a page, as of a browser that takes none compressed; any other request as it is."""
    if "text/html" not in Headers(scope=scope).get("accept", ""):
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]}


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    return html and start["status"] == 200 and "content-encoding" not in headers


def _sized(start: Message, length: int) -> Message:
    """The answer's head for a page of that many bytes, which is not the file that the tag and the date are of."""
    headers = MutableHeaders(raw=list(start["headers"]))
    for name in ("etag", "last-modified"):
        if name in headers:
            del headers[name]
    headers["content-length"] = str(length)
    return {**start, "headers": headers.raw}
