"""`ranp profile` and `ranp prune` for the papers' networks, from the start of the process to its end."""

import subprocess
import sys
from functools import partial

from ..child import ROOT
from ..row import Row
from ..timing import median_seconds

REPEATS = 3
NETWORKS = (("unet3d", "shapenet"), ("mobilenetv2", "ucf101"), ("i3d", "ucf101"), ("psmnet", "sceneflow"))
COMMANDS = {"profile": (), "prune": ("--method", "random")}  # `random` needs no scores, which take as long as they take


def run(*arguments: str) -> None:
    """One command as a user starts it; nothing that it computed before is of use to it."""
    command = [sys.executable, "-m", "ranp", *arguments, "--json"]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def measure() -> list[Row]:
    return [
        Row(
            name=f"ranp {command} {name} --preset {preset}",
            ours=median_seconds(partial(run, command, name, "--preset", preset, *options), REPEATS, warmup=0),
            unit="s",
            limit=5.0,
            how=f"whole processes, {' '.join((*options, '--json'))}, median of {REPEATS}",
        )
        for name, preset in NETWORKS
        for command, options in COMMANDS.items()
    ]
