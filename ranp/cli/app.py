"""``ranp app``: start the explorer, on this machine only."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import ranp
from ranp.cli.arguments import add_own_network
from ranp.cli.command import Command, Result

_QUIET = {
    "server.showEmailPrompt": "false",  # Streamlit asks for an e-mail address at its first start otherwise.
    "browser.gatherUsageStats": "false",
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OWN = ("model", "input", "data", "loss")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="(default: 8501, or the next one that is free)")
    parser.add_argument(
        "--address", default="127.0.0.1", help="whom to listen to (default: %(default)s, this machine only)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser on this machine")
    own = parser.add_argument_group("a network of your own")
    add_own_network(own)
    own.add_argument("--input", action="append", metavar="1x3x16x112x112", help="shape of an input, batch first")
    own.add_argument("--data", metavar="PACKAGE.MODULE:BATCHES", help="a function that returns (inputs, target) pairs")
    own.add_argument("--loss", metavar="PACKAGE.MODULE:LOSS", help="a function of output and target")
    parser.add_argument("arguments", nargs="*", metavar="-- ARGS", help="handed to the app")


def _run(args: argparse.Namespace) -> Result:
    if args.port is not None and not 0 < args.port < 65536:
        raise ValueError(f"--port must be between 1 and 65535, not {args.port}")
    own = [part for name in _OWN for value in _listed(getattr(args, name)) for part in (f"--{name}", value)]
    command = start_command(app_file(), args.address, args.port, args.no_browser, [*own, *args.arguments])
    sys.stdout.flush()
    # The app replaces this process, so that a signal to it (Ctrl-C, a service manager's stop) reaches Streamlit.
    os.execv(command[0], command)


def app_file() -> Path:
    """The explorer's main script, next to the package; ``ValueError`` where there is none."""
    package = Path(str(ranp.__file__)).parent
    script = package.parent / "explorer" / "server.py"
    if not script.is_file():
        raise ValueError(
            f"there is no explorer at {script}; start it from a full clone or an installation with the app"
        )
    if find_spec("streamlit") is None:
        raise ValueError("the explorer needs Streamlit, which is not installed; run 'make app' in the clone")
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


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


APP = Command("open the explorer in the browser", "ranp app --port 8502", _arguments, _run, lambda result: "")
