"""What commands print with ``--json``, as a page: ``python -m tests.cli.json_objects [FILE]`` writes ``docs/json.md``.

Each command is run, some in several ways, in one folder, and the page lists what came: every key, the kinds of values
that it held, and its meaning from `tests.cli.json_meanings`. What several commands print is described once.
"""

import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from ranp.__main__ import main
from tests.blueprints.nnunet_files import plans, write
from tests.cli.json_meanings import MEANINGS, NULL_AT_TIMES

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
NETWORK = ["unet3d", "--preset", "classroom-shapes", "--set", "base_channels=2"]
CHAIN = ["--model", "mine:network", "--input", "1x1x4x4x4"]
OWN = """
from torch import nn

def network():
    return nn.Sequential(nn.Conv3d(1, 4, 1), nn.ReLU(), nn.Conv3d(4, 2, 1))
"""
BUNDLE = {
    "_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [4, 8, 12],
    "strides": [2, 2], "num_res_units": 1,
}  # fmt: skip
PRESCRIBED = ["--cap", "encoder1.conv2=0.5", "--width", "encoder1.conv1=1"]
TIMED = ["--time-table", "table.json"]
RUNS: dict[str, list[list[str]]] = {
    "list": [[]],
    "time": [[*CHAIN, "--batch", "1", "--threads", "1", "--within", "1", "--out", "table.json"]],
    "profile": [NETWORK, [*CHAIN, *TIMED]],
    "score": [[*CHAIN, "--out", "scores.safetensors"]],
    "prune": [
        [*NETWORK, "--method", "random", "--sparsity", "0.2", "--out", "plan", *PRESCRIBED],
        [*NETWORK, "--method", "random", "--budget", "macs=0.7", "--budget", "peak=0.9", "--out", "second"],
        [*CHAIN, "--sparsity", "0.9"],
        [*CHAIN, "--sparsity", "0.3", "--method", "ranp-t", "--snap", "add", *TIMED, "--out", "timed"],
    ],
    "curve": [[*CHAIN, "--points", "3"], [*CHAIN, "--points", "3", *TIMED]],
    "allocate": [[*CHAIN, "--budget", "macs=0.8", "--budget", "memory=0.9"]],
    "show": [["plan"], ["second"], ["timed"]],
    "diff": [["plan", "second"], ["timed", "timed"]],
    "verify": [["plan"]],
    "transfer": [["plan", *NETWORK, "--set", "classes=3", "--out", "third"]],
    "export": [["plan", "--format", "torch-prune", "--out", "masks.pt"]],
    "import": [["masks.pt", *NETWORK, "--out", "imported"]],
    "explore": [["unet3d", "--preset", "classroom-shapes", "--out", "explorer.html"],
                ["unet3d", "--preset", "classroom-shapes", "--method", "random", "--out", "random.html"]],
    "nnunet": [["nnUNetPlans.json", "--configuration", "3d_fullres", "--method", "random", "--budget", "macs=0.7",
                "--out", "small.json"]],
    "bundle": [["train.json", "--input", "1x1x32x16x16", "--method", "random", "--budget", "macs=0.6",
                "--out", "small.json"]],
    "train": [[*NETWORK, "--steps", "1", "--budget", "macs=0.7", "--method", "random", "--plan", "plan"],
              [*NETWORK, "--steps", "1", "--sparsity", "0.97", "--no-full", "--method", "random"],
              ["unet3d", "--preset", "classroom-shapes", "--steps", "1", "--budget", "time=0.9", "--no-full",
               "--method", "random"]],
    "race": [["tissue"]],
    "sweep": [["mine", "unet3d", "--preset", "classroom-shapes", "--steps", "1", "--sparsity", "0.98",
               "--method", "random"]],
    "queue": [["--sweep", "mine"]],
    "worker": [["--until-idle"]],
    "check-exercise": [[], ["neurons-in-all", "588"], ["--prove", "neurons-in-all"]],
    "grade": [["handed-in"]],
    "completion": [["bash"]],
}  # fmt: skip
"""Of each command how it is run, in this order, in one folder."""

WITHOUT = {"app": "serves pages until it is stopped, and prints nothing"}

NAMES = {
    "arguments", "figures", "widths", "caps", "layer_costs", "layer_sparsities", "parameters", "races", "versions",
    "budget", "differs", "differing", "constants", "errors", "per_element", "step", "terms", "used", "options",
    "limits", "prices", "used_by_method", "used_by_optimum",
}  # fmt: skip
"""Keys of objects whose own keys are names."""

SHARED = {
    "full": "costs", "pruned": "costs", "total": "costs", "first": "plan", "second": "plan", "check": "check",
    "subject": "subject", "settings": "settings", "summary": "summary", "recipe": "recipe", "pruning": "settings",
    "differences": "difference",
}  # fmt: skip
"""Keys of objects that several commands print, and the section that describes them."""

_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "text", type(None): "null"}
_ORDER = ("object", "list", "text", "whole number", "number", "true or false", "anything", "null")

Kinds = dict[str, set[str]]
Sections = dict[str, Kinds]


def printed(command: str, arguments: list[str]) -> dict[str, Any]:
    """The object that the command prints."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([command, *arguments, "--json"])
    if code not in (0, 1):
        raise RuntimeError(f"ranp {command} {' '.join(arguments)} ended with {code}: {err.getvalue()}")
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def entries(value: Any, section: str, path: str = "", key: str = "") -> Iterator[tuple[str, str, str]]:
    """Section, path and kind of everything in an object; ``[]`` is every entry of a list, ``NAME`` every name."""
    if path == "differs.NAME[]":
        yield section, path, "anything"
    elif isinstance(value, list):
        if path:
            yield section, path, "list"
        for one in value:
            yield from entries(one, section, f"{path}[]", key)
    elif isinstance(value, dict):
        if key in SHARED:
            yield section, path, f"object: {SHARED[key]}"
            section, path = SHARED[key], ""
        elif path:
            yield section, path, "object"
        names = key in NAMES
        for name, one in value.items():
            inner = "NAME" if names else name
            yield from entries(one, section, f"{path}.{inner}".lstrip("."), "" if names else name)
    else:
        yield section, path, _KINDS[type(value)]


def add(found: Sections, command: str, value: dict[str, Any]) -> None:
    """Take in what a command printed."""
    for section, path, kind in entries(value, f"ranp {command}"):
        found.setdefault(section, {}).setdefault(path, set()).add(kind)


def run_all() -> Sections:
    """All sections of the page."""
    found: Sections = {}
    with tempfile.TemporaryDirectory() as name, chdir(name):
        folder = Path(name)
        (folder / "mine.py").write_text(OWN, encoding="utf-8")
        write(folder, plans())
        (folder / "train.json").write_text(json.dumps({"network_def": BUNDLE}), encoding="utf-8")
        os.environ.update(RANP_DATABASE=f"{folder}/studies.db", RANP_CACHE=f"{folder}/cache")
        sys.path.insert(0, name)
        for command, runs in RUNS.items():
            if command == "grade":
                (folder / "handed-in" / "anna").mkdir(parents=True)
                shutil.make_archive(str(folder / "handed-in" / "anna" / "fifth-of-the-macs"), "zip", folder / "plan")
            for arguments in runs:
                add(found, command, printed(command, arguments))
    return found


def rendered(found: Sections) -> str:
    """The page."""
    commands = [name for name in found if name.startswith("ranp ")]
    shared = sorted(set(found) - set(commands))
    lines = [
        "# What `--json` prints",
        "",
        "One object on stdout, on one line; logs and progress go to stderr. Its first entry, `version`, is that of the",
        "program that made it: keys may be added in any version, and are renamed or removed only in one that the",
        "[changelog](../CHANGELOG.md) says so of. `null` stands for what is not known or does not apply. Numbers are",
        "finite; costs are as the README's *Numbers and what they mean* says.",
        "",
        "`layers[].name` is the key `name` of every entry of the list `layers`, `NAME` a name of a layer, figure or",
        "setting. *object: costs* is described under [costs](#costs), and so on. This page is made by",
        "`python -m tests.cli.json_objects` from what the commands printed, and a test compares.",
    ]
    for section in [*commands, *shared]:
        lines += ["", f"## {section}", "", "| key | holds | meaning |", "| --- | --- | --- |"]
        for path, kinds in found[section].items():
            lines.append(f"| `{path}` | {holds(path, kinds)} | {meaning(section, path)} |")
    lines += ["", *(f"`ranp {name}` {why}." for name, why in WITHOUT.items())]
    return "\n".join(lines) + "\n"


def holds(path: str, kinds: set[str]) -> str:
    """The kinds in words; null where the key may hold it, seen here or not."""
    key = path.rsplit(".", 1)[-1]
    known = kinds | NULL_AT_TIMES.get(key, set())
    if "number" in known:
        known -= {"whole number"}
    return ", ".join(sorted(known, key=lambda kind: (_ORDER.index(kind.partition(":")[0]), kind)))


def meaning(section: str, path: str) -> str:
    """What a key means: as said of it in this section, else anywhere; nothing for entries of lists and names."""
    key = path.rsplit(".", 1)[-1]
    if key.endswith("[]") or key == "NAME":
        return ""
    return MEANINGS.get(f"{section}: {path}") or MEANINGS[key]


if __name__ == "__main__":
    place = Path(sys.argv[1]).absolute() if sys.argv[1:] else PAGE
    place.write_text(rendered(run_all()), encoding="utf-8")
