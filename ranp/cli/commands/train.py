"""``ranp train``: does it still learn? Short training of the full and of pruned networks, side by side."""

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ranp.checks import (
    EQUAL,
    WEIGHTS,
    Check,
    Contestant,
    Entry,
    Saver,
    compare,
    criterion_matters,
    nudge_text,
    reached,
    read_nudges,
    same_networks,
    summarise,
)
from ranp.cli.arguments import PRUNING, SCORING, add_setting, given_settings
from ranp.cli.budgets import add_budget
from ranp.cli.chosen import chosen_subject
from ranp.cli.command import STOPPED, Command, Result
from ranp.cli.contestants import (
    SEVERAL,
    add_methods,
    add_plans,
    add_schedules,
    add_seeds,
    add_several,
    asked_for,
    chosen_seeds,
    table_for,
    table_in_words,
    usual_fill,
)
from ranp.cli.differences import add_precision, chosen_precision, differences_table
from ranp.cli.keeping import train_and_keep
from ranp.cli.report import binary_bytes, table
from ranp.cli.time_table import SECONDS_OF_CONTESTANTS, add_time_table
from ranp.cli.trained_on import add_subject
from ranp.files import check_writable, write_atomically
from ranp.models import RECIPES, Recipe
from ranp.selection import PruningConfig
from ranp.subject import OWN_RECIPE, Subject
from ranp.training import Speed, processes
from ranp.units import count


def add_check(parser: argparse.ArgumentParser) -> None:
    """What a check is made of."""
    add_subject(parser)
    add_methods(parser)
    add_plans(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--no-full", action="store_true", help="leave the full network out")
    which.add_argument("--full-only", action="store_true", help="leave the pruned networks out")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--sparsity", type=float, help="fraction of neurons to remove (default: the preset's)")
    add_budget(target)
    for name in _PRUNING:
        if name not in (_FASTER, *SEVERAL):
            add_setting(parser, name, **_OWN_WORDS.get(name, {}))
    add_several(parser)
    add_schedules(parser)
    add_time_table(parser, help=SECONDS_OF_CONTESTANTS)
    parser.add_argument(
        "--weights",
        action="append",
        choices=WEIGHTS,
        help="of the smaller networks, once for each start to compare (default: new; with --checkpoint: kept)",
    )
    add_seeds(parser)
    add_recipe(parser)
    parser.add_argument("--equal", choices=EQUAL, default="steps", help="what is the same for all (default: steps)")
    parser.add_argument(
        "--nudge", type=float, default=0.0, metavar="1e-6", help="move one weight by this share before training: "
        "how far does the score move?",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="cpu, cuda, ... (default: %(default)s)")
    faster = parser.add_argument_group("faster training, which changes rounding but not the network")
    faster.add_argument("--channels-last", action="store_true", help="lay volumes out channels-last")
    faster.add_argument("--bfloat16", action="store_true", help="compute the forward pass in bfloat16")
    faster.add_argument("--compile", action="store_true", help="compile the network, which takes minutes and can fail")
    add_setting(faster, _FASTER)


def chosen_check(args: argparse.Namespace) -> Check:
    """The check that the arguments of `add_check` describe."""
    subject = chosen_subject(args)
    sparsity = args.sparsity if args.sparsity is not None or args.budget is not None else subject.sparsity
    chosen = {"lam": subject.lam, **usual_fill(args), **given_settings(args, _PRUNING)}
    usual = PruningConfig(sparsity=sparsity, budget=tuple(args.budget) if args.budget else None, **chosen)
    weights = args.weights or [subject.weights]
    asked = asked_for(args, usual)
    pruned = [replace(each, weights=one) for each in asked for one in weights]
    full = [Contestant()] if subject.checkpoint is None else [Contestant(weights=each) for each in weights]
    return Check(
        subject,
        tuple(pruned if args.no_full else full if args.full_only else [*full, *pruned]),
        seeds=chosen_seeds(args),
        equal=args.equal,
        recipe=chosen_recipe(args, subject),
        speed=Speed(args.channels_last, args.bfloat16, args.compile),
        device=args.device,
        nudge=args.nudge,
        time_table=None if args.full_only else table_for(asked, args.time_table, subject),
    )


_PRUNING = tuple(name for name in (*SCORING, *PRUNING) if name not in ("method", *SEVERAL))
_FASTER = "multiple"
_OWN_WORDS = {
    "lam": {"help": "weight of the costs (default: the preset's, else that of ranp prune)"},
    "fill": {"help": "give single neurons back until a network is within 0.5%% of its budget (default: yes)"},
}


def add_recipe(parser: argparse.ArgumentParser, usual_recipe: str = "quick") -> None:
    """How long and how fast is trained."""
    parser.add_argument("--recipe", choices=RECIPES, help=f"of the preset: {_recipes()} (default: {usual_recipe})")
    usual = f"(default: the recipe's; with --model {OWN_RECIPE.steps} steps of {OWN_RECIPE.batch_size} examples)"
    parser.add_argument("--steps", type=int, help=f"of training {usual}")
    parser.add_argument("--batch-size", type=int, metavar="N", help="of a task, and of batches made of a Dataset")
    parser.add_argument(
        "--learning-rate", type=float, help=f"at its peak (default: the recipe's; {OWN_RECIPE.learning_rate:g})"
    )


def chosen_recipe(args: argparse.Namespace, subject: Subject) -> Recipe:
    """The recipe of the subject with what the arguments of `add_recipe` replace."""
    if args.learning_rate is not None and subject.optimizer is not None:
        raise ValueError("--optimizer brings its own learning rate; leave --learning-rate out")
    given = {"steps": args.steps, "batch_size": args.batch_size, "learning_rate": args.learning_rate}
    recipe = subject.recipe if args.recipe is None else subject.recipe_called(args.recipe)
    return replace(recipe, **{name: value for name, value in given.items() if value is not None})


def _recipes() -> str:
    return "; ".join(f"{name}, {text.replace(';', ':')}" for name, text in RECIPES.items())


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_check(parser)
    add_precision(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the result here, too, once it is complete (JSON)"
    )
    parser.add_argument(
        "--save-weights",
        type=Path,
        metavar="DIR",
        help="save each network once it is trained: the full one as a file for --checkpoint, a pruned one as its plan "
        "with its weights",
    )


def _run(args: argparse.Namespace) -> Result:
    if args.out is not None:
        check_writable(args.out)
    check, wish = chosen_check(args), chosen_precision(args)
    together = processes(args.device)
    if together.rank:  # One process of several speaks for all.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    saver = None if args.save_weights is None else Saver(check, args.save_weights)
    entries, stopped = train_and_keep(check, together, saver)
    result = {**described(check, entries, wish), "saved": _saved(entries, saver), "stopped": stopped}
    if stopped:
        return result
    if args.out is not None and together.rank == 0:
        write_atomically(args.out, json.dumps(result, allow_nan=False, indent=1).encode())
    together.close()
    return result


def _saved(entries: list[Entry], saver: Saver | None) -> list[str]:
    places = [] if saver is None else [saver.place(one.contestant, one.seed) for one in entries if not one.failed]
    return [str(place) for place in places]


def described(check: Check, entries: list[Entry], wish: float | None = None) -> Result:
    """The check, its entries and their summary, JSON-ready."""
    score = check.subject.score
    return {
        "subject": check.subject.as_dict(),
        "check": check.as_dict(),
        "recipe_name": check.recipe_name,
        "score": score.name,
        "score_title": score.title,
        "higher_is_better": score.higher_is_better,
        "entries": [entry.as_dict() for entry in entries],
        "summary": [asdict(summary) for summary in summarise(entries)],
        "nudge": nudge_text(check, read_nudges()),
        "differences": [each.as_dict() for each in compare(entries, score.higher_is_better, wish)],
        "notes": [
            *reached(check, entries),
            *same_networks(entries),
            *_criterion(check, entries),
            *table_in_words(check),
        ],
    }


def _criterion(check: Check, entries: list[Entry]) -> list[str]:
    """Whether the criterion matters, of networks that keep their neurons' weights, since new ones forget which; all
    are cut down by the schedule of the first one."""
    known = [each for each in check.contestants if each.pruning and (each.weights == "kept" or each.scheduled)]
    places = [
        place for place, each in enumerate(check.contestants) if each in known and each.schedule == known[0].schedule
    ]
    pruned = [
        replace(entry, contestant=places.index(entry.contestant)) for entry in entries if entry.contestant in places
    ]
    answer = criterion_matters(compare(pruned, check.subject.score.higher_is_better))
    return [answer] if answer else []


def _text(result: Result) -> str:
    saved = [f"saved to {place}" for place in result["saved"]]
    found = differences_table(result["differences"])
    tables = summary_table(result["summary"], result["score_title"]), *(["", found] if found else [])
    return "\n".join([*tables, "", *result["notes"], result["nudge"], *saved])


def summary_table(summaries: list[dict[str, Any]], title: str) -> str:
    """One line a network, with how many of its runs ended, and below them what went wrong."""
    rows = [
        [
            summary["label"],
            "failed" if summary["mean"] is None else f"{summary['mean']:.3f}",
            "" if summary["spread"] is None else f"{summary['spread']:.3f}",
            f"{summary['seeds'] - summary['failures']} of {summary['seeds']}",
            *("" if summary[cost] is None else count(summary[cost]) for cost in ("macs",)),
            "" if summary["peak_training_bytes"] is None else binary_bytes(summary["peak_training_bytes"]),
            *("" if summary[time] is None else f"{summary[time]:.{digits}f}" for time, digits in _TIMES),
            "" if summary["total_macs"] is None else count(summary["total_macs"]),
            "" if summary["total_seconds"] is None else f"{summary['total_seconds']:.1f}",
            "" if summary["total_peak_bytes"] is None else binary_bytes(summary["total_peak_bytes"]),
        ]
        for summary in summaries
    ]
    header = ["network", title, "spread", "ended", "MACs", "memory", "CPU-s", "s/step"]
    header += ["MACs in all", "CPU-s in all", "memory in all"]
    reasons = [f"{summary['label']}: {reason}" for summary in summaries for reason in summary["reasons"]]
    return "\n".join([table(header, rows), *([""] if reasons else []), *reasons])


_TIMES = (("cpu_seconds", 1), ("seconds_per_step", 3))


TRAIN = Command(
    "train the full and pruned networks for a short while and compare",
    "ranp train unet3d --preset classroom-shapes --steps 30 --method ranp-f --method random --budget macs=0.2",
    _arguments,
    _run,
    _text,
    exit_code=lambda result: STOPPED if result["stopped"] else 0,
)
