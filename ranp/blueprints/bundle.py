"""The network of a MONAI bundle's configuration, there and back: its ``network_def`` in JSON or YAML.

A configuration names what it builds by ``_target_``, and MONAI itself would import any name and run any expression
that stands there. Here only the classes of `KINDS` are built, of plain values and of references to such; expressions
are refused.

Source of the form: https://docs.monai.io/en/stable/config_syntax.html
"""

import copy
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ranp.blueprints.blueprint import Blueprint, Kind
from ranp.files import MAPPING, TEXT, check, check_writable, parse_json, parse_yaml, read_text, write_atomically

MAX_BYTES = 16 * 2**20
MAX_YAML_BYTES = 2**18
"""YAML is slow to read."""

_YAML = (".yaml", ".yml")
MOST_NUMBER, MOST_LIST, MOST_TEXT = 2**16, 64, 64
_NETS = "monai.networks.nets"
KINDS: dict[str, Kind] = {
    name: Kind(_NETS, name, widths)
    for name, widths in {
        "UNet": "channels",
        "AttentionUnet": "channels",
        "BasicUNet": "features",
        "BasicUNetPlusPlus": "features",
        "DynUNet": "filters",
        "SegResNet": None,
        "VNet": None,
    }.items()
}
"""The classes that a configuration may name; those without a list of widths can only be written as a module."""

_OURS = ("_target_", "_desc_")


@dataclass(frozen=True)
class Bundle:
    """One network of a configuration: where it stands, and what builds it."""

    document: Mapping[str, Any]
    path: Path
    key: str
    blueprint: Blueprint

    def write_widths(self, widths: Sequence[int], out: Path) -> None:
        """Write the configuration to ``out`` with other widths of the network; whole or not at all."""
        argument = self.blueprint.kind.widths
        assert argument is not None, "widths are written where there are some"
        self._write({**self.document[self.key], argument: list(widths)}, out)

    def write_target(self, target: str, out: Path) -> None:
        """Write the configuration to ``out`` with the network built by the function ``target`` of one's own."""
        self._write({"_target_": target}, out)

    def _write(self, network: Mapping[str, Any], out: Path) -> None:
        document = {**copy.deepcopy(dict(self.document)), self.key: dict(network)}
        write_atomically(check_writable(out), _encoded(document, out))


def read_bundle(path: Path, key: str = "network_def") -> Bundle:
    """The network at ``key`` of the configuration at ``path``.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` with one sentence for a file that is
    damaged, a class that is not one of `KINDS`, and arguments that are no plain values.
    """
    source = str(path)
    is_yaml = path.suffix in _YAML
    text = read_text(path, MAX_YAML_BYTES if is_yaml else MAX_BYTES)
    document = parse_yaml(text, source) if is_yaml else parse_json(text, source)
    check(document, MAPPING, source)
    if key not in document:
        raise ValueError(f"{source} has no '{key}', which describes the network; name the key with --key")
    found, place = document[key], f"'{key}' in {source}"
    check(found, MAPPING, source, key)
    check(found.get("_target_"), TEXT, source, f"{key}._target_")
    kind = _kind(found["_target_"], place)
    arguments = {}
    for name, value in found.items():
        if name in _OURS:
            continue
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
            raise ValueError(f"{place} has the key '{str(name)[:60]}', which is not read here; take it out")
        arguments[name] = _plain(value, document, f"'{key}.{name}' in {source}", depth=8)
    return Bundle(document, path, key, Blueprint(kind, _with_default_widths(kind, arguments, place), place))


def _encoded(document: Mapping[str, Any], out: Path) -> bytes:
    """The configuration as the name of its file says: YAML, without the comments that it had, or JSON."""
    if out.suffix in _YAML:
        return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True).encode()
    return (json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _kind(target: str, place: str) -> Kind:
    module, _, name = target.rpartition(".")
    if not (module in ("", _NETS) or module.startswith(f"{_NETS}.")) or name not in KINDS:
        raise ValueError(
            f"{place} builds {target[:80]}; the networks of MONAI that are built here are {', '.join(KINDS)}"
        )
    return KINDS[name]


def _with_default_widths(kind: Kind, arguments: dict[str, Any], place: str) -> dict[str, Any]:
    """The arguments, with the class's own widths where the file gives none."""
    if kind.widths is None:
        return arguments
    given = arguments.get(kind.widths)
    if given is None:
        given = inspect.signature(kind.load()).parameters[kind.widths].default
    if not isinstance(given, (list, tuple)) or not all(type(one) is int and one > 0 for one in given):
        raise ValueError(f"{place} gives no list of whole numbers as '{kind.widths}'; write the widths out")
    return {**arguments, kind.widths: list(given)}


def _plain(value: Any, document: Mapping[str, Any], place: str, depth: int) -> Any:
    """The value with references replaced by what they mean, if all of it is plain."""
    if depth == 0:
        raise ValueError(f"{place} refers to itself, or holds lists in lists in lists; write the value out")
    if isinstance(value, str):
        if value.startswith("@"):
            return _plain(_referred(value[1:], document, place), document, place, depth - 1)
        if value.startswith(("$", "%")) or len(value) > MOST_TEXT:
            raise ValueError(
                f"{place} is an expression or a long text ({value[:40]}), which is not run here; write the value out"
            )
        return value
    if isinstance(value, list) and len(value) <= MOST_LIST:
        return [_plain(one, document, place, depth - 1) for one in value]
    if isinstance(value, dict) and len(value) <= MOST_LIST and "_target_" not in value:
        return {name: _plain(one, document, place, depth - 1) for name, one in value.items()}
    if value is None or (isinstance(value, (bool, int, float)) and abs(value) <= MOST_NUMBER):
        return value
    raise ValueError(f"{place} must be a plain value that a network may have, not {str(value)[:60]}")


def _referred(name: str, document: Mapping[str, Any], place: str) -> Any:
    """What an id such as ``patch::0`` means, with ``#`` for ``::`` in older files."""
    found: Any = document
    for part in name.replace("#", "::").split("::"):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise ValueError(f"{place} refers to '@{name[:60]}', which the file does not have; write the value out")
    return found
