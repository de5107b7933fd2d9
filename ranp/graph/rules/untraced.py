"""Code that no tracer gets through: what reaches it stays whole, and what it costs is in no figure."""

from typing import Any

from ranp.graph.call import Call
from ranp.graph.labels import Reason

UNTRACED = "code that was not traced"


def untraced(call: Call) -> Any:
    """Freeze all inputs, and say into what they go."""
    call.flow.uncounted[f"{UNTRACED} in '{call.owner}'"] = None
    reason = Reason(UNTRACED, call.owner, f"its output goes into {call['why']}")
    for value in call.tensors:
        if value.dim is not None:
            call.flow.labels.freeze(value.labels, reason)
        if value.parameter is not None:
            call.flow.freeze_parameter(value.parameter, reason)
    return call.untracked()


RULES = {"untraced": untraced}
