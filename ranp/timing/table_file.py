"""A time table as part of something that is asked for: named by its file and the hash of it, and read where it is used.

Who asks and who computes may be two processes on two machines. Both read the very same seconds, or the second one says
why not.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ranp.files import read_regular, write_atomically
from ranp.timing.document import MOST_BYTES, table_bytes, table_from
from ranp.timing.shipped import shipped_path
from ranp.timing.table import TimeTable

SHIPPED = "shipped:"
"""What the path of a table that comes with the library begins with, before its network and preset."""


@dataclass(frozen=True)
class TableFile:
    """Where a table lies, an absolute path or `SHIPPED` with a name, and the hash of its bytes."""

    path: str
    sha256: str

    def __post_init__(self) -> None:
        if not (isinstance(self.path, str) and isinstance(self.sha256, str) and self.path):
            raise ValueError(
                f"a time table is named by a path and a hash, two texts, not {self.path!r}, {self.sha256!r}"
            )

    def read(self) -> TimeTable:
        """The table; ``ValueError`` where it is gone, or another one than it was."""
        content = _content(self.path)
        if sha256(content).hexdigest() != self.sha256:
            raise ValueError(
                f"the time table {self.path} has changed since it was chosen; bring it back, or choose it again"
            )
        return table_from(content, self.path)


def table_file(path: Path) -> TableFile:
    """The table at ``path``; ``ValueError`` for a file that is none."""
    content = _content(str(path))
    table_from(content, str(path))
    return TableFile(str(path.resolve()), sha256(content).hexdigest())


def shipped_file(architecture: str, preset: str) -> TableFile | None:
    """The table of a preset of the library's; ``None`` where none comes with it."""
    path = shipped_path(architecture, preset)
    return None if path is None else TableFile(SHIPPED + path.stem, sha256(path.read_bytes()).hexdigest())


def kept_file(folder: Path, table: TimeTable) -> TableFile:
    """The table as a file in ``folder`` that stays as it is, by its own hash; ``OSError`` where none can be written."""
    content = table_bytes(table)
    known = sha256(content).hexdigest()
    path = folder / "asked" / f"{known}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    return TableFile(str(path.resolve()), known)


def _content(path: str) -> bytes:
    place = Path(path)
    if path.startswith(SHIPPED):
        found = shipped_path(*path.removeprefix(SHIPPED).partition("-")[::2])
        if found is None:
            raise ValueError(f"no time table '{path}' comes with this version; choose another one, or measure one")
        place = found
    try:
        return read_regular(place, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError(
            f"there is no time table {path} on this machine; bring it back, or choose another one"
        ) from error
    except OSError as error:
        raise ValueError(
            f"the time table {path} cannot be read ({error.strerror or error}); choose another one"
        ) from error
