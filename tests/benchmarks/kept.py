"""What was measured, on which machine, as it is kept in a file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ranp.files import read_text, write_atomically

from .load import caution
from .row import Row


@dataclass(frozen=True)
class Kept:
    """Rows by measurement, the machine and its versions, and how busy it was before each, in percent."""

    machine: dict[str, Any]
    busy: dict[str, float]
    rows: dict[str, list[Row]]

    @classmethod
    def read(cls, file: Path) -> "Kept":
        found = json.loads(read_text(file))
        rows = {name: [_row(row) for row in measured] for name, measured in found["rows"].items()}
        return cls(found["machine"], found["busy_percent"], rows)

    def write(self, file: Path) -> None:
        """Into the file as a whole, or not at all; what it held before is replaced."""
        write_atomically(file, (json.dumps(self.as_json(), indent=1) + "\n").encode())

    def only(self, names: list[str]) -> "Kept":
        """These measurements, as far as they were made."""
        busy = {name: share for name, share in self.busy.items() if name in names}
        return Kept(self.machine, busy, {name: self.rows[name] for name in names if name in self.rows})

    def as_json(self) -> dict[str, Any]:
        """With what the figures mean: whether each aim was met, and a caution where the machine was not idle."""
        rows = {name: [_document(row) for row in measured] for name, measured in self.rows.items()}
        return {"machine": self.machine, "busy_percent": self.busy, "caution": caution(self.busy), "rows": rows}


def _document(row: Row) -> dict[str, Any]:
    found = {**asdict(row), "met": row.met}
    return found if row.points else {key: value for key, value in found.items() if key != "points"}


def _row(document: dict[str, Any]) -> Row:
    points = tuple(map(tuple, document.get("points", ())))
    return Row(**{**{key: value for key, value in document.items() if key != "met"}, "points": points})
