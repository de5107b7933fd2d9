"""``ranp app``: start the explorer, on this machine only."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import ranp
from ranp.cli.command import Command, Result

_QUIET = {
    "server.headless": "true",  # Without it, Streamlit asks for an e-mail address at its first start.
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="(default: %(default)s)")
    parser.add_argument(
        "--address", default="127.0.0.1", help="whom to listen to (default: %(default)s, this machine only)"
    )
    parser.add_argument("arguments", nargs="*", metavar="-- ARGS", help="handed to the app")


def _run(args: argparse.Namespace) -> Result:
    if not 0 < args.port < 65536:
        raise ValueError(f"--port must be between 1 and 65535, not {args.port}")
    command = start_command(app_file(), args.address, args.port, args.arguments)
    sys.stdout.flush()
    # The app replaces this process, so that a signal to it (Ctrl-C, a service manager's stop) reaches Streamlit.
    os.execv(command[0], command)


def app_file() -> Path:
    """The explorer's main script, next to the package; ``ValueError`` where there is none."""
    package = Path(str(ranp.__file__)).parent
    script = package.parent / "explorer" / "app.py"
    if not script.is_file():
        raise ValueError(
            f"there is no explorer at {script}; start it from a full clone or an installation with the app"
        )
    if find_spec("streamlit") is None:
        raise ValueError("the explorer needs Streamlit, which is not installed; run 'make app' in the clone")
    return script


def start_command(script: Path, address: str, port: int, arguments: list[str]) -> list[str]:
    """Streamlit's command line for the explorer."""
    settings = {"server.address": address, "server.port": str(port), **_QUIET}
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags, "--", *arguments]


APP = Command("open the explorer in the browser", "ranp app --port 8502", _arguments, _run, lambda result: "")
