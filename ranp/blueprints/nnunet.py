"""nnU-Net's ``plans.json``, there and back: a configuration's network, and a new configuration of other widths.

A stage of nnU-Net's networks has one number for all of its convolutions, in the encoder and in the decoder
(``features_per_stage``). The new configuration inherits everything from the one that it was made of, preprocessed data
included, and has other numbers there; so plain nnU-Net builds and trains it.

Source of the form: nnunetv2 2.8 (``utilities/plans_handling/plans_handler.py``, ``get_network_from_plans.py``,
``label_handling/label_handling.py``), https://github.com/MIC-DKFZ/nnUNet
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ranp.blueprints.arguments import decoded
from ranp.blueprints.blueprint import Blueprint, Kind
from ranp.blueprints.older_plans import architecture_of
from ranp.files import MAPPING, TEXT, Leaf, check, check_writable, parse_json, read_text, write_atomically
from ranp.inputs import InputSpec

MAX_BYTES = 64 * 2**20
_UNET = "dynamic_network_architectures.architectures.unet"
KINDS: dict[str, Kind] = {
    name: Kind(_UNET, name, "features_per_stage") for name in ("PlainConvUNet", "ResidualEncoderUNet", "ResidualUNet")
}
"""The classes that a plan may name, within ``dynamic_network_architectures``."""

_FOLDER = "dynamic_network_architectures.architectures."


def _whole(most: int) -> Leaf:
    return Leaf(
        f"a whole number from 1 to {most}",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most,
    )


_PATCH = Leaf(
    "two or three whole numbers from 1 to 4096",
    lambda value: isinstance(value, list) and len(value) in (2, 3) and all(map(_whole(4096).accepts, value)),
)


@dataclass(frozen=True)
class NnUNetPlans:
    """One configuration of a plans file, with the channels and classes of its data set.

    ``blueprint`` is built with deep supervision, as nnU-Net trains it; ``inputs`` is one patch.
    """

    document: Mapping[str, Any]
    path: Path
    configuration: str
    blueprint: Blueprint
    patch: tuple[int, ...]
    channels: int
    classes: int
    batch: int

    @property
    def inputs(self) -> InputSpec:
        """How the network is called: one patch."""
        return self.inputs_of(self.patch)

    def inputs_of(self, patch: Sequence[int]) -> InputSpec:
        """The same for another patch."""
        return InputSpec.of_shapes(((1, self.channels, *patch),))

    @property
    def data_set(self) -> str:
        """The data set's name, as nnU-Net's commands take it."""
        return str(self.document["dataset_name"])

    def check_free(self, name: str) -> None:
        """Raise ``ValueError`` where there is a configuration of that name."""
        if name in self.document["configurations"]:
            raise ValueError(
                f"{self.path} has a configuration '{name}' already; give the new one another name (--name)"
            )

    def write(self, widths: Sequence[int], name: str, out: Path) -> None:
        """Write the file to ``out`` with one more configuration, ``name``, of these widths; whole or not at all.

        ``out`` may be the file itself; another's plans take its name, as nnU-Net expects. Raises
        ``ValueError`` where there is a configuration of that name.
        """
        self.check_free(name)
        document = copy.deepcopy(dict(self.document))
        architecture = copy.deepcopy(_resolved(document, self.configuration, str(self.path))["architecture"])
        architecture["arch_kwargs"]["features_per_stage"] = list(widths)
        document["configurations"][name] = {"inherits_from": self.configuration, "architecture": architecture}
        if out.resolve() != self.path.resolve():
            document["plans_name"] = out.stem
        content = json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(check_writable(out), content.encode())

    def command(self, name: str, plans: Path) -> list[str]:
        """What trains the configuration, once the file lies among nnU-Net's preprocessed data."""
        return ["nnUNetv2_train", self.data_set, name, "0", "-p", plans.stem]


def read_nnunet(path: Path, configuration: str, dataset: Path | None = None) -> NnUNetPlans:
    """A configuration of the plans file at ``path``; ``dataset`` is its data set's ``dataset.json`` (default: beside).

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` with one sentence for a file that is damaged
    or of nnU-Net's version 1, and for a network that is not one of `KINDS`.
    """
    source = str(path)
    document = parse_json(read_text(path, MAX_BYTES), source)
    for key, leaf in (("dataset_name", TEXT), ("plans_name", TEXT), ("configurations", MAPPING)):
        _check_key(document, key, leaf, source)
    place = f"configuration '{configuration}' of {source}"
    found = _resolved(document, configuration, source)
    for key, leaf in (("patch_size", _PATCH), ("batch_size", _whole(2**16)), ("architecture", MAPPING)):
        _check_key(found, key, leaf, place)
    channels, classes = _channels_and_classes(dataset or path.with_name("dataset.json"), "previous_stage" in found)
    return NnUNetPlans(
        document=document,
        path=path,
        configuration=configuration,
        blueprint=_blueprint(found["architecture"], place, channels, classes),
        patch=tuple(found["patch_size"]),
        channels=channels,
        classes=classes,
        batch=found["batch_size"],
    )


def _resolved(document: Mapping[str, Any], name: str, source: str) -> dict[str, Any]:
    """The configuration with what it inherits."""
    configurations = document["configurations"]
    found: dict[str, Any] = {}
    chain: list[str] = []
    while True:
        if name not in configurations:
            raise ValueError(f"{source} has no configuration '{name}'; it has {', '.join(configurations)}")
        _check_key(configurations, name, MAPPING, source)
        if name in chain:
            raise ValueError(f"{source}: configuration '{name}' inherits from itself; plan the experiment again")
        chain.append(name)
        found = {**configurations[name], **found}
        if "inherits_from" not in configurations[name]:
            break
        _check_key(configurations[name], "inherits_from", TEXT, f"configuration '{name}' of {source}")
        name = configurations[name]["inherits_from"]
    if "architecture" not in found and "UNet_base_num_features" in found:
        place = f"configuration '{chain[0]}' of {source}, in an older form of nnU-Net's,"
        _check_key(found, "patch_size", _PATCH, place)
        found["architecture"] = architecture_of(found, len(found["patch_size"]), place)
    return found


def _blueprint(architecture: Mapping[str, Any], place: str, channels: int, classes: int) -> Blueprint:
    for key, leaf in (("network_class_name", TEXT), ("arch_kwargs", MAPPING)):
        _check_key(architecture, key, leaf, f"'architecture' in {place}")
    path = architecture["network_class_name"]
    module, _, name = path.rpartition(".")
    if not f"{module}.".startswith(_FOLDER) or name not in KINDS:
        raise ValueError(
            f"{place} has the network {path[:80]}; the networks that are built here are {', '.join(KINDS)}"
        )
    given = decoded(architecture["arch_kwargs"], place)
    if "features_per_stage" not in given:
        raise ValueError(f"'arch_kwargs' in {place} lacks 'features_per_stage'; plan the experiment again")
    ours = {"input_channels": channels, "num_classes": classes, "deep_supervision": True}
    return Blueprint(KINDS[name], {**given, **ours}, place)


def _channels_and_classes(path: Path, cascaded: bool) -> tuple[int, int]:
    """How many channels the network takes, and how many maps it makes, as nnU-Net's label manager counts them."""
    if not path.exists():
        raise FileNotFoundError(
            f"there is no {path}, which says how many channels and labels there are; name it with --dataset"
        )
    source = str(path)
    document = parse_json(read_text(path, MAX_BYTES), source)
    check(document, MAPPING, source)
    channels = "channel_names" if "channel_names" in document else "modality"
    for key in (channels, "labels"):
        _check_key(document, key, MAPPING, source)
    labels = {name: _values(value, name, source) for name, value in document["labels"].items() if name != "ignore"}
    single = {value for values in labels.values() for value in values}
    regions = [values for values in labels.values() if values != {0}]
    classes = len(regions) if any(len(values) > 1 for values in labels.values()) else len(single)
    if not document[channels] or not classes:
        raise ValueError(f"{source} has no channels or no labels; expected at least one of each")
    return len(document[channels]) + (len(single - {0}) if cascaded else 0), classes


def _values(value: Any, name: str, source: str) -> set[int]:
    """The numbers of a label, or of a region of several."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
        raise ValueError(
            f"'labels.{name[:60]}' in {source} must be a whole number or a list of such, not {str(value)[:60]}"
        )
    return set(values)


def _check_key(document: Any, key: str, leaf: Leaf, source: str) -> None:
    """Raise ``ValueError`` unless the document is an object with such a key; it may have others."""
    check(document, MAPPING, source)
    if key not in document:
        raise ValueError(f"{source} lacks the key '{key}'; it is no plans file of nnU-Net's version 2")
    check(document[key], leaf, source, key)
