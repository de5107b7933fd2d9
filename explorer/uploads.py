"""How much of what visitors upload is kept: a part of a limit each, over all tabs, and nothing of who has left.

Streamlit bounds one file, keeps any number of a session, and forgets none of a session that did not end in order.
"""

import asyncio
from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import get_option
from streamlit.runtime import Runtime, exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from explorer.compute import visitors

FILES_EACH = 2
"""So many files of the largest size may be kept of a person: one, and the next one while it takes its place."""
KEEP_SECONDS = 130.0
"""A little longer than Streamlit waits for a session whose connection broke off."""

FULL = "So much has been uploaded that there is no room for this file; remove one, or try again later."


class Uploads:
    """Refuses an upload for which there is no room, and drops those of sessions that are over."""

    def __init__(self, app: ASGIApp, megabytes: int) -> None:
        self._app = app
        self._room = megabytes << 20
        self._coming: Counter[str] = Counter()  # bytes on their way, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            try:
                await self._app(scope, receive, send)
            finally:
                asyncio.get_running_loop().call_later(KEEP_SECONDS, drop_departed)
        elif scope["type"] == "http" and scope["method"] == "PUT" and "/upload_file/" in scope["path"]:
            await self._put(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _put(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["path"].split("/upload_file/")[1].split("/")[0]
        size = _size(scope)
        if not self._has_room(session, size):
            await _heard_out(receive)
            await PlainTextResponse(FULL, 413)(scope, receive, send)
            return
        self._coming[session] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[session] -= size
            self._coming += Counter()  # without those of which nothing comes

    def _has_room(self, session: str, size: int) -> bool:
        if self._fits(session, size):
            return True
        drop_departed()
        return self._fits(session, size)

    def _fits(self, session: str, size: int) -> bool:
        """Whether the file finds room among all, among those of its address (half of it), and of its person."""
        each, taken = FILES_EACH * _largest(), kept_bytes() + self._coming
        owners, me = {other: visitors.of(other) for other in taken}, visitors.of(session)
        near = sum(taken[other] for other, owner in owners.items() if me.address and owner.address == me.address)
        mine = sum(taken[other] for other, owner in owners.items() if owner.person == me.person)
        return (
            mine + size <= each
            and near + size <= max(each, self._room // 2)
            and taken.total() + size <= self._room
        )  # fmt: skip


async def _heard_out(receive: Receive) -> None:
    """Let a file that is refused come and keep nothing of it: a browser reads no answer before it has sent all.

    Who sends more than any file may have is cut off.
    """
    come = 0
    while come <= 2 * _largest():
        message = await receive()
        come += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def kept_bytes() -> Counter[str]:
    """The bytes of uploads that are kept, by session."""
    files = _manager().file_storage if exists() else {}
    return Counter({session: sum(len(file.data) for file in own.values()) for session, own in list(files.items())})


def drop_departed() -> None:
    """Forget the uploads of sessions whose connection is closed."""
    if not exists():
        return
    runtime: Runtime = get_instance()
    for session in list(_manager().file_storage):
        if not runtime.is_active_session(session):
            _manager().remove_session_files(session)


def _manager() -> MemoryUploadedFileManager:
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager), "this version of Streamlit keeps uploads elsewhere"
    return manager


def _size(scope: Scope) -> int:
    """What a request says that it brings; one that does not say may bring the most."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else _largest()


def _largest() -> int:
    return int(get_option("server.maxUploadSize")) << 20
