"""The rows as a Markdown table, ratios first, under the machine and the versions that they hold for."""

import importlib.metadata
import os
import platform
from typing import Any

import psutil

from ranp.machine import processor_name

from .kept import Kept
from .load import caution
from .row import Row

VERSIONS = ("torch", "numpy", "streamlit", "torch-pruning")


def machine() -> dict[str, Any]:
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in VERSIONS},
    }


def quantity(value: float, unit: str) -> str:
    """A number with the unit that suits its size: 0.00021 s is 0.21 ms."""
    if not unit:
        return f"{value:,.0f}"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "bytes":
        return f"{value / 2**20:,.0f} MiB"
    for factor, name in ((1, "s"), (1e3, "ms")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value * 1e6:.3g} µs"


def ratio(value: float) -> str:
    return f"{value:,.0f} x" if value >= 100 else f"{value:.3g} x"


def cells(row: Row) -> tuple[str, ...]:
    return (
        "" if row.ratio is None else ratio(row.ratio),
        row.name,
        quantity(row.ours, row.unit),
        "" if row.beside is None else f"{quantity(row.beside, row.unit)} ({row.beside_name})",
        aim(row),
        row.how,
    )


def aim(row: Row) -> str:
    if row.limit is None:
        return ""
    limit = ratio(row.limit) if row.ratio is not None else quantity(row.limit, row.unit)
    return f"{row.sense} {limit}: {'met' if row.met else 'MISSED'}"


def markdown(kept: Kept) -> str:
    """Ratios first, then absolute figures; above them a caution where the machine was not idle."""
    ordered = sorted((row for rows in kept.rows.values() for row in rows), key=lambda row: row.ratio is None)
    body = [("ratio", "what", "ours", "beside", "aim", "how"), ("---",) * 6, *map(cells, ordered)]
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in kept.machine.items())
    warned = [warning, ""] if (warning := caution(kept.busy)) else []
    return "\n".join([*warned, f"Measured on: {about}.", "", *("| " + " | ".join(row) + " |" for row in body)])
