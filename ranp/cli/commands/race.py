"""``ranp race``: run the races of `ranp.checks.races`, or one's own, or show those that ship."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from ranp.checks import (
    COURSES,
    RACED,
    SHARES,
    SHIPPED,
    TASKS,
    WHEN,
    Check,
    Contestant,
    Progress,
    compare,
    course_name,
    markdown,
    missing,
    nudge_text,
    read_nudges,
    read_races,
    run_races,
    seconds_to_train,
    verdict,
)
from ranp.cli.budgets import parse_budget
from ranp.cli.chosen import chosen_subject
from ranp.cli.command import Command, Result
from ranp.cli.commands.train import add_recipe, chosen_recipe, summary_table
from ranp.cli.contestants import (
    add_methods,
    add_plans,
    add_schedules,
    add_seeds,
    add_several,
    asked_for,
    chosen_seeds,
    table_for,
    table_in_words,
)
from ranp.cli.differences import add_precision, chosen_precision, differences_table
from ranp.cli.time_table import SECONDS_OF_CONTESTANTS, add_time_table
from ranp.cli.trained_on import add_own_subject
from ranp.cli.watching import step_words
from ranp.models import Recipe
from ranp.progress import ProgressBar, duration
from ranp.selection import Limit, PruningConfig, limit_text
from ranp.subject import Subject


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "course",
        nargs="*",
        metavar="TASK",
        help=f"of {', '.join(TASKS)}: at {_SHARES} of the MACs, or at one of them, as in 'brain at 5%%'; {SCHEDULES}: "
        "when the network is cut down, or one of these races by its name (default: all)",
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="TASK", help="the same, as an option")
    add_seeds(parser, None, "run what is missing of seeds 0 to K - 1 (default: run nothing)")
    parser.add_argument("--markdown", action="store_true", help="show the table of the README")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where results are kept (default: those that ship)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that train side by side, each on one thread (default: 1 with --model, else one a core)",
    )
    add_precision(parser)
    add_own_subject(parser)
    add_recipe(parser, "converging, with --model quick")
    other = parser.add_argument_group("other contestants than those of the tasks' races; these need --out")
    add_methods(other)
    add_plans(other)
    add_several(other)
    add_schedules(other)
    other.add_argument("--equal", choices=("steps", "total"), help="what is the same for all (default: steps)")
    add_time_table(other, help=SECONDS_OF_CONTESTANTS)
    other.add_argument(
        "--budget", type=parse_budget, metavar="macs=0.25", help="what each may cost (default: macs=0.25)"
    )


def _run(args: argparse.Namespace) -> Result:
    args = argparse.Namespace(**{**vars(args), "course": [*args.course, *args.only]})
    courses, wish = _courses(args), chosen_precision(args)
    out = args.out or SHIPPED
    if args.seeds is not None and args.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, not {args.seeds}")
    if args.workers is not None and args.workers < 1:
        raise ValueError(f"--workers must be at least 1, not {args.workers}")
    if args.seeds is not None or args.seed_list is not None:
        workers = args.workers or (1 if args.model is not None else os.cpu_count() or 1)
        say_how_long(missing(out, courses, chosen_seeds(args)), workers)
        with ProgressBar("race") as bar:
            run_races(out, courses, chosen_seeds(args), _command(args), partial(_tell, bar), workers)
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
                "notes": [*found.notes, *table_in_words(found.check)],
            }
            for name, found in races.items()
        },
        "markdown": markdown(races, courses) if args.markdown else None,
    }


def say_how_long(asked: Sequence[tuple[str, Check]], workers: int) -> None:
    """On stderr, before anything is trained: how many networks, and about how long by what was measured before."""
    seconds = seconds_to_train(asked)
    networks = sum(len(check.contestants) for _, check in asked)
    long = "for a time that nobody knows: none of them was trained before"
    if seconds is not None:
        long = f"about {duration(seconds / workers)} on {workers} core{'s' if workers > 1 else ''}"
    print(f"race: at most {networks} networks to train, {long}", file=sys.stderr)


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
    unknown = [name for name in args.course if name not in (*TASKS, *COURSES, SCHEDULES, *WHEN)]
    if unknown:
        known = ", ".join((*COURSES, SCHEDULES, *WHEN))
        raise ValueError(f"there is no race for {unknown[0]!r}; choose from {known}")
    asked = {course_name(task, share) for task in args.course for share in SHARES if task in TASKS} | {*args.course}
    asked |= {*WHEN} if SCHEDULES in asked else set()
    courses = {name: course for name, course in {**COURSES, **WHEN}.items() if not asked or name in asked}
    if any(getattr(args, name) for name in _OTHERS):
        of_schedules = [name for name in args.course if name in (SCHEDULES, *WHEN)]
        if of_schedules:
            raise ValueError(
                f"the race {of_schedules[0]!r} has its own contestants, so it takes no others; name a task to race "
                f"them, such as {next(iter(TASKS))}"
            )
        courses = {name: course for name, course in courses.items() if name in COURSES}
        if args.budget is not None:
            courses = {name: COURSES[name] for name in TASKS if any(key.startswith(name) for key in courses)}
        courses = {
            name: _course(args, course.subject, course.recipe, *course.budgets) for name, course in courses.items()
        }
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


def _course(
    args: argparse.Namespace, subject: Subject, recipe: Recipe | None, usual_budget: Limit = ("macs", 0.25)
) -> Check:
    """A race of the contestants that are asked for, or of the usual ones."""
    if args.out is None:
        raise ValueError("a race of your own needs --out FILE, which keeps its results; the same file goes on")
    subject = subject if args.init is None else replace(subject, init=args.init)
    budget = args.budget or usual_budget
    if not isinstance(budget[1], float):
        raise ValueError(f"a race is run at a share of the full network's costs, such as macs=0.25, not at {budget[1]}")
    usual = PruningConfig(lam=subject.lam, budget=budget, fill="yes")
    asked = asked_for(args, usual, RACED)
    pruned = (replace(each, weights=subject.weights) for each in asked)
    contestants = Contestant(weights=subject.weights), *pruned
    table = table_for(asked, args.time_table, subject)
    return Check(subject, contestants, equal=args.equal or "steps", recipe=recipe, time_table=table)


SCHEDULES = "schedules"
"""What all races of schedules are asked for by."""
_SHARES = " and ".join(f"{share:.0%}%" for share in SHARES)
_OWN_ONLY = ("input", "data", "loss", "metric", "optimizer_code", "steps", "batch_size", "learning_rate")
_OTHERS = (
    "method", "controls", "plan", "criterion", "coupling", "snap", "schedule", "equal", "budget", "time_table", "init"
)  # fmt: skip
"""Options by which a race has other contestants."""


def _tell(bar: ProgressBar, name: str, progress: Progress) -> None:
    bar.show(progress.done, f"{name}, {step_words(progress)}")


def _text(result: Result) -> str:
    if result["markdown"] is not None:
        return str(result["markdown"])
    if not result["races"]:
        return "no race was run yet; run all with: ranp race --seeds 5"
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
