"""Networks that are named when the app is started: `ranp app --model package.module:factory --input ...`.

Or one of the library's with trained weights: `ranp app --architecture unet3d --checkpoint best.pt`. Code runs, and a
file of weights is read, because the person who started the server typed its name; no visitor and no link can name one.
Several networks are given by several ``--model``; what belongs to one follows it.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from ranp.inputs import InputSpec, format_inputs, parse_inputs
from ranp.models import Checkpoint, find_preset, read_checkpoint
from ranp.subject import DEFAULT_PRESET, Metric, Network, Subject, allow, library_network, own_network, parse_metric


@dataclass(frozen=True)
class Own:
    """Import paths of the network, and of its data, loss, metrics and optimizer where there are any; how it is called.

    Without ``model`` it is the library's ``architecture``, with the weights of ``checkpoint``, the path of a file.
    """

    model: str | None
    inputs: InputSpec
    data: str | None = None
    loss: str | None = None
    checkpoint: str | None = None
    architecture: str = ""
    preset: str = DEFAULT_PRESET
    metrics: tuple[Metric, ...] = ()
    optimizer: str | None = None

    @property
    def subject(self) -> Subject:
        """By names alone, as a check or a sweep takes it to a worker: with the weights that are drawn."""
        if self.model is None:
            return Subject(self.architecture, self.preset)
        return Subject(
            model=self.model,
            inputs=tuple(format_inputs(self.inputs)),
            data=self.data,
            loss=self.loss,
            metrics=self.metrics,
            optimizer=self.optimizer,
        )

    @property
    def trained_subject(self) -> Subject:
        """The same with the weights of the checkpoint, which a worker finds where this process does."""
        if self.checkpoint is None or self.trained is None:
            raise ValueError(f"the app has no trained weights for {self.title}; start it with --checkpoint FILE")
        file = str(Path(self.checkpoint).resolve())
        return replace(self.subject, checkpoint=file, checkpoint_sha256=self.trained.sha256)

    @property
    def title(self) -> str:
        """The network in a few words."""
        return self.model or f"{self.architecture}, {self.preset}"

    @property
    def command(self) -> str:
        """The network and how it is called, as an argument of a command for a shell."""
        if self.model is None:
            return f"{self.architecture} --preset {self.preset}"
        inputs = [f"--input {shlex.quote(text)}" for text in format_inputs(self.inputs)]
        return " ".join([f"--model {shlex.quote(self.model)}", *inputs])

    @property
    def trained(self) -> Checkpoint | None:
        """The trained weights, as they were when somebody first asked for them."""
        return None if self.checkpoint is None else _read(self.checkpoint)

    def network(self, seed: int, trained: bool) -> Network:
        """With the weights of the checkpoint, or with those of the seed; ``ValueError`` where the former do not fit."""
        if self.model is not None:
            network = own_network(self.model, self.inputs, seed, None)
            network = network.judged_by([metric.text for metric in self.metrics], self.optimizer)
        else:
            network = library_network(self.architecture, self.preset, {}, seed, "xavier")
        return network.starting_from(self.trained) if trained and self.trained is not None else network


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the server."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"the app was started with arguments that make no sense: {message}")


def read_owns(arguments: Sequence[str] | None = None) -> tuple[Own, ...]:
    """The networks that the arguments name (those of this process unless given). Other arguments are not ours.

    >>> [own] = read_owns(["--model", "nets:tiny", "--input", "1x3x16x64x64"])
    >>> own.model, own.inputs.shapes
    ('nets:tiny', ((1, 3, 16, 64, 64),))
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    found = [_read_own(part) for part in _by_model(given)]
    return tuple(own for own in found if own is not None)


def _by_model(given: list[str]) -> list[list[str]]:
    """The arguments cut in front of each ``--model``; all of them together where there is at most one."""
    places = [place for place, text in enumerate(given) if text == "--model" or text.startswith("--model=")]
    if len(places) < 2:
        return [given]
    before, _ = _parser().parse_known_args(given[: places[0]])
    stray = next((name for name, value in vars(before).items() if value), None)
    if stray is not None:
        raise ValueError(f"--{stray} stands before the first of several --model; put it behind the one it is for")
    return [given[start:end] for start, end in zip(places, [*places[1:], None], strict=True)]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--model")
    parser.add_argument("--input", action="append", default=[], type=_input)
    parser.add_argument("--data")
    parser.add_argument("--loss")
    parser.add_argument("--metric", action="append", default=[], type=_metric)
    parser.add_argument("--optimizer")
    parser.add_argument("--checkpoint")
    parser.add_argument("--architecture")
    parser.add_argument("--preset")
    return parser


def _read_own(given: Sequence[str]) -> Own | None:
    found, _ = _parser().parse_known_args(given)
    if found.model is None:
        return _read_library(found)
    if found.architecture is not None or found.preset is not None:
        raise ValueError(f"give --model {found.model} or --architecture, not both")
    if not found.input:
        raise ValueError(f"--model {found.model} needs the shape of its input, for instance --input 1x3x16x112x112")
    own = Own(
        model=found.model,
        inputs=parse_inputs(found.input),
        data=found.data,
        loss=found.loss,
        checkpoint=found.checkpoint,
        metrics=tuple(found.metric),
        optimizer=found.optimizer,
    )
    allow(own.subject.code)
    return own


def _read_library(found: argparse.Namespace) -> Own | None:
    """The library's network whose trained weights are given; none where none are: the app offers it anyway."""
    if found.checkpoint is None and found.architecture is None and found.preset is None:
        return None
    if found.checkpoint is None or found.architecture is None:
        raise ValueError(
            "--checkpoint needs the network that it is of: --architecture and --preset, or --model and --input"
        )
    preset = found.preset or DEFAULT_PRESET
    inputs = InputSpec.of_shapes(find_preset(found.architecture, preset).input_shapes)
    return Own(None, inputs, None, None, found.checkpoint, found.architecture, preset)


@lru_cache(maxsize=4)
def _read(path: str) -> Checkpoint:
    return read_checkpoint(path)


def _input(text: str) -> str:
    try:
        parse_inputs([text])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _metric(text: str) -> Metric:
    try:
        return parse_metric(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
