"""The arguments of nnU-Net's networks as ``plans.json`` writes them: which there are, and what each may be.

Classes of torch are written as texts; the few that nnU-Net's planners use stand in a table, and nothing else is looked
up. Numbers have limits that no real plan reaches, so that a damaged file is refused before anything is built from it.
"""

from collections.abc import Mapping
from typing import Any

from torch import nn

from ranp.blueprints.blueprint import MOST_WIDTHS
from ranp.files import FLAG, NUMBER, Leaf

MOST_CHANNELS = 2**14
MOST_LAYERS = 64

_CLASSES: dict[str, dict[str, type[nn.Module]]] = {
    "conv_op": {"Conv2d": nn.Conv2d, "Conv3d": nn.Conv3d},
    "norm_op": {
        "InstanceNorm2d": nn.InstanceNorm2d,
        "InstanceNorm3d": nn.InstanceNorm3d,
        "BatchNorm2d": nn.BatchNorm2d,
        "BatchNorm3d": nn.BatchNorm3d,
    },
    "dropout_op": {"Dropout2d": nn.Dropout2d, "Dropout3d": nn.Dropout3d},
    "nonlin": {"LeakyReLU": nn.LeakyReLU, "ReLU": nn.ReLU},
}
"""Argument -> the classes of torch that it may name."""

_OPTIONS: dict[str, tuple[str, ...]] = {
    "norm_op_kwargs": ("eps", "affine", "momentum", "track_running_stats"),
    "dropout_op_kwargs": ("p", "inplace"),
    "nonlin_kwargs": ("inplace", "negative_slope"),
}
"""Argument -> the keys that its object may have."""


def _is_whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _whole(most: int) -> Leaf:
    return Leaf(f"a whole number from 1 to {most}", lambda value: _is_whole(value, most))


def _list_of(one: Leaf) -> Leaf:
    return Leaf(
        f"a list of at most {MOST_WIDTHS}, each {one.expected}",
        lambda value: isinstance(value, list) and 0 < len(value) <= MOST_WIDTHS and all(map(one.accepts, value)),
    )


_SMALL, _CHANNELS = _whole(MOST_LAYERS), _whole(MOST_CHANNELS)
_SIZES = _SMALL | _list_of(_SMALL)

_VALUES: dict[str, Leaf] = {
    "n_stages": _whole(MOST_WIDTHS),
    "features_per_stage": _list_of(_CHANNELS),
    "kernel_sizes": _SMALL | _list_of(_SIZES),
    "strides": _SMALL | _list_of(_SIZES),
    "n_conv_per_stage": _SIZES,
    "n_blocks_per_stage": _SIZES,
    "n_conv_per_stage_decoder": _SIZES,
    "conv_bias": FLAG,
    "nonlin_first": FLAG,
    "deep_supervision": FLAG,
}
"""Argument -> what it may be."""


def decoded(given: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The arguments with classes in place of their names.

    Raises ``ValueError``, with the place in ``source``, for an argument that is unknown, and for a value that it cannot
    have.
    """
    return {name: _decoded(name, value, f"'{name}' in {source}") for name, value in given.items()}


def _decoded(name: str, value: Any, place: str) -> Any:
    if name in _CLASSES:
        return None if value is None else _class(value, _CLASSES[name], place)
    if name in _OPTIONS:
        return None if value is None else _options(value, _OPTIONS[name], place)
    if name not in _VALUES:
        known = ", ".join([*_VALUES, *_CLASSES, *_OPTIONS])
        raise ValueError(f"{place} is an argument that is not read here; those that are: {known}")
    if not _VALUES[name].accepts(value):
        raise ValueError(f"{place} must be {_VALUES[name].expected}, not {str(value)[:60]}")
    return value


def _class(value: Any, classes: Mapping[str, type[nn.Module]], place: str) -> type[nn.Module]:
    module, _, name = value.rpartition(".") if isinstance(value, str) else ("", "", "")
    if not (module == "torch.nn" or module.startswith("torch.nn.modules.")) or name not in classes:
        raise ValueError(
            f"{place} must be one of {', '.join(f'torch.nn.{one}' for one in classes)}, not {str(value)[:60]}"
        )
    return classes[name]


def _options(value: Any, keys: tuple[str, ...], place: str) -> dict[str, Any]:
    plain = isinstance(value, dict) and all((FLAG | NUMBER).accepts(one) for one in value.values())
    if not plain or not set(value) <= set(keys):
        raise ValueError(
            f"{place} must be an object of {', '.join(keys)}, each a number or a flag, not {str(value)[:60]}"
        )
    return dict(value)
