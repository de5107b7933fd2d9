"""Measure the gallery, and print its table:

python -m tests.benchmarks.gallery [--only NAME ...] [--out FILE.json]
python -m tests.benchmarks.gallery --show FILE.json
"""

import argparse
import importlib.metadata
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ranp.files import check_writable, read_text, write_atomically
from ranp.models import GALLERY

from ..table import machine
from .row import HEAD, GalleryRow, cells, measure

PACKAGES = ("monai", "dynamic-network-architectures")


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make gallery", description="Measure the networks of the gallery.")
    parser.add_argument("--only", nargs="+", choices=list(GALLERY), metavar="NAME", help="these, beside those kept")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the figures in this file, after each network")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, show figures that were kept")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    if options.show is not None:
        print(markdown(json.loads(read_text(options.show))))
        return 0
    if options.out is not None:
        check_writable(options.out)
    rows = before(options.out) if options.only else {}
    for name in options.only or GALLERY:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows[name] = asdict(measure(name))
        if options.out is not None:
            write_atomically(options.out, (json.dumps(document(rows), indent=1) + "\n").encode())
    print(markdown(document(rows)))
    return 0


def before(out: Path | None) -> dict[str, Any]:
    """What the file holds already."""
    return {} if out is None or not out.exists() else dict(json.loads(read_text(out))["networks"])


def document(rows: dict[str, Any]) -> dict[str, Any]:
    """All that is kept, in the order of the gallery."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"machine": {**machine(), **versions}, "networks": {name: rows[name] for name in GALLERY if name in rows}}


def markdown(kept: dict[str, Any]) -> str:
    """A line a network."""
    lines = [cells(name, GalleryRow(**figures)) for name, figures in kept["networks"].items()]
    body = [HEAD, ("---", "---", *("---:",) * 4, "---", "---:", "---:"), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in body)


if __name__ == "__main__":
    sys.exit(main())
