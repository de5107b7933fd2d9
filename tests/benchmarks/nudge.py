"""The nudge of the races' tasks: how far one weight, moved by a millionth, moves the score of a recipe.

    python -m tests.benchmarks.nudge [--only voxel-parts ...] [--recipe quick ...] [--seeds 2] [--out FILE]

Of each task the full network and RANP-f's are trained by each recipe from each seed: as they are, and with one weight
moved either way. The file goes on where it was stopped; without --out it is the one that ships with the library. How
long all of it takes is said before, from the races that ship.
"""

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ranp.averages import mean_of_known
from ranp.checks import COURSES, MEASURED, Check, Progress, nudge_check, read_races, run_nudges
from ranp.checks.nudge import NUDGES
from ranp.models import RECIPES
from ranp.progress import ProgressBar, duration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=COURSES, default=list(COURSES))
    parser.add_argument("--recipe", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=MEASURED)
    args = parser.parse_args()
    checks = {f"{task}, {name}": nudge_check(task, name, args.seeds) for name in args.recipe for task in args.only}
    known = {name: found for name, check in checks.items() if (found := seconds(check)) is not None}
    without = (
        f", without {', '.join(sorted(checks.keys() - known))}, which was never raced"
        if len(known) < len(checks)
        else ""
    )
    print(f"about {duration(sum(known.values()))} on one core, less what is kept{without}", file=sys.stderr)
    command = f"python -m tests.benchmarks.nudge --seeds {args.seeds}"
    with ProgressBar("nudge") as bar:
        found = run_nudges(args.out, checks, command, partial(_tell, bar))
    for name in checks:
        print(f"{name}: {found[name].text}")


def seconds(check: Check) -> float | None:
    """What the check takes by the CPU-seconds a step of the races that ship; None where none of its network does."""
    raced = next((race for race in read_races().values() if race.check.subject == check.subject), None)
    if raced is None:
        return None
    labels = {each.label for each in check.contestants}
    steps: Mapping[str, list[float]] = {label: [] for label in labels}
    for entry in raced.entries:
        if entry.label in labels and entry.steps:
            steps[entry.label].append(entry.cpu_seconds / entry.steps)
    step = sum(mean_of_known(each) or 0.0 for each in steps.values())
    return step * check.used_recipe.steps * len(check.seeds) * (1 + len(NUDGES))


def _tell(bar: ProgressBar, name: str, progress: Progress) -> None:
    words = f"{name}, {progress.label}, seed {progress.seed}, step {progress.step}"
    bar.show(None, words)


if __name__ == "__main__":
    main()
