"""Arguments of commands that train: which network, and what it learns from and is judged by."""

import argparse

from ranp.cli.arguments import add_checkpoint, add_input, add_loss, add_named, add_own_network
from ranp.cli.chosen import metric
from ranp.models import INITIALISERS


def add_subject(parser: argparse.ArgumentParser) -> None:
    """Which network, and what it is trained on: the task of its preset, or one's own data, loss and metrics."""
    group = parser.add_argument_group("network")
    add_named(group)
    add_checkpoint(group)
    _add_material(group)


def add_own_subject(parser: argparse.ArgumentParser) -> None:
    """The same for networks of one's own alone, where the library's have names of another kind."""
    group = parser.add_argument_group("a network of your own")
    add_own_network(group)
    add_input(group)
    group.add_argument("--init", choices=INITIALISERS, help="initialisation (default: the factory's own)")
    _add_material(group)
    parser.set_defaults(architecture=None, preset=None, set=[], checkpoint=None)


def _add_material(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data",
        metavar="PATH",
        help="folder of the task's real data set (default: data that it draws); with --model a PACKAGE.MODULE:FUNCTION "
        "that returns batches of (inputs, target), a DataLoader or a Dataset, or (train, test) of these",
    )
    add_loss(group)
    add_metric(group)
    group.add_argument(
        "--optimizer",
        dest="optimizer_code",
        metavar="PACKAGE.MODULE:FUNCTION",
        help="a function of the parameters that returns the optimizer, whose learning rates are the peaks of the "
        "schedule (default: AdamW)",
    )


def add_metric(group: argparse._ActionsContainer) -> None:
    """What judges a network of one's own; a plan keeps the names."""
    group.add_argument(
        "--metric",
        action="append",
        default=[],
        type=metric,
        metavar="NAME=PACKAGE.MODULE:FUNCTION",
        help="with --model, once for each: a function of (output, target) -> number, taken on held-out batches; more "
        "is better unless :lower stands behind it. The first is the score (default: the loss on held-out batches)",
    )
