"""``ranp race``: run the races of `ranp.checks.races.COURSES`, or one's own, or show those that ship."""

import argparse
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from ranp.checks import (
    COURSES,
    RACED,
    SHIPPED,
    Check,
    Contestant,
    Progress,
    compare,
    markdown,
    nudge_text,
    read_nudges,
    read_races,
    run_races,
    verdict,
)
from ranp.cli.budgets import parse_budget
from ranp.cli.chosen import chosen_subject
from ranp.cli.command import Command, Result
from ranp.cli.commands.train import add_recipe, chosen_recipe, summary_table
from ranp.cli.contestants import (
    add_methods,
    add_plans,
    add_seeds,
    add_several,
    asked_for,
    chosen_seeds,
    with_layer_seconds,
)
from ranp.cli.differences import add_precision, chosen_precision, differences_table
from ranp.cli.time_table import SECONDS_OF_LAYERS, add_time_table
from ranp.cli.trained_on import add_own_subject
from ranp.cli.watching import step_words
from ranp.models import Recipe
from ranp.progress import ProgressBar
from ranp.selection import PruningConfig, limit_text
from ranp.subject import Subject


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", nargs="*", metavar="TASK", help=f"of {', '.join(COURSES)} (default: all)")
    parser.add_argument("--only", nargs="+", default=[], metavar="TASK", help="the same, as an option")
    add_seeds(parser, None, "run what is missing of seeds 0 to K - 1 (default: run nothing)")
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
    other = parser.add_argument_group("other contestants than those of the tasks' races; these need --out")
    add_methods(other)
    add_plans(other)
    add_several(other)
    add_time_table(other, help=SECONDS_OF_LAYERS)
    other.add_argument(
        "--budget", type=parse_budget, metavar="macs=0.25", help="what each may cost (default: macs=0.25)"
    )


def _run(args: argparse.Namespace) -> Result:
    args = argparse.Namespace(**{**vars(args), "course": [*args.course, *args.only]})
    courses, wish = _courses(args), chosen_precision(args)
    out = args.out or SHIPPED
    if args.seeds is not None and args.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
    if args.seeds is not None or args.seed_list is not None:
        with ProgressBar("race") as bar:
            run_races(out, courses, chosen_seeds(args), _command(args), partial(_tell, bar))
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
                "notes": found.notes,
            }
            for name, found in races.items()
        },
        "markdown": markdown(races) if args.markdown else None,
    }


def _command(args: argparse.Namespace) -> str:
    """The command by which the results came about."""
    words = ["ranp race", *args.course, *([f"--model {args.model}"] if args.model is not None else [])]
    for name in _OTHERS:
        given = getattr(args, name)
        values = given if isinstance(given, list) else [] if given in (None, False) else [given]
        option = f"--{name.replace('_', '-')}"
        words += [option if value is True else f"{option} {_said(value)}" for value in values]
    seeds = f"--seeds {args.seeds}" if args.seed_list is None else f"--seed-list {','.join(map(str, args.seed_list))}"
    return " ".join([*words, seeds])


def _said(value: Any) -> str:
    return limit_text(*value) if isinstance(value, tuple) else str(value)


def _courses(args: argparse.Namespace) -> dict[str, Check]:
    """The races that are asked for: of the tasks, those with other contestants, or the one of one's own."""
    if args.model is not None:
        return _own_course(args)
    for name in _OWN_ONLY:
        if getattr(args, name):
            raise ValueError(f"--{name.replace('_code', '').replace('_', '-')} goes with --model; tasks have their own")
    unknown = [name for name in args.course if name not in COURSES]
    if unknown:
        raise ValueError(f"there is no race for {unknown[0]!r}; choose from {', '.join(COURSES)}")
    courses = {name: course for name, course in COURSES.items() if not args.course or name in args.course}
    if any(getattr(args, name) for name in _OTHERS):
        courses = {name: _course(args, course.subject, course.recipe) for name, course in courses.items()}
    if args.recipe is None:
        return courses
    if args.out is None:
        raise ValueError("races by a recipe of your choice need --out FILE, so that those that ship stay")
    return {name: replace(each, recipe=each.subject.recipe_called(args.recipe)) for name, each in courses.items()}


def _own_course(args: argparse.Namespace) -> dict[str, Check]:
    if args.course:
        raise ValueError(f"give the task {args.course[0]!r} or --model, not both")
    subject = chosen_subject(args)
    return {subject.title: _course(args, subject, chosen_recipe(args, subject))}


def _course(args: argparse.Namespace, subject: Subject, recipe: Recipe | None) -> Check:
    """A race of the contestants that are asked for, or of the usual ones."""
    if args.out is None:
        raise ValueError("a race of your own needs --out FILE, which keeps its results; the same file goes on")
    subject = subject if args.init is None else replace(subject, init=args.init)
    budget = args.budget or ("macs", 0.25)
    if not isinstance(budget[1], float):
        raise ValueError(f"a race is run at a share of the full network's costs, such as macs=0.25, not at {budget[1]}")
    usual = PruningConfig(lam=subject.lam, budget=budget, fill="yes")
    asked = with_layer_seconds(asked_for(args, usual, RACED), args.time_table, subject)
    pruned = (replace(each, weights=subject.weights) for each in asked)
    return Check(subject, (Contestant(weights=subject.weights), *pruned), recipe=recipe)


_OWN_ONLY = ("input", "data", "loss", "metric", "optimizer_code", "steps", "batch_size", "learning_rate")
_OTHERS = ("method", "controls", "plan", "criterion", "coupling", "budget", "time_table", "init")
"""Options by which a race has other contestants."""


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
        beside = [each for each in found["differences"] if each["second"] == 0]
        tables = summary_table(found["summary"], found["score_title"]), differences_table(beside)
        blocks.append(
            "\n".join([title, tables[0], "", tables[1], "", found["verdict"], found["nudge"], *found["notes"]])
        )
    return "\n\n".join(blocks)


RACE = Command(
    "show or run races of the methods at equal MACs, on every task or on a network of your own",
    "ranp race motion",
    _arguments,
    _run,
    _text,
)
