"""What holds for every answer of the server: to whom it goes, and what a browser may make of it or fetch with it."""

import secrets
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from explorer.compute import COOKIE
from explorer.first_paint import FirstPaint
from explorer.limits import LIMITS_HERE
from explorer.live import preloading
from explorer.uploads import Uploads

HEADERS = {
    "X-Content-Type-Options": "nosniff",  # a file is what its type says, never a script by its looks
    "Referrer-Policy": "same-origin",  # other sites do not learn the link that led to them
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PORTS = {"http": 80, "https": 443}


def framing(embed: tuple[str, ...]) -> dict[str, str]:
    """The headers that say which pages may show the app in a frame: its own, and those that the operator names."""
    policy = " ".join(["frame-ancestors 'self'", *embed]) + "; base-uri 'self'; object-src 'none'"
    # The older header knows no list of sites, so it is left out where there is one.
    return {"Content-Security-Policy": policy, **({} if embed else {"X-Frame-Options": "SAMEORIGIN"})}


LIVE_PAGES = {
    "": "explore",
    "xray": "xray",
    "learn": "lesson",
    **dict.fromkeys(("compare", "training", "export", "counting"), "plan"),
}
"""The pages with live charts or the bar of the plan, by their address, and the view that they begin with."""


class Headers:
    """Adds the headers to every answer, and to a page with live charts what it will load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = {**HEADERS, **framing(LIMITS_HERE.embed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if headers.get("content-type", "").startswith("text/html") and not _cookie(scope):
                    headers.append("Set-Cookie", _new_cookie(scope))
                view = LIVE_PAGES.get(scope["path"].rpartition("/")[2])
                if view and headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = preloading(view)
            await send(message)

        await self._app(scope, receive, with_headers)


class OwnPages:
    """Lets nobody open the websocket but pages of this very server: scheme aside, the same host and the same port.

    Streamlit would let in any page of this machine, whatever its port. A proxy may end TLS, so the scheme says nothing;
    who sends no origin is no browser, and carries nobody's cookies.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            headers = RequestHeaders(scope=scope)
            if not is_own(headers.get("origin"), headers.get("host", "")):
                await WebSocketClose(code=1008)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_own(origin: str | None, host: str) -> bool:
    """Whether a page of that origin is this server's, which was called by that host, or one that the operator named.

    >>> is_own("https://lab.example", "lab.example:443"), is_own("http://lab.example:8080", "lab.example:8501")
    (True, False)
    """
    if origin is None or not st.get_option("server.enableCORS"):
        return True
    if origin in {allowed.strip() for allowed in st.get_option("server.corsAllowedOrigins")}:
        return True
    try:
        page = urlsplit(origin)
        here = urlsplit(f"{page.scheme}://{host}")
        default = _PORTS[page.scheme]
        return page.hostname is not None and (page.hostname, page.port or default) == (
            here.hostname,
            here.port or default,
        )
    except (ValueError, KeyError):
        return False


def _cookie(scope: Scope) -> str | None:
    found = SimpleCookie(RequestHeaders(scope=scope).get("cookie", "")).get(COOKIE)
    return None if found is None else found.value


def _new_cookie(scope: Scope) -> str:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={secrets.token_urlsafe(16)}; Path=/; HttpOnly; SameSite=Lax{secure}"


def middleware() -> list[Middleware]:
    """In front of everything: no page is given to a host name that Streamlit would refuse at the websocket."""
    hosts = list(st.get_option("server.allowedHosts")) or ["*"]
    return [
        Middleware(Headers),
        Middleware(FirstPaint),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(OwnPages),
        Middleware(Uploads, megabytes=LIMITS_HERE.uploads_mb),
    ]
