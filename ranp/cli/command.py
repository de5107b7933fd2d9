"""What a command is, and a parser whose mistakes are one sentence."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

Result = dict[str, Any]


@dataclass(frozen=True)
class Command:
    """One subcommand: its arguments, what it computes, and how a person reads the result.

    ``succeeded`` tells an exit code of 0 from 1, for a command whose answer may be a refusal.
    """

    summary: str
    example: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Result]
    text: Callable[[Result], str]
    succeeded: Callable[[Result], bool] = lambda result: True


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` that answers a mistake with one line instead of its whole usage."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` on stderr and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")
