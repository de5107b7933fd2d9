"""Contestants by name: every method, what others publish, and the controls that say what a race can show.

A contestant is a `PruningConfig`; a name stands for settings of it. A control keeps the widths of a method and other
neurons, or gives all layers one factor: where a method is no better, its criterion was not what helped.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from ranp.importance import choose
from ranp.selection import METHODS, SETTINGS, PruningConfig, limit_text, number_text, spelling

NAMED: dict[str, dict[str, Any]] = {
    "thin": {"method": "random", "allocation": "thin"},
    "shuffled": {"pick": "shuffled"},
    "worst": {"pick": "worst"},
    "synflow": {"method": "vanilla", "criterion": "synflow"},
    "3sp": {"method": "vanilla", "allocation": "3sp"},
    "erk": {"method": "vanilla", "allocation": "erk"},
    "layerwise-original": {"method": "layerwise", "allocation": "uniform-up"},
}
"""The names beside `METHODS`; those without a method go with the widths of another contestant's."""

CONTROLS = ("shuffled", "worst", "thin", "random")
"""What a method is trained beside, to see whether its criterion matters."""

CONTESTANTS = (*METHODS, *NAMED)


def named(name: str, config: PruningConfig, widths_of: str = PruningConfig.method) -> PruningConfig:
    """``config`` as the contestant of that name has it; ``widths_of`` is the method of names that have none.

    >>> named("thin", PruningConfig()).allocation, named("shuffled", PruningConfig(), "vanilla").method
    ('thin', 'vanilla')
    """
    choose(dict.fromkeys(CONTESTANTS), name, "method")
    settings = {"method": widths_of, **NAMED[name]} if name in NAMED else {"method": name}
    return replace(config, **settings)


def first_method(names: Sequence[str]) -> str:
    """The method whose widths `shuffled` and `worst` have: the first one that is named, else the usual one."""
    return next((name for name in names if name in METHODS), PruningConfig.method)


def label(config: PruningConfig) -> str:
    """The contestant's name, and what is unlike the default.

    >>> label(PruningConfig("vanilla", criterion="l2")), label(PruningConfig("vanilla", pick="worst"))
    ('vanilla, criterion l2', 'worst, widths of vanilla')
    """
    start, known = _start(config)
    told = [f"{name} {_text(name, getattr(config, name))}" for name in _TOLD if name not in known]
    usual = [f"{name} {_text(name, SETTINGS[name].default)}" for name in _TOLD if name not in known]
    scored = config.method not in METHODS or METHODS[config.method].scores == "sensitivity"
    parts = [
        text
        for text, default in zip(told, usual, strict=True)
        if text != default and (scored or not text.startswith(("criterion", "reduce")))
    ]
    if config.pick != "best":
        parts = [*([f"widths of {start}"] if start != PruningConfig.method else []), *parts]
        start = config.pick
    if config.multiple > 1:
        parts.append(f"channels in steps of {config.multiple}")
    return ", ".join([start, *parts])


def told_apart(labels: Sequence[str], configs: Sequence[PruningConfig | None]) -> tuple[str, ...]:
    """The labels, those that are the same with the settings in which they differ, or else numbered.

    >>> halves = [PruningConfig("vanilla", 0.5), PruningConfig("vanilla", 0.7)]
    >>> told_apart(["vanilla", "vanilla"], halves)
    ('vanilla, sparsity 0.5', 'vanilla, sparsity 0.7')
    """
    found = []
    for own, config in zip(labels, configs, strict=True):
        others = [each for name, each in zip(labels, configs, strict=True) if name == own and each is not None]
        apart = [
            f"{spelling(name)} {_text(name, getattr(config, name))}"
            for name in (field.name for field in fields(PruningConfig) if field.name != "seed")
            if config is not None and len({repr(getattr(other, name)) for other in others}) > 1
        ]
        found.append(", ".join([own, *apart]))
    return tuple(
        text if found.count(text) == 1 else f"{text} ({found[:place].count(text) + 1})"
        for place, text in enumerate(found)
    )


_TOLD = ("allocation", "criterion", "reduce", "coupling", "tied", "snap")


def _start(config: PruningConfig) -> tuple[str, dict[str, Any]]:
    """The name that stands for most of the settings, and those settings."""
    for name, settings in NAMED.items():
        if "method" in settings and all(getattr(config, key) == value for key, value in settings.items()):
            return name, settings
    return config.method, {}


def _text(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name == "budget":
        limits = (value,) if isinstance(value[0], str) else value
        return " and ".join(limit_text(*limit) for limit in limits)
    return number_text(value) if name == "sparsity" else " ".join(SETTINGS[name].form.write(value)) or "none"
