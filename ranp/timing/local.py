"""Time tables that were measured on this machine, one a network: found again by whatever prices that network here."""

import logging
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from ranp.files import write_atomically
from ranp.fingerprint import fingerprint
from ranp.inputs import InputSpec, to_document
from ranp.plan import Provenance
from ranp.timing.document import read_table, table_bytes
from ranp.timing.table import Machine, TimeTable

log = logging.getLogger(__name__)


def keep_table(folder: Path, known: Provenance, inputs: InputSpec, table: TimeTable) -> None:
    """Keep the network's table in ``folder``, instead of one of before; where that fails it costs a warning."""
    try:
        path = _path(folder, known, inputs, table.machine)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, table_bytes(table))
    except (OSError, ValueError) as error:
        log.warning("the time table could not be kept in %s (%s)", folder, error)


def local_table(folder: Path, known: Provenance, inputs: InputSpec, machine: Machine) -> TimeTable | None:
    """The table that `keep_table` kept of the network on the machine; ``None`` where there is no whole one."""
    try:
        path = _path(folder, known, inputs, machine)
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("the time table is not used, measure it again: %s", error)
        return None


@lru_cache(maxsize=16)
def _read(path: Path, _: int) -> TimeTable:
    """The table as the file was written at some time; the same object as long as it is the same file."""
    return read_table(path)


def _path(folder: Path, known: Provenance, inputs: InputSpec, machine: Machine) -> Path:
    named = [known.architecture, known.preset, known.arguments, known.import_path]
    name = fingerprint(network=named, inputs=to_document(inputs.with_batch(1)), machine=asdict(machine))
    return folder / "tables" / f"{name}.json"
