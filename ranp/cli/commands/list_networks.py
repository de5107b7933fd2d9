"""``ranp list``: the networks of the library."""

import argparse
from textwrap import wrap

from ranp.cli.command import Command, Result
from ranp.cli.report import table
from ranp.models import ARCHITECTURES

DESCRIPTION_WIDTH = 86
"""Of the last column, so that a line fits a terminal of 120 characters."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    pass


def _run(_: argparse.Namespace) -> Result:
    return {
        "architectures": [
            {
                "name": name,
                "title": architecture.title,
                "task": ", ".join(dict.fromkeys(preset.task for preset in architecture.presets.values())),
                "presets": list(architecture.presets),
                "source": architecture.source,
            }
            for name, architecture in ARCHITECTURES.items()
        ]
    }


def _text(result: Result) -> str:
    rows = []
    for entry in result["architectures"]:
        for preset in entry["presets"]:
            first, *rest = wrap(ARCHITECTURES[entry["name"]].presets[preset].description, DESCRIPTION_WIDTH)
            rows += [[entry["name"], preset, first], *(["", "", line] for line in rest)]
    return table(["architecture", "preset", "for"], rows, left=3)


LIST = Command("list the networks of the library and their presets", "ranp list --json", _arguments, _run, _text)
