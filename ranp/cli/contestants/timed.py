"""Contestants by time: a check travels without its time table, so each keeps the seconds of its layers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ranp.checks import Contestant
from ranp.cli.time_table import check_seconds, layer_seconds
from ranp.subject import Subject
from ranp.timing import read_table


def with_layer_seconds(
    contestants: Sequence[Contestant], path: Path | None, subject: Subject
) -> tuple[Contestant, ...]:
    """The contestants, those that weigh layers by seconds with the seconds of the table at ``path``.

    Raises ``ValueError`` as `ranp.cli.time_table.check_seconds`.
    """
    configs = [each.pruning for each in contestants]
    for config in configs:
        if config is not None:
            check_seconds(config, path)
    if path is None or not any(config is not None and config.lacks_seconds for config in configs):
        return tuple(contestants)
    seconds = layer_seconds(read_table(path), subject.network(0))
    return tuple(
        replace(each, pruning=replace(config, layer_costs=seconds)) if config and config.lacks_seconds else each
        for each, config in zip(contestants, configs, strict=True)
    )
