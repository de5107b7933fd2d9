"""The option ``--allow``: which code of one's own this process may run, of what files or jobs name."""

import argparse

from ranp.cli.arguments import OWN_CODE
from ranp.subject import allow


def add_allow(parser: argparse.ArgumentParser, what: str) -> None:
    """``what`` is run with it, and what is not."""
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE.MODULE", help=what.format(own_code=OWN_CODE)
    )


def allow_named(args: argparse.Namespace) -> None:
    """Let this process import what the option names; ``ValueError`` for what is no module."""
    allow(map(_module, args.allow))


def _module(text: str) -> str:
    if not all(part.isidentifier() for part in text.replace(":", ".").split(".")):
        raise ValueError(f"--allow '{text}' is no module; write package.module, or package.module:function")
    return text
