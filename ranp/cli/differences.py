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


def differences_table(differences: Sequence[dict[str, Any]]) -> str:
    """A line for each difference, as `ranp.checks.Compared.as_dict` writes them; empty without any."""
    if not differences:
        return ""
    rows = [
        [
            f"{each['label']} beside {each['other']}",
            signed(each["mean"], each["half_width"]),
            "" if each["seeds_needed"] is None else f"{each['seeds_needed']:,}",
            each["verdict"],
        ]
        for each in differences
    ]
    header = ["network", "difference", f"seeds for ± {differences[0]['precision']:g}", "verdict"]
    note = "paired by seed, with the 95% interval by Student's t; verdicts consider all pairs (Holm)"
    return f"{table(header, rows, left=len(header))}\n{note}"
