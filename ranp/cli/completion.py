"""``ranp completion``: a script by which a shell completes commands, options, names and files."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import shtab

from ranp.cli.command import Command, Result
from ranp.models import ARCHITECTURES
from ranp.selection import SETTINGS, OneOf

PARSER = "parser"
"""The entry of the parsed arguments that holds the whole command line's parser."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=sorted(shtab.SUPPORTED_SHELLS), help="whose script to print")


def _run(args: argparse.Namespace) -> Result:
    parser: argparse.ArgumentParser = getattr(args, PARSER)
    for action in _actions(parser):
        _complete(action)
    return {"shell": args.shell, "script": shtab.complete(parser, args.shell)}


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of a parser and of its commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from _actions(one)
        else:
            yield action


def _complete(action: argparse.Action) -> None:
    """Say what a value may be where the parser leaves that to the command, which knows better what to answer."""
    if action.dest == "architecture":
        action.choices = list(ARCHITECTURES)
    elif action.dest == "preset":
        action.choices = list(dict.fromkeys(preset for one in ARCHITECTURES.values() for preset in one.presets))
    elif action.dest in SETTINGS and isinstance(form := SETTINGS[action.dest].form, OneOf):
        action.choices = list(form.titles)
    elif action.type is Path:
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    elif action.dest == "data":
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


COMPLETION = Command(
    "print the script by which your shell completes what you type after ranp",
    "ranp completion bash",
    _arguments,
    _run,
    lambda result: str(result["script"]),
)
