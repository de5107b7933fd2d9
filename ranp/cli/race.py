"""``ranp race``: run the races of `ranp.races.COURSES`, or show those that come with the library."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from ranp.checking import Progress
from ranp.cli.command import Command, Result
from ranp.cli.train import summary_table
from ranp.metrics import METRICS
from ranp.race_table import markdown, verdict
from ranp.races import COURSES, SHIPPED, read_races, run_races


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", nargs="*", metavar="TASK", help=f"of {', '.join(COURSES)} (default: all)")
    parser.add_argument(
        "--seeds", type=int, metavar="K", help="run what is missing of seeds 0 to K - 1 (default: run nothing)"
    )
    parser.add_argument("--markdown", action="store_true", help="show the table of the README")
    parser.add_argument(
        "--out", type=Path, default=SHIPPED, metavar="FILE", help="where results are kept (default: those that ship)"
    )


def _run(args: argparse.Namespace) -> Result:
    unknown = [name for name in args.course if name not in COURSES]
    if unknown:
        raise ValueError(f"there is no race for {unknown[0]!r}; choose from {', '.join(COURSES)}")
    courses = {name: course for name, course in COURSES.items() if not args.course or name in args.course}
    if args.seeds is not None:
        if args.seeds < 1:
            raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
        command = " ".join(["ranp race", *args.course, f"--seeds {args.seeds}"])
        run_races(args.out, courses, args.seeds, command, _tell)
    races = {name: race for name, race in read_races(args.out).items() if name in courses}
    return {
        "races": {
            name: {
                "check": race.check.as_dict(),
                "summary": [asdict(summary) for summary in race.summary],
                "runs": list(race.runs),
                "verdict": verdict(race),
            }
            for name, race in races.items()
        },
        "markdown": markdown(races) if args.markdown else None,
    }


def _tell(name: str, progress: Progress) -> None:
    if progress.step is not None and progress.step.point is not None:
        figures = ", ".join(f"{key} {value:.3f}" for key, value in progress.step.point.figures.items())
        print(
            f"{name}, seed {progress.seed}, {progress.label}, step {progress.step.step}: {figures}",
            file=sys.stderr,
            flush=True,
        )


def _text(result: Result) -> str:
    if not result["races"]:
        return "no race was run yet; run all with: ranp race --seeds 5"
    if result["markdown"] is not None:
        return str(result["markdown"])
    blocks = []
    for name, race in result["races"].items():
        check = race["check"]
        title = f"{name}: {check['architecture']}, preset {check['preset']}, {check['recipe']['steps']} steps"
        blocks.append(f"{title}\n{summary_table(race['summary'], METRICS[name].title)}\n{race['verdict']}")
    return "\n\n".join(blocks)


RACE = Command(
    "show or run races of the methods at equal MACs, on every task",
    "ranp race motion",
    _arguments,
    _run,
    _text,
)
