"""What holds for every answer of the server: to whom it goes, and what a browser may make of it or fetch with it."""

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.component.serve import preloading

HEADERS = {
    "X-Content-Type-Options": "nosniff",  # a file is what its type says, never a script by its looks
    "Referrer-Policy": "same-origin",  # other sites do not learn the link that led to them
}


LIVE_PAGES = {"": "explore", "xray": "xray", "learn": "explore"}
"""The pages with live charts, by their address, and the view that they begin with."""


class Headers:
    """Adds the headers to every answer, and to a page with live charts what it will load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                view = LIVE_PAGES.get(scope["path"].rpartition("/")[2])
                if view and headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = preloading(view)
            await send(message)

        await self._app(scope, receive, with_headers)


def middleware() -> list[Middleware]:
    """In front of everything: no page is given to a host name that Streamlit would refuse at the websocket."""
    hosts = list(st.get_option("server.allowedHosts")) or ["*"]
    return [Middleware(Headers), Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
