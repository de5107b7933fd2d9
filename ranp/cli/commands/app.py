"""``ranp app``: start the explorer, on this machine only."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ranp
from ranp.cli.arguments import OWN_CODE
from ranp.cli.command import Command, Result
from ranp.extras import missing
from ranp.inputs import parse_inputs
from ranp.models import read_checkpoint
from ranp.operator_limits import EMBED, LIMITS, read_limit, read_origins
from ranp.subject import DEFAULT_PRESET, library_network, parse_metric
from ranp.timing import read_table

_QUIET = {
    "server.showEmailPrompt": "false",  # Streamlit asks for an e-mail address at its first start otherwise.
    "browser.gatherUsageStats": "false",
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PACKAGES = ("streamlit", "starlette", "plotly", "pandas", "networkx", "optuna", "ptflops")


class _InOrder(argparse.Action):
    """Keeps options and values as they were given: what belongs to a network follows its ``--model``."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), (self.option_strings[0], values)])


def _checked(check: Callable[[str], object]) -> Callable[[str], str]:
    """The text itself, once ``check`` has made sense of it."""

    def read(text: str) -> str:
        try:
            check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        return text

    return read


_OWN: tuple[tuple[str, str, Callable[[str], str], str], ...] = (
    ("--model", "PACKAGE.MODULE:FACTORY", str, f"a function that returns a network of your own; {OWN_CODE}"),
    (
        "--input", "1x3x16x112x112", _checked(lambda text: parse_inputs([text])),
        "an argument of the network, once for each, as for ranp prune: a tensor's shape, batch first, with its dtype",
    ),
    ("--data", "PACKAGE.MODULE:BATCHES", str, "a function that returns (inputs, target) pairs"),
    ("--loss", "PACKAGE.MODULE:LOSS", str, "a function of output and target"),
    ("--metric", "NAME=PACKAGE.MODULE:FUNCTION", _checked(parse_metric), "the score of a check, as for ranp train"),
    ("--optimizer", "PACKAGE.MODULE:FUNCTION", str, "a function of the parameters that a check trains with"),
    ("--architecture", "ARCH", str, "instead, with --checkpoint: a network of the library"),
    ("--preset", "PRESET", str, "its size and task (default: classroom)"),
    ("--checkpoint", "FILE", str, "trained weights of the full network: safetensors, or a state dict of torch.save"),
)  # fmt: skip
"""What says which networks the app offers besides the library's: option, placeholder, reader, help."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="(default: 8501, or the next one that is free)")
    parser.add_argument(
        "--address", default="127.0.0.1", help="whom to listen to (default: %(default)s, this machine only)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser on this machine")
    own = parser.add_argument_group(
        "networks of your own", "for several give --model again; what belongs to one follows its --model"
    )
    for option, shown, read, said in _OWN:
        own.add_argument(option, dest="own", action=_InOrder, default=[], metavar=shown, type=read, help=said)
    parser.add_argument(
        "--time-table", type=Path, action="append", default=[], metavar="FILE",
        help="from 'ranp time --out FILE': tells the seconds of the network that it is of; again for others",
    )  # fmt: skip
    visitors = parser.add_argument_group("what visitors may do")
    for name, limit in LIMITS.items():
        said = f"{limit.bounds} (default: {limit.variable}, or {limit.default})"
        visitors.add_argument(f"--{name.replace('_', '-')}", metavar="N", help=said)
    visitors.add_argument(
        "--embed", action="append", metavar="ORIGIN",
        help=f"a site that may show the app in a frame, such as https://moodle.example.org (default: {EMBED}, or none)",
    )  # fmt: skip
    parser.add_argument("arguments", nargs="*", metavar="-- ARGS", help="handed to the app")


def _run(args: argparse.Namespace) -> Result:
    if args.port is not None and not 0 < args.port < 65536:
        raise ValueError(f"--port must be between 1 and 65535, not {args.port}")
    for network in _networks(args.own):
        _check_trained(network)
    own = [part for option in args.own for part in option]
    for path in args.time_table:
        read_table(path)
        own += ["--time-table", str(path)]
    command = start_command(app_file(), args.address, args.port, args.no_browser, [*own, *args.arguments])
    environment = visitors_environment(args)
    sys.stdout.flush()
    # The app replaces this process, so that a signal to it (Ctrl-C, a service manager's stop) reaches Streamlit.
    os.execve(command[0], command, environment)


def _networks(given: list[tuple[str, str]]) -> list[dict[str, str]]:
    """The options of each network, of one that was given several times the last; cut in front of each ``--model``."""
    several = sum(option == "--model" for option, _ in given) > 1
    if several and given[0][0] != "--model":
        raise ValueError(f"{given[0][0]} stands before the first of several --model; put it behind the one it is for")
    found: list[dict[str, str]] = [{}]
    for option, value in given:
        if several and option == "--model":
            found.append({})
        found[-1][option] = value
    return found[1:] if several else found


def _check_trained(network: dict[str, str]) -> None:
    """Tell mistakes about the checkpoint here, and not on the page."""
    model, architecture, checkpoint = (network.get(name) for name in ("--model", "--architecture", "--checkpoint"))
    if (checkpoint is None) is not (architecture is None) and model is None:
        raise ValueError("--checkpoint goes with the network that it is of: --architecture, or --model and --input")
    if checkpoint is not None:
        trained = read_checkpoint(Path(checkpoint))
        if model is None:
            preset = network.get("--preset", DEFAULT_PRESET)
            library_network(str(architecture), preset, {}, 0, "xavier").starting_from(trained)


def visitors_environment(args: argparse.Namespace) -> dict[str, str]:
    """The environment with the limits of the options in it; `ValueError` for one that makes no sense."""
    given = {limit.variable: getattr(args, name) for name, limit in LIMITS.items()}
    given[EMBED] = " ".join(args.embed) if args.embed else None
    environment = {**os.environ, **{variable: text for variable, text in given.items() if text is not None}}
    for name in LIMITS:
        read_limit(name, environment)
    read_origins(environment)
    return environment


def app_file() -> Path:
    """The explorer's main script, next to the package; ``ValueError`` where there is none."""
    package = Path(str(ranp.__file__)).parent
    script = package.parent / "explorer" / "server.py"
    if not script.is_file():
        raise ValueError(
            f"there is no explorer at {script}; start it from a full clone or an installation with the app"
        )
    absent = [name for name in _PACKAGES if find_spec(name) is None]
    if absent:
        raise ValueError(missing("app", "the explorer", absent))
    return script


def start_command(script: Path, address: str, port: int | None, no_browser: bool, arguments: list[str]) -> list[str]:
    """Streamlit's command line for the explorer.

    Its configuration answers only to this machine's names; an address that others reach has others, so it answers to
    all. Without a display Streamlit opens no browser by itself.
    """
    settings = {"server.address": address, **_QUIET}
    if port is not None:
        settings["server.port"] = str(port)
    if no_browser:
        settings["server.headless"] = "true"
    if address not in _LOOPBACK:
        settings["server.allowedHosts"] = "*"
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--", *arguments]


APP = Command("open the explorer in the browser", "ranp app --port 8502", _arguments, _run, lambda result: "")
