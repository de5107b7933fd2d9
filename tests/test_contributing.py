"""CONTRIBUTING.md names the one or two files of a change: they are there, and what it names is in them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = TEXT.partition("## One change, one or two files")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| (.+?) \| (.+) \|$", TABLE, re.MULTILINE)[2:])
NAMES = re.compile(r"((?:`\w+`, )*`\w+`) in (?:the family's file of )?(`[\w./]+`(?: and `[\w./]+`)?)")
CHANGES = [
    "a criterion", "a coupling rule", "a page", "a chart on Compare", "a data loader", "an export format",
    "a setting of pruning", "an allocation", "a schedule", "a contestant by name", "a flag of `ranp prune`",
    "a column in `layers.csv`", "the colour of removed neurons", "the sentence on a layer without neurons",
    "how often a worker tells that it lives", "the words of a verdict", "a preset's recipes", "a preset's lambda",
]  # fmt: skip


def named(row: str) -> list[tuple[str, Path]]:
    """Each name of a row with the file, or folder, that it is said to be in."""
    return [
        (name, ROOT / place)
        for names, places in NAMES.findall(row)
        for name in re.findall(r"\w+", names)
        for place in re.findall(r"[\w./]+/[\w./]*", places)
    ]


def defined(path: Path) -> set[str]:
    """What a module assigns or defines, and the arguments that its functions take or are called with."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        return set(re.findall(r"^(?:export )?(?:const|function|class) (\w+)", text, re.MULTILINE))
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef():
                found |= {node.name, *(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))}
            case ast.ClassDef():
                found.add(node.name)
            case ast.Call():
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
    return found


def test_every_change_has_its_row() -> None:
    assert list(ROWS) == CHANGES


@pytest.mark.parametrize("change", ROWS)
def test_a_row_names_one_or_two_places_that_are_there(change: str) -> None:
    places = re.findall(r"`([\w.]+/[\w./]*)`", ROWS[change])
    assert 1 <= len(places) <= 2
    assert all((ROOT / place).exists() for place in places)
    assert named(ROWS[change])


@pytest.mark.parametrize("change", ROWS)
def test_what_a_row_names_is_in_its_file(change: str) -> None:
    for name, path in named(ROWS[change]):
        files = [path] if path.is_file() else [file for file in path.glob("*.py") if "RULES" in file.read_text("utf-8")]
        assert files
        assert all(name in defined(file) for file in files), f"{name} is not in {path.relative_to(ROOT)}"
