"""Measure the real networks of `tests.real_networks`, and print their table:

python -m tests.benchmarks.networks [--only WORD ...] [--out FILE.json] [--resume]
python -m tests.benchmarks.networks --show FILE.json
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
from tests.real_networks import LEFT_OUT, NETWORKS

from .load import busy_percent, caution
from .networks_row import measure
from .networks_table import markdown
from .table import machine

PACKAGES = ("monai", "dynamic-network-architectures", "pytorchvideo")


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make networks", description="Try the library on real networks.")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="networks with it in their title")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the figures in this file, after each network")
    parser.add_argument("--resume", action="store_true", help="measure only what the file lacks")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, show figures that were kept")
    return parser.parse_args(given)


def started(out: Path | None, resume: bool) -> dict[str, Any]:
    """What the file holds, to go on with, or the beginning of a new one."""
    if resume and out is not None and out.exists():
        found: dict[str, Any] = json.loads(read_text(out))
        return found
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    busy = busy_percent()
    return {
        "machine": {**machine(), **versions},
        "busy_percent": busy,
        "caution": caution({"the networks": busy}),
        "left_out": LEFT_OUT,
        "failed": {},
        "networks": {},
    }


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    if options.show is not None:
        print(markdown(json.loads(read_text(options.show))))
        return 0
    if options.out is not None:
        check_writable(options.out)
    kept = started(options.out, options.resume)
    chosen = [title for title in NETWORKS if any(word.lower() in title.lower() for word in options.only)]
    for title in chosen:
        if title in kept["networks"]:
            continue
        print(f"measuring {title} ...", file=sys.stderr, flush=True)
        add(kept, title)
        if options.out is not None:
            write_atomically(options.out, (json.dumps(kept, indent=1) + "\n").encode())
    if kept["networks"]:
        print(markdown(kept))
    return int(bool(kept["failed"]))


def add(kept: dict[str, Any], title: str) -> None:
    """The network's figures, or why there are none: one that fails must not keep the others from being measured."""
    kept["failed"].pop(title, None)
    try:
        kept["networks"][title] = asdict(measure(NETWORKS[title]))
    except Exception as error:
        print(f"{title} failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        kept["failed"][title] = f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
