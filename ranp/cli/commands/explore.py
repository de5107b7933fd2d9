"""``ranp explore``: the explorer of one network as one HTML file, which needs no server and no network.

The library knows nothing of the app, so the file is made by a process of the app's own (`explorer.takeaway`).
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ranp.cli.arguments import PRUNING, SCORING, add_checkpoint, add_input, add_loss, add_own_network, add_setting
from ranp.cli.command import Command, Result
from ranp.cli.commands.app import app_file
from ranp.files import check_writable, make_folder_of
from ranp.inputs import parse_inputs
from ranp.models import find_preset
from ranp.selection import SETTINGS, spelling
from ranp.subject import DEFAULT_PRESET

_OPENING = tuple(name for name in (*SCORING, *PRUNING) if SETTINGS[name].link)
"""The settings that the file can open with, beside the sparsity and the seed."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    network = parser.add_argument_group("network")
    network.add_argument("architecture", nargs="?", metavar="ARCH", help="a network of the library; see: ranp list")
    network.add_argument("--preset", help=f"its size and task (default: {DEFAULT_PRESET})")
    add_own_network(network)
    add_input(network)
    add_checkpoint(network)
    network.add_argument(
        "--data", metavar="PACKAGE.MODULE:FUNCTION", help="with --model: a function that returns (inputs, target) pairs"
    )
    add_loss(network)
    network.add_argument("--seed", type=int, help="of weights and data (default: 0)")
    network.add_argument(
        "--time-table", type=Path, metavar="FILE", help="from 'ranp time --out FILE': tells the network's seconds"
    )
    opening = parser.add_argument_group("what it opens with; all of it can be moved in the file but the scores")
    opening.add_argument("--sparsity", type=float, help="the fraction of neurons that goes (default: the preset's)")
    for name in _OPENING:
        add_setting(opening, name)
    parser.add_argument(
        "--out", type=Path, default=Path("explorer.html"), metavar="FILE", help="(default: %(default)s)"
    )


def _run(args: argparse.Namespace) -> Result:
    network, query = _named(args), _settings(args)
    folder = app_file().parents[1]
    make_folder_of(args.out)
    check_writable(args.out)
    command = [sys.executable, "-P", "-m", "explorer.takeaway", *network, "--query", query, "--out", str(args.out)]
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(ended.stdout) if ended.stdout.strip() else {}
    if ended.returncode:
        raise ValueError(told.get("error") or f"the explorer ended with exit code {ended.returncode}; see above")
    return told


def _named(args: argparse.Namespace) -> list[str]:
    """The network as arguments that the app reads; nothing of one of the library's that is as it is drawn."""
    if (args.architecture is None) is (args.model is None):
        raise ValueError("name a network of the library (see: ranp list), or one of your own with --model and --input")
    own = {"--model": args.model, "--data": args.data, "--loss": args.loss, "--checkpoint": args.checkpoint}
    if args.model is None:
        find_preset(args.architecture, args.preset or DEFAULT_PRESET)
        stray = next((f"--{name}" for name in ("input", "data", "loss") if getattr(args, name)), None)
        if stray is not None:
            raise ValueError(f"{stray} goes with --model; a network of the library has its own")
        if args.checkpoint is not None:
            own |= {"--architecture": args.architecture, "--preset": args.preset or DEFAULT_PRESET}
    else:
        if args.preset is not None:
            raise ValueError("--preset goes with a network of the library, not with --model")
        if not args.input:
            raise ValueError(f"--model {args.model} needs the shape of its input, such as --input 1x3x16x112x112")
        parse_inputs(args.input)
    table = [] if args.time_table is None else ["--time-table", str(args.time_table)]
    inputs = [part for text in args.input for part in ("--input", text)]
    return [part for option, value in own.items() if value for part in (option, str(value))] + inputs + table


def _settings(args: argparse.Namespace) -> str:
    """What the file opens with, as a link of the app says it."""
    texts: dict[str, list[str]] = {}
    if args.model is None and args.checkpoint is None:
        texts |= {"architecture": [args.architecture], "preset": [args.preset or DEFAULT_PRESET]}
    for name in ("sparsity", "seed", *_OPENING):
        value = getattr(args, name)
        if value is None or value == []:
            continue
        form = SETTINGS[name].form
        written = form.write(tuple(value) if isinstance(value, list) else value)
        try:
            form.read(written)
        except ValueError as error:
            option = f"--{spelling(name).replace('_', '-')}"
            raise ValueError(f"{option} must be {form.expected} here, not {', '.join(written)}") from error
        texts[spelling(name)] = written
    return urlencode(texts, doseq=True)


def _text(result: Result) -> str:
    return f"{result['out']}: the explorer of {result['network']}; {result['bytes']:,} bytes"


EXPLORE = Command(
    "write the explorer of a network as one HTML file that needs no server",
    "ranp explore unet3d --preset classroom --out explorer.html",
    _arguments,
    _run,
    _text,
)
