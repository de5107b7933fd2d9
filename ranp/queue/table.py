"""What a sweep found: its trials as a table, and those on the Pareto front."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ranp.checks import summarise
from ranp.extras import extra
from ranp.files import make_folder_of, write_atomically
from ranp.pareto import unbeaten
from ranp.queue.database import Database, answered
from ranp.queue.job import Job, jobs
from ranp.version import __version__

if TYPE_CHECKING:
    import pandas

WRITERS = {".csv": "to_csv", ".parquet": "to_parquet"}
"""Suffix -> the method of a table that writes it."""

_RESOURCES = (
    "macs",
    "params",
    "activations",
    "peak_training_bytes",
    "cpu_seconds",
    "wall_seconds",
)


def front(database: Database, name: str) -> list[Job]:
    """The trials of a sweep that no other beats in score, MACs and activations at once."""
    study = database.study(name)
    with answered(database):
        signs = [-1 if direction.name == "MAXIMIZE" else 1 for direction in study.directions]
    ended = [job for job in jobs(database, study=name) if job.values]
    places = [tuple(sign * value for sign, value in zip(signs, job.values, strict=True)) for job in ended]
    return [job for job, best in zip(ended, unbeaten(places), strict=True) if best]


def table(database: Database, name: str) -> "pandas.DataFrame":
    """One row a trial: its parameters, values, figures, resources, state and reason."""
    with extra("queue", "the table of a sweep"):
        import pandas

    best = {job.number for job in front(database, name)}
    return pandas.DataFrame([_row(job, job.number in best) for job in jobs(database, study=name)])


def export(database: Database, name: str, path: Path) -> int:
    """Write the table as CSV or Parquet, as the path ends, whole or not at all; how many rows."""
    if path.suffix not in WRITERS:
        raise ValueError(f"'{path}' must end in {' or '.join(WRITERS)}")
    rows = table(database, name)
    make_folder_of(path)
    write_atomically(path, table_bytes(rows, path.suffix))
    return len(rows)


def table_bytes(rows: "pandas.DataFrame", suffix: str) -> bytes:
    """The table as the content of a file that ends so."""
    if suffix == ".parquet":
        with extra("queue", "writing Parquet"):
            import pyarrow  # noqa: F401 pandas looks for it, and tells more than one sentence where it is not
    file = io.BytesIO()
    getattr(rows, WRITERS[suffix])(file, index=False)
    return file.getvalue()


def _row(job: Job, best: bool) -> dict[str, Any]:
    found = summarise(job.entries)[-1] if job.entries else None
    figures = {} if found is None else found.figures
    return {
        "trial": job.number,
        "state": job.state,
        "pareto": best,
        **job.parameters,
        "score": None if found is None else found.mean,
        **{name: None if found is None else getattr(found, name) for name in _RESOURCES},
        **{f"figure_{name}": value for name, value in figures.items()},
        "seeds": len(job.entries),
        "reason": job.reason,
        "worker": job.worker,
        "ranp": job.versions.get("ranp", __version__),
        "torch": job.versions.get("torch"),
    }
