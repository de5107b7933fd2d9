"""The differences between networks of a check as a table for the terminal, and how near one wants to know them."""

import argparse
from collections.abc import Sequence
from typing import Any

from ranp.cli.report import table
from ranp.statistics import check_precision, signed


def add_precision(parser: argparse.ArgumentParser) -> None:
    """How near one wants to know a difference."""
    parser.add_argument(
        "--precision", type=float, metavar="0.02", help="half of the 95%% interval that is wished for: how many seeds "
        "does it take? (default: 0.02, of scores above 1 that share)",
    )  # fmt: skip


def chosen_precision(args: argparse.Namespace) -> float | None:
    """The precision that the argument of `add_precision` asks for; ``ValueError`` where it makes no sense."""
    if args.precision is not None:
        check_precision(args.precision)
    wish: float | None = args.precision
    return wish


def differences_table(differences: Sequence[dict[str, Any]], full: bool) -> str:
    """A line for each network beside the full one, and where there is no full one for each pair; empty without any.

    ``differences`` are as `ranp.checks.Compared.as_dict` writes them.
    """
    shown = [each for each in differences if each["second"] == 0 or not full]
    if not shown:
        return ""
    rows = [
        [
            each["label"] if full else f"{each['label']} beside {each['other']}",
            signed(each["mean"], each["half_width"]),
            each["verdict"],
            "" if each["seeds_needed"] is None else f"{each['seeds_needed']:,}",
        ]
        for each in shown
    ]
    header = ["beside full" if full else "pair", "difference", "verdict", f"seeds for ± {shown[0]['precision']:g}"]
    lines = table(header, rows, left=3).splitlines()
    note = "paired by seed, with the 95% interval by Student's t; verdicts consider all pairs (Holm)"
    return "\n".join([*lines, note])
