"""``python -m ranp``, installed also as ``ranp``.

One JSON object on stdout with ``--json``, whose first entry is the ``version`` that made it, a table without; logs,
warnings and progress on stderr. Exit code 2 and one plain sentence for a mistake in what was asked for, 1 for a plan
that does not verify.
"""

import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from ranp.cli import (
    ALLOCATE,
    APP,
    BUNDLE,
    CHECK_EXERCISE,
    COMPLETION,
    CURVE,
    DIFF,
    EXPLORE,
    EXPORT,
    GRADE,
    IMPORT,
    LIST,
    NNUNET,
    PARSER,
    PROFILE,
    PRUNE,
    QUEUE,
    RACE,
    SCORE,
    SHOW,
    SWEEP,
    TIME,
    TRAIN,
    TRANSFER,
    VERIFY,
    WORKER,
    Command,
    Parser,
    printable,
)
from ranp.graph import VerificationError
from ranp.version import __version__

COMMANDS: dict[str, Command] = {
    "list": LIST,
    "profile": PROFILE,
    "score": SCORE,
    "prune": PRUNE,
    "curve": CURVE,
    "allocate": ALLOCATE,
    "show": SHOW,
    "diff": DIFF,
    "verify": VERIFY,
    "transfer": TRANSFER,
    "export": EXPORT,
    "import": IMPORT,
    "explore": EXPLORE,
    "time": TIME,
    "nnunet": NNUNET,
    "bundle": BUNDLE,
    "train": TRAIN,
    "race": RACE,
    "sweep": SWEEP,
    "queue": QUEUE,
    "worker": WORKER,
    "check-exercise": CHECK_EXERCISE,
    "grade": GRADE,
    "app": APP,
    "completion": COMPLETION,
}

log = logging.getLogger("ranp")

LONGEST = 1000
"""Characters of a sentence about an error; names in a stranger's file may have millions."""


def build_parser() -> Parser:
    """The whole command line; each command's help ends with an example."""
    parser = Parser(
        prog="ranp",
        description="Prune the neurons of 3D CNNs at initialization (RANP, arXiv 2010.02488).",
        epilog="RANP_CACHE: folder of computed scores (default ~/.cache/ranp). RANP_DEBUG=1: show tracebacks.",
    )
    parser.set_defaults(**{PARSER: parser})
    parser.add_argument("--version", action="version", version=f"ranp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        one = commands.add_parser(
            name, help=command.summary, description=command.summary, epilog=f"example: {command.example}"
        )
        command.add_arguments(one)
        one.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    _say_what_the_terminal_can()
    args = build_parser().parse_args(argv)
    command = COMMANDS[args.command]
    try:
        with _logs_on_stderr(), redirect_stdout(sys.stderr):  # code of one's own may print
            result = command.run(args)
        print(_json(result) if args.json else printable(command.text(result)), flush=True)
    except BrokenPipeError:  # The reader, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError, VerificationError) as error:
        if os.environ.get("RANP_DEBUG"):
            raise
        print(f"ranp {args.command}: {_sentence(error)}", file=sys.stderr)
        return 1 if isinstance(error, VerificationError) else 2
    return command.exit_code(result)


def _json(result: dict[str, Any]) -> str:
    return json.dumps({"version": __version__, **result}, allow_nan=False)


def _say_what_the_terminal_can() -> None:
    """Other characters come out as escapes: a terminal may know ASCII only, and the name of a file may be no text."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    said = printable(" ".join(str(error).split())) or type(error).__name__
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


@contextmanager
def _logs_on_stderr() -> Iterator[None]:
    """Our logs, and warnings meant for users, one plain line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("ranp: %(message)s"))
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, UserWarning):
        log.warning("%s", " ".join(str(message).split()))


if __name__ == "__main__":
    sys.exit(main())
