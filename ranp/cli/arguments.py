"""Arguments that several commands take, and the values that are written in a way of our own."""

import argparse
import json
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from ranp.files import parse_json, read_text
from ranp.inputs import parse_inputs
from ranp.models import INITIALISERS
from ranp.own import is_name
from ranp.selection import (
    SETTINGS,
    Form,
    LayerCounts,
    LayerGroups,
    LayerNumbers,
    Number,
    OneOf,
    OneOfOrOwn,
    Whole,
    spelling,
)
from ranp.subject import Scoring

SCORING = ("criterion", "reduce")
PRUNING = tuple(name for name, setting in SETTINGS.items() if setting.help is not None and name not in SCORING)
"""The settings that are options of what decides from scores."""

OWN_CODE = "this imports and runs that code, from installed packages and the current folder"


def add_network(parser: argparse.ArgumentParser) -> None:
    """Which network: one of the library's, or one's own."""
    group = parser.add_argument_group("network")
    add_named(group)
    add_checkpoint(group)
    group.add_argument("--seed", type=int, default=0, help="of initialisation, data and random order (default: 0)")


def add_named(group: argparse._ActionsContainer) -> None:
    """A network of the library by its name, or one's own by its import path; without a seed."""
    group.add_argument("architecture", nargs="?", metavar="ARCH", help="a network of the library; see: ranp list")
    group.add_argument("--preset", help="its size and task (default: classroom)")
    group.add_argument(
        "--set", action="append", default=[], type=_assignment, metavar="NAME=VALUE", help="replace an argument of it"
    )
    add_own_network(group)
    add_input(group)
    group.add_argument(
        "--init", choices=INITIALISERS, help="initialisation (default: xavier; with --model, the factory's own)"
    )


def add_loss(group: argparse._ActionsContainer) -> None:
    """The loss of one's own."""
    group.add_argument(
        "--loss", metavar="PACKAGE.MODULE:FUNCTION", help="with --model: a function of (output, target) -> number"
    )


def add_own_network(parser: argparse._ActionsContainer) -> None:
    """A network of one's own by the import path of its factory."""
    parser.add_argument(
        "--model", metavar="PACKAGE.MODULE:FACTORY", help=f"a function that returns a network of your own; {OWN_CODE}"
    )


def add_checkpoint(parser: argparse._ActionsContainer) -> None:
    """Trained weights in place of those that are drawn."""
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="trained weights of the full network: safetensors, or a state dict of torch.save; nothing is unpickled",
    )


def add_before(parser: argparse._ActionsContainer) -> None:
    """Weights from before training, beside those of `add_checkpoint`."""
    parser.add_argument(
        "--before",
        type=Path,
        metavar="FILE",
        help="with --criterion pgp: the network's weights before training, as for --checkpoint",
    )


def add_input(parser: argparse._ActionsContainer) -> None:
    """How a network of one's own is called; `ranp.inputs.text` reads what is given, as a list of texts."""
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        type=_input,
        metavar="1x3x16x112x112",
        help="an argument of --model, once for each: a tensor's shape, batch first, where needed with its dtype and "
        "the whole numbers that it holds (1x16:bool, 1:int64:0..9, scalar); with a name, by keyword (mask=1x16:bool); "
        'a list or dict in JSON (\'{"t1": "1x1x8x8x8", "scale": 2.0}\'); or value:2.0, value:null, text:train',
    )


def add_scoring(parser: argparse.ArgumentParser) -> None:
    """How importance is computed, and on what."""
    default = Scoring()
    group = parser.add_argument_group("importance")
    for name in SCORING:
        add_setting(group, name)
    group.add_argument("--batches", type=int, default=default.count, metavar="N", help="(default: %(default)s)")
    group.add_argument("--batch-size", type=int, default=default.batch_size, metavar="N", help="(default: %(default)s)")
    group.add_argument(
        "--data",
        metavar="PATH",
        help="folder of the task's real data set (default: data that it draws); with --model a PACKAGE.MODULE:FUNCTION "
        "that returns batches of (inputs, target)",
    )
    add_loss(group)
    group.add_argument("--device", default=default.device, help="cpu, cuda, ... (default: %(default)s)")
    group.add_argument("--autocast", action="store_true", help="score in bfloat16 where the processor has it")


def add_pruning(parser: argparse.ArgumentParser, hidden: Collection[str] = ()) -> None:
    """What is decided from the scores; help leaves out settings that are ``hidden``."""
    group = parser.add_argument_group("pruning")
    for name in PRUNING:
        add_setting(group, name, **({"help": argparse.SUPPRESS} if name in hidden else {}))
    group.add_argument(
        "--scores", type=Path, metavar="FILE", help="scores from 'ranp score --out FILE', instead of computing them"
    )


def add_setting(parser: argparse._ActionsContainer, name: str, **more: Any) -> None:
    """The option of one of `ranp.selection.SETTINGS`; its value is ``None`` where it is not given."""
    setting = SETTINGS[name]
    typed = _from_file(setting.form) if setting.from_file else _typed(setting.form)
    told = setting.help
    if isinstance(setting.form, OneOfOrOwn) and told is not None:
        told = told.format(names=", ".join(setting.form.titles))
    parser.add_argument(option_of(name), dest=name, **{"help": told, **typed, **more})


def option_of(name: str) -> str:
    """How a setting is called on the command line.

    >>> option_of("lam"), option_of("min_neurons")
    ('--lambda', '--min-neurons')
    """
    return f"--{spelling(name).replace('_', '-')}"


def given_settings(args: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """Those of the settings that the command line names, as `PruningConfig` takes them."""
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _typed(form: Form) -> dict[str, Any]:
    """How argparse reads the values of a form."""
    if isinstance(form, OneOfOrOwn):
        return {"type": partial(_named_or_own, form), "metavar": "NAME|PACKAGE.MODULE:FUNCTION"}
    if isinstance(form, OneOf):
        return {"choices": list(form.titles)}
    if isinstance(form, Number):
        return {"type": float}
    if isinstance(form, Whole):
        return {"type": int, "metavar": "N"}
    if isinstance(form, LayerCounts):
        return {"action": "extend", "type": parse_widths, "metavar": "LAYER=24|FILE"}
    if isinstance(form, LayerNumbers):
        return {"action": "append", "type": parse_cap, "metavar": "LAYER=0.5"}
    return {"action": "append", "metavar": "LAYER"}


def _named_or_own(form: OneOfOrOwn, text: str) -> str:
    """A name, or an import path, which nothing imports yet."""
    if text not in form.titles and not is_name(text):
        choices = ", ".join(repr(name) for name in form.titles)
        raise argparse.ArgumentTypeError(f"invalid choice: '{text}' (choose from {choices})")
    return text


def _from_file(form: Form) -> dict[str, Any]:
    """How argparse reads the values of a form from a JSON file."""

    def read(text: str) -> Any:
        try:
            document = parse_json(read_text(Path(text)), text)
        except (OSError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        kind, example = _IN_FILES[type(form)]
        if not isinstance(document, kind):
            raise argparse.ArgumentTypeError(f"{text} must hold {example}")
        return tuple(document.items()) if isinstance(document, dict) else document

    return {"type": read, "metavar": "FILE"}


_IN_FILES: dict[type[Form], tuple[type, str]] = {
    LayerNumbers: (dict, 'an object of layers, such as {"conv1": 0.5}'),
    LayerCounts: (dict, 'an object of layers and their widths, such as {"conv1": 24}'),
    LayerGroups: (list, 'a list of groups of layers, such as [["conv1", "conv2"]]'),
}


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


def parse_widths(text: str) -> tuple[tuple[str, int], ...]:
    """``layer=24`` as a pair, or the pairs of a JSON file such as ``{"encoder1.conv1": 24}``.

    >>> parse_widths("encoder1.conv1=24")
    (('encoder1.conv1', 24),)
    """
    layer, equals, width = text.rpartition("=")
    if equals and width.isdecimal():
        return ((layer, int(width)),)
    if equals and not Path(text).exists():
        raise argparse.ArgumentTypeError(f"'{text}' is no width; write the layer and a number, like conv1=24")
    read: Callable[[str], tuple[tuple[str, int], ...]] = _from_file(SETTINGS["widths"].form)["type"]
    return read(text)


def _input(text: str) -> str:
    try:
        parse_inputs([text])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"'{text}' is no assignment; write for instance base_channels=8")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
