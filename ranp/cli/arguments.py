"""Arguments that several commands take, and the values that are written in a way of our own."""

import argparse
import json
from pathlib import Path
from typing import Any

from ranp.config import BUDGETS, METHODS, PruningConfig
from ranp.graph import COUPLINGS
from ranp.importance import CRITERIA, REDUCTIONS
from ranp.initialisation import INITIALISERS
from ranp.scoring import Scoring

OWN_CODE = "this imports and runs that code, from installed packages and the current folder"


def add_network(parser: argparse.ArgumentParser) -> None:
    """Which network: one of the library's, or one's own."""
    group = parser.add_argument_group("network")
    group.add_argument("architecture", nargs="?", metavar="ARCH", help="a network of the library; see: ranp list")
    group.add_argument("--preset", help="its size and task (default: classroom)")
    group.add_argument(
        "--set", action="append", default=[], type=_assignment, metavar="NAME=VALUE", help="replace an argument of it"
    )
    add_own_network(group)
    group.add_argument(
        "--input",
        action="append",
        default=[],
        type=_shape,
        metavar="1x3x16x112x112",
        help="shape of an input of --model, batch first; once for each input",
    )
    group.add_argument("--seed", type=int, default=0, help="of initialisation, data and random order (default: 0)")
    group.add_argument(
        "--init", choices=INITIALISERS, help="initialisation (default: xavier; with --model, the factory's own)"
    )


def add_own_network(parser: argparse._ActionsContainer) -> None:
    """A network of one's own by the import path of its factory."""
    parser.add_argument(
        "--model", metavar="PACKAGE.MODULE:FACTORY", help=f"a function that returns a network of your own; {OWN_CODE}"
    )


def add_scoring(parser: argparse.ArgumentParser) -> None:
    """How importance is computed, and on what."""
    default = Scoring()
    group = parser.add_argument_group("importance")
    group.add_argument("--criterion", choices=CRITERIA, help=f"(default: {default.criterion})")
    group.add_argument("--reduce", choices=REDUCTIONS, help=f"from weights to neurons (default: {default.reduce})")
    group.add_argument("--batches", type=int, default=default.count, metavar="N", help="(default: %(default)s)")
    group.add_argument("--batch-size", type=int, default=default.batch_size, metavar="N", help="(default: %(default)s)")
    group.add_argument(
        "--data",
        metavar="PATH",
        help="folder of the task's real data set (default: procedural data); with --model a PACKAGE.MODULE:FUNCTION "
        "that returns batches of (inputs, target)",
    )
    group.add_argument(
        "--loss", metavar="PACKAGE.MODULE:FUNCTION", help="with --model: a function of (output, target) -> number"
    )
    group.add_argument("--device", default=default.device, help="cpu, cuda, ... (default: %(default)s)")
    group.add_argument("--autocast", action="store_true", help="score in bfloat16 where the processor has it")


def add_pruning(parser: argparse.ArgumentParser) -> None:
    """What is decided from the scores."""
    default = PruningConfig()
    group = parser.add_argument_group("pruning")
    group.add_argument("--method", choices=METHODS, default=default.method, help="(default: %(default)s)")
    group.add_argument("--alpha", type=float, default=default.alpha, help="blend: 1 = MACs only, 0 = memory only")
    group.add_argument("--lambda", dest="lam", type=float, help="weight of the costs (default: the preset's, else 11)")
    group.add_argument("--coupling", choices=COUPLINGS, default=default.coupling, help="of tied layers (default: any)")
    group.add_argument("--min-neurons", type=int, default=0, metavar="N", help="that selection leaves in each layer")
    group.add_argument("--protect", action="append", default=[], metavar="LAYER", help="keep this layer whole")
    group.add_argument(
        "--cap", dest="caps", action="append", default=[], type=parse_cap, metavar="LAYER=0.5",
        help="remove at most this share of the layer's neurons",
    )  # fmt: skip
    group.add_argument(
        "--scores", type=Path, metavar="FILE", help="scores from 'ranp score --out FILE', instead of computing them"
    )


def parse_cap(text: str) -> tuple[str, float]:
    """``layer=0.5`` as a pair; a layer's own name may hold an equals sign, its share may not.

    >>> parse_cap("encoder1.conv1=0.5")
    ('encoder1.conv1', 0.5)
    """
    layer, _, share = text.rpartition("=")
    try:
        return layer, float(share)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no cap; write the layer and a share, like conv1=0.5") from error


def parse_budget(text: str) -> tuple[str, float]:
    """``macs=0.1`` as a pair.

    >>> parse_budget("macs=0.1")
    ('macs', 0.1)
    """
    kind, equals, fraction = text.partition("=")
    try:
        if not equals:
            raise ValueError
        return kind, float(fraction)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no budget; write for instance macs=0.1 (one of {', '.join(BUDGETS)})"
        ) from None


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(size) for size in text.lower().split("x"))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no shape; write it with the batch first, like 1x3x16x112x112")
    return shape


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"'{text}' is no assignment; write for instance base_channels=8")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
