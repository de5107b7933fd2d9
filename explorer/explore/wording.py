"""What Explore says of a time table that the visitor brings along."""

from explorer.page import timing
from explorer.units import percent
from ranp.timing import TimeTable

TABLE_TITLE = "Times of your own machine"
TABLE_ABOUT = """Seconds are of one machine. Measure a table on the one that you train on, be it a server with a GPU,
and load it here: it prices every plan of this network until you leave, and stays in this browser tab alone."""
TABLE_FILE = "A time table (.json)"
TABLE_FORGET = "Forget it"


def refining(done: float, examples: int) -> str:
    """While charts of one example are shown."""
    return f"Charts of **1 example**. {examples} are being computed: {percent(done)}."


def in_use(table: TimeTable) -> str:
    """Which table of the visitor's prices the network."""
    return f"In use: your table of {timing.machine(table)}, batch {table.batch:,}."


def refused(reason: str) -> str:
    """Why a file is not used as a table."""
    return f"This file is not used: {reason}."
