"""Who asks for a computation, and whether they are still there: a visitor is a session, one open tab.

Which tabs are one person's is told by the cookie of their browser and their address; of a browser that keeps no cookie,
by the address alone. A person may forge both in part, so there is a limit for an address, too.
"""

from hashlib import sha256

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.compute.job import Visitor
from explorer.compute.queue import Visitors

COOKIE = "ranp_visitor"
"""Random, set with a page (`explorer.guard`), and forgotten when the browser is closed."""


def asking() -> Visitor | None:
    """The session whose page is being drawn in this thread, if any."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else of(context.session_id)


def of(session: str) -> Visitor:
    """Whose tab a session is; one without a browser, as tests draw pages, or that is over, is a person of its own."""
    client = get_instance().get_client(session) if exists() else None
    browser = None if client is None else client.client_context
    address = None if browser is None else browser.remote_ip
    if browser is None or not isinstance(address, str):
        return Visitor(session, session)
    return Visitor(session, person(address, browser.cookies.get(COOKIE)), address)


def person(address: str, cookie: str | None) -> str:
    """A name for whoever has this address and cookie, from which neither can be told."""
    return sha256(f"{address} {cookie or ''}".encode()).hexdigest()[:16]


def present(visitor: Visitor) -> bool:
    """Whether the visitor's tab is open. Without a server there is nobody who could leave."""
    return not exists() or get_instance().is_active_session(visitor.session)


SESSIONS = Visitors(asking, present)
