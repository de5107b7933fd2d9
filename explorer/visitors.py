"""Who asks for a computation, and whether they are still there: a visitor is a session, one open tab."""

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.jobs import Visitors


def asking() -> str | None:
    """The session whose page is being drawn in this thread, if any."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def present(session: str) -> bool:
    """Whether the session's tab is open. Without a server there is nobody who could leave."""
    return not exists() or get_instance().is_active_session(session)


SESSIONS = Visitors(asking, present)
