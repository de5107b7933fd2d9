"""The differences between networks of a check as a table for the terminal."""

from collections.abc import Sequence
from typing import Any

from ranp.cli.report import table
from ranp.statistics import signed


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
            "" if each["seeds_needed"] is None else f"{each['seeds_needed']:,}",
            each["verdict"],
        ]
        for each in shown
    ]
    header = ["beside full" if full else "pair", "difference", f"seeds for ± {shown[0]['precision']:g}", "verdict"]
    lines = table(header, rows, left=2).splitlines()
    note = "paired by seed, with the 95% interval by Student's t; verdicts consider all pairs (Holm)"
    return "\n".join([*lines, note])
