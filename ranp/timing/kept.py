"""What was timed before, task by task, in a folder: nothing is timed twice, and what was cut off goes on."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

from ranp.files import MAPPING, NUMBER, check, parse_json, read_regular, write_atomically
from ranp.fingerprint import fingerprint
from ranp.timing.document import grid_document, grid_from, sizes_document, sizes_from
from ranp.timing.grid import axes, sizes_to_time
from ranp.timing.table import Grid, Machine, Sizes
from ranp.timing.work import Task

log = logging.getLogger(__name__)

_MOST_BYTES = 2**24


class Kept:
    """The place of one task in the folder, by everything that its seconds depend on."""

    def __init__(self, folder: Path, task: Task, step: int, machine: Machine) -> None:
        what = axes(task, step) if task.by_width else [size for size, _, _ in sizes_to_time(task)]
        name = fingerprint(task=task.key, at=[*map(str, what)], machine=asdict(machine))
        self._path = folder / f"{name}.json"

    def read(self) -> tuple[Grid | Sizes, float] | None:
        """What was timed, and how its repeats spread; None where nothing whole is there."""
        try:
            document = parse_json(read_regular(self._path, _MOST_BYTES), str(self._path))
            check(document, {"spread": NUMBER, "found": MAPPING}, str(self._path))
            read = grid_from if "axes" in document["found"] else sizes_from
            return read(document["found"], str(self._path)), document["spread"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("kept times are not used, and are measured again: %s", error)
            return None

    def write(self, found: Grid | Sizes, spread: float) -> tuple[Grid | Sizes, float]:
        """Keep what was timed; the same again."""
        document = {
            "spread": spread,
            "found": grid_document(found) if isinstance(found, Grid) else sizes_document(found),
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(document, allow_nan=False).encode())
        except OSError as error:
            log.warning("times could not be kept in %s (%s)", self._path.parent, error)
        return found, spread
