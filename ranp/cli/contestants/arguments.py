"""The options that say who is trained: methods and other names, plans, criteria, rules of ties, seeds."""

import argparse
from pathlib import Path

from ranp.checks import CONTESTANTS, CONTROLS
from ranp.cli.arguments import add_setting
from ranp.schedules import SCHEDULES, Schedule
from ranp.selection import SETTINGS, OneOfOrOwn

SEVERAL = ("criterion", "coupling", "snap")
"""Settings of which several values may be compared."""


def add_methods(parser: argparse._ActionsContainer) -> None:
    """Which contestants: methods, or other names; and the controls at once."""
    add_setting(
        parser,
        "method",
        action="append",
        choices=CONTESTANTS,
        help=f"of pruning, once for each network to compare (default: ranp-f); {_OTHERS}",
    )
    parser.add_argument(
        "--controls",
        action="store_true",
        help=f"compare the method with controls, too: {', '.join(CONTROLS)}; they tell whether its criterion matters",
    )


_OTHERS = (
    "thin narrows every layer by one factor, shuffled and worst keep other neurons of each layer than the first method "
    "that is named, synflow, 3sp and erk are vanilla with that criterion or allocation, layerwise-original rounds up"
)


def add_plans(parser: argparse._ActionsContainer) -> None:
    """Plans of files as contestants."""
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="compare the network of a saved plan, too, once for each: a folder or zip of 'ranp prune --out'",
    )


def add_several(parser: argparse._ActionsContainer) -> None:
    """Settings of which several values may be compared."""
    for name in SEVERAL:
        told = str(SETTINGS[name].help).replace(" (default", ", once for each to compare (default")
        told = told if "once" in told else f"once for each to compare {told}"
        form = SETTINGS[name].form
        names = ", ".join(form.titles if isinstance(form, OneOfOrOwn) else ())
        add_setting(parser, name, action="append", help=told.format(names=names))


def add_schedules(parser: argparse._ActionsContainer) -> None:
    """When networks are cut down, of which several may be compared."""
    settings = "; ".join(f"{name}: {', '.join(kind.options)}" for name, kind in SCHEDULES.items() if kind.options)
    parser.add_argument(
        "--schedule",
        action="append",
        default=[],
        type=_schedule,
        metavar="NAME[:SETTING=VALUE,...]",
        help=f"when the network is cut down, once for each to compare: {', '.join(SCHEDULES)} (default: init, before "
        f"training). Settings, such as gradual:rounds=6: {settings}",
    )


def _schedule(text: str) -> str:
    try:
        return Schedule.read(text).text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_seeds(
    parser: argparse.ArgumentParser, default: int | None = 1, told: str = "train from seeds 0 to K - 1 (default: 1)"
) -> None:
    """From which seeds is trained."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seeds", type=int, default=default, metavar="K", help=told)
    which.add_argument("--seed-list", type=_seed_list, metavar="3,5,8", help="train from these seeds instead")


def _seed_list(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is no list of seeds; write for instance 3,5,8")
    return tuple(map(int, parts))
