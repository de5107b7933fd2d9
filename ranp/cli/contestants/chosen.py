"""From the options to contestants."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from ranp.checks import CONTROLS, Contestant, first_method, given, named
from ranp.cli.contestants.arguments import SEVERAL
from ranp.own import is_name
from ranp.schedules import DEFAULT
from ranp.selection import METHODS, PruningConfig
from ranp.subject import allow


def chosen_seeds(args: argparse.Namespace) -> tuple[int, ...]:
    """The seeds that the arguments of `add_seeds` name."""
    return tuple(range(args.seeds)) if args.seed_list is None else args.seed_list


def usual_fill(args: argparse.Namespace) -> dict[str, str]:
    """What a budget leaves over comes back, unless layers are kept to other counts."""
    counts = args.equal_widths or (args.multiple or 1) > 1
    return {"fill": "yes"} if args.budget and not counts else {}


def asked_for(args: argparse.Namespace, usual: PruningConfig, unnamed: Sequence[str] = ()) -> list[Contestant]:
    """Every method that is named, with every criterion, rule of ties and schedule that is, and every plan.

    ``unnamed`` are the methods where none is named; without them, plans are compared alone, or else the usual method.
    """
    methods = args.method or unnamed or ([] if args.plan else [PruningConfig.method])
    if args.controls:
        methods = list(dict.fromkeys((*(methods or [PruningConfig.method]), *CONTROLS)))
    widths_of = first_method(methods)
    several = {name: getattr(args, name) or [getattr(usual, name)] for name in SEVERAL}
    allow(each for values in several.values() for each in values if is_name(each))
    fills = getattr(args, "fill", None) == "yes"  # which is refused with a word
    configs = [
        named(method, _with(usual, dict(zip(several, values, strict=True)), fills), widths_of)
        for method in methods
        for values in product(*several.values())
    ]
    schedules = dict.fromkeys(args.schedule or [DEFAULT])
    pruned = [
        Contestant(config, schedule=each) for config in dict.fromkeys(map(_as_used, configs)) for each in schedules
    ]
    return [*pruned, *(given(path) for path in args.plan)]


def _with(usual: PruningConfig, chosen: dict[str, Any], fills: bool) -> PruningConfig:
    """The settings with others in their place; counts that move to fast ones are filled up only where that is asked."""
    fill = usual.fill if fills or chosen["snap"] == "off" else "no"
    return replace(usual, **chosen, fill=fill)


def _as_used(config: PruningConfig) -> PruningConfig:
    """The settings without a criterion that has no say, so that no network is trained twice."""
    scored = METHODS[config.method].scores == "sensitivity"
    return config if scored else replace(config, criterion=PruningConfig.criterion)
