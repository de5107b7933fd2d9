"""What a check has found so far, on disk while it runs, so that the same check goes on where it was stopped.

One file a check in the folder of the cache, by the hash of everything that its results hang on: the check itself, the
versions, and the source text of the modules of one's own that it names. A run that ended with a score is kept as soon
as it ends; one that failed is tried again. The file goes when the check is complete.
"""

import json
import logging
from dataclasses import replace
from pathlib import Path

from ranp.checks.check import Check
from ranp.checks.entry import Entry
from ranp.files import MAPPING, TEXT, check, parse_json, read_regular, write_atomically
from ranp.fingerprint import fingerprint
from ranp.subject import cache_root, code_hashes
from ranp.versions import versions

log = logging.getLogger(__name__)

MOST_BYTES = 2**28
_SCHEMA = {"key": TEXT, "entries": [MAPPING]}


class KeptEntries:
    """The entries of a check that ended, in a file of their own.

    A file that is damaged, or of another check, is as good as none. A folder that cannot be written costs a warning,
    and what is found is then not kept: ``written`` tells. ``saved_in`` is the folder in which the trained networks are
    saved as well, for whoever wants them there.
    """

    def __init__(self, asked: Check, root: Path | None = None, saved_in: Path | None = None) -> None:
        self._key = _key(asked, saved_in)
        self.path = (root or cache_root()) / "checks" / f"{self._key}.json"
        self.entries: tuple[Entry, ...] = self._read()
        self.written = True

    def add(self, entry: Entry) -> None:
        """Keep one more, unless it failed."""
        if entry.failed:
            return
        self.entries = (*self.entries, entry)
        document = {"key": self._key, "entries": [each.as_dict() for each in self.entries]}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps(document, allow_nan=False).encode())
            self.written = True
        except (OSError, ValueError) as error:
            if self.written:
                log.warning("what is finished cannot be kept in %s (%s)", self.path.parent, error)
            self.written = False

    def forget(self) -> None:
        """The check is complete: the next one begins anew."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s could not be removed (%s); delete it before you train the same again", self.path, error)

    def _read(self) -> tuple[Entry, ...]:
        try:
            document = parse_json(read_regular(self.path, MOST_BYTES), str(self.path))
            check(document, _SCHEMA, str(self.path))
            found = tuple(Entry.from_dict(each) for each in document["entries"])
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError) as error:
            log.warning("what was kept of this check cannot be used, and all of it is trained again: %s", error)
            return ()
        return found if document["key"] == self._key else ()


def _key(asked: Check, saved_in: Path | None) -> str:
    whole = replace(asked, recipe=asked.used_recipe).as_dict()
    folder = None if saved_in is None else str(saved_in.resolve())
    return fingerprint(check=whole, versions=versions(), code=code_hashes(asked.code), saved_in=folder)
