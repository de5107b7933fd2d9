"""A Jupyter notebook of the present state: the steps of `explorer.export.reproducing` as cells, each explained.

Source of the form: https://nbformat.readthedocs.io/en/latest/format_description.html (version 4.5)
"""

import json
from typing import Any

from explorer.compute import Own
from explorer.export.reproducing import steps
from explorer.page import command_line
from explorer.state import ExplorerState
from ranp.version import __version__


def notebook(state: ExplorerState, own: Own | None = None) -> bytes:
    """An ``.ipynb`` file that rebuilds the plan of the state from nothing."""
    network = own.model if own else f"{state.architecture}, {state.preset}"
    cells = [_markdown(_TITLE.format(network=network, version=__version__))]
    for number, step in enumerate(steps(state, own), 1):
        cells += [_markdown(f"## {number}. {step.title}\n\n{step.text}"), _python(step.code)]
    cells.append(_markdown(_ENDING.format(command=command_line(state, own))))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


_TITLE = """# A pruning plan, from the full network to the smaller one

Network: `{network}`. Made by RANP Explorer {version}; run it from top to bottom where that is installed."""

_ENDING = """## The same from a shell

```bash
{command}
```"""


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _python(code: str) -> dict[str, Any]:
    source = code.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
