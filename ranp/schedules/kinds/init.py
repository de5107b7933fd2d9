"""At initialization: the network begins as small as it ends. Also the full network, of which nothing goes."""

from ranp.plan import Plan
from ranp.schedules.ground import Ground
from ranp.schedules.kinds.scheduled import Scheduled
from ranp.schedules.options import Value


class AtInitialization(Scheduled):
    """``ground.model`` is what is trained; its plan, and the memory of its step, whoever built it knows."""

    def plan(self) -> Plan | None:
        """Nothing goes while it trains."""
        return None

    def peak(self) -> int | None:
        """As the meter has it."""
        return self.ground.meter.peak


def at_initialization(ground: Ground, options: dict[str, Value]) -> AtInitialization:
    """What RANP does."""
    return AtInitialization(ground)
