"""Run the measurements and print one table:

python -m tests.benchmarks [--json] [--only NAME ...] [--out FILE.json [--add]]
python -m tests.benchmarks --show FILE.json [--only NAME ...]
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ranp.files import check_writable

from .kept import Kept
from .load import busy_percent
from .table import machine, markdown

# name -> module with measure() -> list[Row]; loaded when its turn comes, so that none pays for another's imports
MEASUREMENTS = {
    "pricing": "tests.benchmarks.measurements.pricing",
    "tracing": "tests.benchmarks.measurements.tracing",
    "scoring": "tests.benchmarks.measurements.scoring",
    "starting": "tests.benchmarks.measurements.starting",
    "commands": "tests.benchmarks.measurements.commands",
    "resident": "tests.benchmarks.measurements.resident",
    "peers": "tests.benchmarks.measurements.peers",
    "correctness": "tests.benchmarks.measurements.correctness",
    "growth": "tests.benchmarks.measurements.growth",
    "training": "tests.benchmarks.measurements.training",
    "time": "tests.benchmarks.measurements.time",
    "opening": "tests.benchmarks.measurements.opening",
    "latency": "tests.benchmarks.measurements.latency",
    "sessions": "tests.benchmarks.measurements.sessions",
    "soak": "tests.benchmarks.measurements.soak",
}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure speed and memory, ratios first.")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of a table")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS), metavar="NAME")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also keep the figures in this file")
    parser.add_argument("--add", action="store_true", help="to what that file holds, measured on the same machine")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing: show what is kept in this file")
    parser.add_argument("--check", action="store_true", help="exit with 1 when an aim was missed")
    options = parser.parse_args(given)
    if options.add and options.out is None:
        parser.error("--add needs --out FILE, the file to add to")
    return options


def started(file: Path | None) -> Kept:
    """What the file holds, to measure more; nothing without one. Raises ``ValueError`` where it is of elsewhere."""
    here = machine()
    if file is None or not file.exists():
        return Kept(here, {}, {})
    kept = Kept.read(file)
    if kept.machine != here:
        raise ValueError(f"{file} was measured on {kept.machine}, not on this machine ({here}); leave --add out")
    return kept


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    if options.out is not None:
        check_writable(options.out)
    if options.show is not None:
        kept = Kept.read(options.show)
    else:
        kept = started(options.out if options.add else None)
        for name in options.only:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            kept.busy[name] = busy_percent()
            kept.rows[name] = importlib.import_module(MEASUREMENTS[name]).measure()
            if options.out is not None:
                kept.write(options.out)
    kept = kept.only(options.only)
    print(json.dumps(kept.as_json(), indent=2) if options.json else markdown(kept))
    missed = [row.name for rows in kept.rows.values() for row in rows if not row.met]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
