"""What is declared is what is imported: ranges with reasons, one pin each, and extras without which the rest works."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
PINS = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]

# Who opens the queue's database was told whether Optuna is there, who builds a network whether its package is.
BEHIND = {
    "ranp.queue": {"optuna", "sqlalchemy"},
    "ranp.models.gallery": {"monai", "einops", "dynamic-network-architectures"},
}


def declared() -> list[Requirement]:
    """Every line of pyproject.toml that names a package of others."""
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    return [one for one in map(Requirement, lines) if one.name != PROJECT["name"]]


@cache
def brought_by(extra: str | None) -> frozenset[str]:
    """The packages that an installation with the extra names, itself or by another extra; without one, the core's."""
    found = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    for one in map(Requirement, EXTRAS[extra] if extra else []):
        found |= {canonicalize_name(one.name)} - {PROJECT["name"]}
        found = found.union(*(brought_by(name) for name in one.extras if one.name == PROJECT["name"]))
    return frozenset(found)


@pytest.mark.parametrize("line", PINS)
def test_requirements_are_pinned_within_their_ranges_and_installed(line: str) -> None:
    name, version = line.split("==")
    ranges = [one.specifier for one in declared() if one.name == name]
    assert ranges, f"{name} is pinned and nothing asks for it"
    assert all(version in one for one in ranges)
    assert importlib.metadata.version(name).split("+")[0] == version


def test_every_package_has_one_pin_and_one_range() -> None:
    assert sorted(line.split("==")[0] for line in PINS) == sorted({one.name for one in declared()})
    assert len({(one.name, str(one.specifier)) for one in declared()}) == len(PINS)


def test_torch_is_pinned_first() -> None:
    """Whatever is installed before torch may pull another build of it."""
    assert PINS[0] == "torch==2.13.0"


@pytest.mark.parametrize("one", declared(), ids=str)
def test_a_range_has_two_ends(one: Requirement) -> None:
    assert sorted(bound.operator for bound in one.specifier) == ["<", ">="]


def test_every_line_says_why_it_is_there() -> None:
    lines = [line.strip() for line in TEXT.splitlines() if re.match(r' {4}"[\w-]+[\[>]', line)]
    assert len(lines) >= len(declared())
    assert [line for line in lines if not re.search(r"  # \S", line)] == []
    assert [extra for extra in EXTRAS if not re.search(rf"^{extra} = \[  # \S", TEXT, re.MULTILINE)] == []


def test_what_the_explorer_looks_for_is_what_its_extra_brings() -> None:
    from ranp.cli.commands.app import _PACKAGES

    assert set(_PACKAGES) <= brought_by("app") - brought_by(None)
    assert set(EXTRAS) >= {"app", "notebooks", "networks"}


def test_the_readme_has_every_extra() -> None:
    listed = re.findall(r"'\.\[([\w,]+)\]'`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert set(EXTRAS) - {"dev"} <= set(listed)


def distribution(module: str) -> str:
    """The package that brings the module, as pip writes its name."""
    return canonicalize_name(packages()[module.split(".")[0]][0])


@cache
def packages() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def foreign(node: ast.AST) -> list[str]:
    """The modules of other projects that the statement imports."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [str(node.module)]
    ours = {"ranp", "explorer", "__future__", *sys.stdlib_module_names}
    return [name for name in names if name.split(".")[0] not in ours]


def extra_of(node: ast.With) -> str | None:
    """The name in ``with extra(name, ...)``."""
    call = node.items[0].context_expr
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "extra":
        return str(ast.literal_eval(call.args[0]))
    return None


def imported(node: ast.AST, extra: str | None = None) -> Iterator[tuple[str, str | None]]:
    """Each package that runs when the code does, with the extra within which it is imported."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.With):
        extra = extra_of(node) or extra
    yield from ((distribution(name), extra) for name in foreign(node))
    for child in ast.iter_child_nodes(node):
        yield from imported(child, extra)


def undeclared(source: str, module: str) -> list[str]:
    """The packages that the module imports and that its installation need not have."""
    group = ".".join(module.split(".")[:2])
    own = {"explorer.lessons": "notebooks"}.get(group, "app" if module.startswith("explorer") else None)
    told = [packages for folder, packages in BEHIND.items() if module.startswith(f"{folder}.")]
    allowed = brought_by(own).union(*told)
    return [name for name, extra in imported(ast.parse(source)) if name not in allowed | brought_by(extra)]


@pytest.mark.parametrize("folder", ["ranp", "explorer"])
def test_every_import_is_declared(folder: str) -> None:
    wrong = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if found := undeclared(path.read_text(encoding="utf-8"), module):
            wrong[module] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan.plan", "import pandas"),
        ("ranp.plan.plan", "def late():\n    import PIL.Image"),
        ("ranp.data.images", "with extra('queue', 'pictures'):\n    from PIL import Image"),
        ("ranp.checks.run", "import optuna"),
        ("ranp.models.unet3d", "import monai"),
        ("explorer.server", "import anywidget"),
    ],
)
def test_an_undeclared_import_is_flagged(module: str, source: str) -> None:
    assert len(undeclared(source, module)) == 1


def test_a_declared_import_is_not() -> None:
    assert undeclared("with extra('data', 'pictures'):\n    from PIL import Image", "ranp.data.images") == []
    assert undeclared("import anywidget\nimport starlette.types", "explorer.lessons.fitting") == []
