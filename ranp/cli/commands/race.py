"""``ranp race``: run the races of `ranp.checks.races.COURSES`, or one's own, or show those that ship."""

import argparse
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from ranp.checks import (
    COURSES,
    RACED,
    SHIPPED,
    Check,
    Progress,
    compare,
    markdown,
    nudge_text,
    race,
    read_nudges,
    read_races,
    run_races,
    verdict,
)
from ranp.cli.budgets import parse_budget
from ranp.cli.chosen import chosen_subject
from ranp.cli.command import Command, Result
from ranp.cli.commands.train import add_recipe, chosen_recipe, summary_table
from ranp.cli.differences import add_precision, chosen_precision, differences_table
from ranp.cli.trained_on import add_own_subject
from ranp.cli.watching import step_words
from ranp.progress import ProgressBar


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", nargs="*", metavar="TASK", help=f"of {', '.join(COURSES)} (default: all)")
    parser.add_argument(
        "--seeds", type=int, metavar="K", help="run what is missing of seeds 0 to K - 1 (default: run nothing)"
    )
    parser.add_argument("--markdown", action="store_true", help="show the table of the README")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where results are kept (default: those that ship)",
    )
    add_precision(parser)
    add_own_subject(parser)
    add_recipe(parser, "converging, with --model quick")
    parser.add_argument(
        "--budget", type=parse_budget, metavar="macs=0.25", help="with --model: what each may cost (default: macs=0.25)"
    )


def _run(args: argparse.Namespace) -> Result:
    courses, wish = _courses(args), chosen_precision(args)
    out = args.out or SHIPPED
    if args.seeds is not None:
        if args.seeds < 1:
            raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
        named = [*args.course, *([f"--model {args.model}"] if args.model is not None else [])]
        command = " ".join(["ranp race", *named, f"--seeds {args.seeds}"])
        with ProgressBar("race") as bar:
            run_races(out, courses, args.seeds, command, partial(_tell, bar))
    races = {name: found for name, found in read_races(out).items() if name in courses}
    nudges = read_nudges()
    return {
        "races": {
            name: {
                "subject": found.check.subject.as_dict(),
                "title": found.check.subject.title,
                "score_title": found.check.subject.score.title,
                "check": found.check.as_dict(),
                "recipe_name": found.check.recipe_name,
                "summary": [asdict(summary) for summary in found.summary],
                "differences": [
                    each.as_dict() for each in compare(found.entries, found.check.subject.score.higher_is_better, wish)
                ],
                "runs": list(found.runs),
                "verdict": verdict(found),
                "nudge": nudge_text(found.check, nudges),
            }
            for name, found in races.items()
        },
        "markdown": markdown(races) if args.markdown else None,
    }


def _courses(args: argparse.Namespace) -> dict[str, Check]:
    """The races that are asked for: of the tasks, or the one of one's own."""
    if args.model is not None:
        return _own_course(args)
    for name in _OWN_ONLY:
        if getattr(args, name):
            raise ValueError(f"--{name.replace('_code', '').replace('_', '-')} goes with --model; tasks have their own")
    unknown = [name for name in args.course if name not in COURSES]
    if unknown:
        raise ValueError(f"there is no race for {unknown[0]!r}; choose from {', '.join(COURSES)}")
    courses = {name: course for name, course in COURSES.items() if not args.course or name in args.course}
    if args.recipe is None:
        return courses
    if args.out is None:
        raise ValueError("races by a recipe of your choice need --out FILE, so that those that ship stay")
    return {name: replace(each, recipe=each.subject.recipe_called(args.recipe)) for name, each in courses.items()}


def _own_course(args: argparse.Namespace) -> dict[str, Check]:
    if args.course:
        raise ValueError(f"give the task {args.course[0]!r} or --model, not both")
    if args.out is None:
        raise ValueError("a race of your own needs --out FILE, which keeps its results; the same file goes on")
    subject = chosen_subject(args)
    budget = args.budget or ("macs", 0.25)
    if not isinstance(budget[1], float):
        raise ValueError(f"a race is run at a share of the full network's costs, such as macs=0.25, not at {budget[1]}")
    return {subject.title: race(subject, RACED, budget, recipe=chosen_recipe(args, subject))}


_OWN_ONLY = (
    *("input", "data", "loss", "metric", "optimizer_code", "init"),
    *("steps", "batch_size", "learning_rate", "budget"),
)


def _tell(bar: ProgressBar, name: str, progress: Progress) -> None:
    bar.show(progress.done, f"{name}, {step_words(progress)}")


def _text(result: Result) -> str:
    if not result["races"]:
        return "no race was run yet; run all with: ranp race --seeds 5"
    if result["markdown"] is not None:
        return str(result["markdown"])
    blocks = []
    for name, found in result["races"].items():
        title = f"{name}: {found['title']}, {found['check']['recipe']['steps']} steps ({found['recipe_name']} recipe)"
        tables = summary_table(found["summary"], found["score_title"]), differences_table(found["differences"], True)
        blocks.append("\n".join([title, tables[0], "", tables[1], "", found["verdict"], found["nudge"]]))
    return "\n\n".join(blocks)


RACE = Command(
    "show or run races of the methods at equal MACs, on every task or on a network of your own",
    "ranp race motion",
    _arguments,
    _run,
    _text,
)
