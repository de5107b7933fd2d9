"""The time table of contestants: the one that is named, or else the usual one of their network."""

from collections.abc import Sequence
from pathlib import Path

from ranp.checks import Check, Contestant, usual_table
from ranp.cli.time_table import MEASURED
from ranp.subject import Subject, cache_root
from ranp.timing import SHIPPED, TableFile, error_in_words, known_error, table_file, this_machine, time_pricers


def table_for(contestants: Sequence[Contestant], path: Path | None, subject: Subject) -> TableFile | None:
    """The table by which the contestants are pruned; ``None`` where none of them needs seconds.

    Raises:
        ValueError: one needs seconds and there is no table, or it is of another network.
    """
    wanting = next((each.needs_seconds for each in contestants if each.needs_seconds), None)
    if wanting is None:
        return None
    found = usual_table(subject) if path is None else table_file(path)
    if found is None:
        raise ValueError(f"{wanting} needs {MEASURED}: none was measured here, and none comes with {subject.title}")
    network = subject.network(0)
    time_pricers(found.read(), network.shapes(), network.trace())  # of another network it would end every contestant
    return found


def table_in_words(check: Check) -> list[str]:
    """Whose seconds a check goes by and how far they are off, as a sentence; none where it goes by none."""
    if check.time_table is None:
        return []
    try:
        table = check.time_table.read()
    except ValueError as error:
        return [f"The time table of this check cannot be read any more: {error}."]
    machine, path = table.machine, check.time_table.path
    where = "which comes with the library" if path.startswith(SHIPPED) else f"in {path}"
    off = error_in_words(known_error(cache_root() / "times", table, "training", this_machine()))
    return [
        f"Seconds are those of {table.network} at batch {table.batch} on {machine.name} ({machine.device}, "
        f"{machine.threads} thread{'s' if machine.threads > 1 else ''}), by a time table {where}: {off}."
    ]
