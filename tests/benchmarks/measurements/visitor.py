"""A visitor without a browser: one websocket to the server, in Streamlit's own messages.

It opens the page, and then reports moves of the live component as the browser does; each run of the page is over when
the server says so.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect


@dataclass
class Visitor:
    """One session. `component` and `data` are the live component's widget and what the server handed to it."""

    socket: ClientConnection
    component: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    async def open(self, query: str = "", page: str = "") -> float:
        """Seconds until the page stands; `page` is its hash, if it is not the first."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = page
        return await self._run(message)

    async def move(self, stamp: int, **settings: Any) -> float:
        """Report where the controls stand; seconds until the server's page has followed."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.component
        told = {**self.data["settings"], **settings, "revision": self.data["revision"], "stamp": stamp}
        state.json_value = json.dumps({"settings": told})
        return await self._run(message)

    async def _run(self, message: BackMsg) -> float:
        started = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            received = ForwardMsg()
            received.ParseFromString(await self.socket.recv())
            kind = received.WhichOneof("type")
            if kind == "delta":
                self._look_at(received.delta.new_element)
            elif kind == "script_finished" and received.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return time.perf_counter() - started

    def _look_at(self, element: Any) -> None:
        if element.HasField("bidi_component"):
            data = json.loads(element.bidi_component.json or "null")
            if data and "settings" in data:  # the live charts', and not another's
                self.component, self.data = element.bidi_component.id, data
        elif element.HasField("exception"):
            self.errors.append(element.exception.message)
        elif element.HasField("alert") and element.alert.format == 1:
            self.errors.append(element.alert.body)


async def visit(port: int) -> Visitor:
    """A visitor whose connection stands."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    socket = await connect(address, subprotocols=["streamlit"], origin=f"http://127.0.0.1:{port}", max_size=None)  # type: ignore[list-item,arg-type]
    return Visitor(socket)
