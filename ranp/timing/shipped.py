"""The time tables that come with the library: each classroom preset, measured on one machine with two cores.

Each file is what ``ranp time ARCHITECTURE --preset PRESET --batch 2 --threads 1 --within 150 --out FILE`` wrote there.
A table names its machine; on another one it says how plans compare, and not how long they take.
"""

from functools import cache
from pathlib import Path

from ranp.timing.document import read_table
from ranp.timing.table import TimeTable

_FOLDER = Path(__file__).with_name("tables")


@cache
def shipped_table(architecture: str, preset: str) -> TimeTable | None:
    """The table of a preset of the library's; ``None`` where none comes with it."""
    path = shipped_path(architecture, preset)
    return None if path is None else read_table(path)


def shipped_path(architecture: str, preset: str) -> Path | None:
    """Where that table lies; no name leads out of the folder."""
    known = {path.stem: path for path in _FOLDER.glob("*.json")}
    return known.get(f"{architecture}-{preset}")
