"""What a command is, and a parser whose mistakes are one sentence."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

Result = dict[str, Any]
STOPPED = 130
"""The exit code after Ctrl-C, as shells have it."""


@dataclass(frozen=True)
class Command:
    """One subcommand: its arguments, what it computes, and how a person reads the result.

    ``exit_code`` tells it from the result: 0, or 1 for an answer that is a refusal, or `STOPPED`.
    """

    summary: str
    example: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Result]
    text: Callable[[Result], str]
    exit_code: Callable[[Result], int] = lambda result: 0


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` that answers a mistake with one line instead of its whole usage."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` on stderr and leave with exit code 2; who nearly named a choice is told which."""
        self.exit(2, f"{self.prog}: {message}{_hint(message)}; see {self.prog} --help\n")


def _hint(message: str) -> str:
    """What may have been meant, where argparse lists the choices that there are."""
    refused = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
    if refused is None:
        return ""
    close = get_close_matches(refused[1], [choice.strip(" '") for choice in refused[2].split(",")], n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
