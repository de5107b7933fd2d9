"""A network of the user's own, named when the app is started: `ranp app --model package.module:factory --input ...`.

Its code runs because the person who started the server typed its name; no visitor and no link can name one.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Own:
    """Import paths of the network, and of its data and loss where there are any; the shape of each input."""

    model: str
    input_shapes: tuple[tuple[int, ...], ...]
    data: str | None = None
    loss: str | None = None


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the server."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"the app was started with arguments that make no sense: {message}")


def read_own(arguments: Sequence[str] | None = None) -> Own | None:
    """The network that the arguments name (those of this process unless given), or `None`. Others are not ours.

    >>> read_own(["--model", "nets:tiny", "--input", "1x3x16x64x64"])
    Own(model='nets:tiny', input_shapes=((1, 3, 16, 64, 64),), data=None, loss=None)
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--model")
    parser.add_argument("--input", action="append", default=[], type=_shape)
    parser.add_argument("--data")
    parser.add_argument("--loss")
    found, _ = parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
    if found.model is None:
        return None
    if not found.input:
        raise ValueError(f"--model {found.model} needs the shape of its input, for instance --input 1x3x16x112x112")
    return Own(found.model, tuple(found.input), found.data, found.loss)


def _shape(text: str) -> tuple[int, ...]:
    sizes = text.lower().split("x")
    if len(sizes) < 2 or not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise argparse.ArgumentTypeError(f"'{text}' is no shape; write it with the batch first, like 1x3x16x112x112")
    return tuple(map(int, sizes))
