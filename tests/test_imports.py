"""The drawing of the parts is that of the folders: who may import whom, and by which door, read from the source.

A folder of `ranp/` or `explorer/` is a group of modules with one door, its `__init__`. Data runs one way (architecture
-> graph -> importance -> ... -> plan -> export), and a group never imports a later one.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parent.parent

# From first to last: a group may import those above it. A new folder needs a line here, a new file in it does not.
GROUPS = (
    "ranp.files",
    "ranp.inputs",
    "ranp.graph",
    "ranp.models",
    "ranp.data",
    "ranp.importance",
    "ranp.selection",
    "ranp.blueprints",
    "ranp.plan",
    "ranp.resources",
    "ranp.timing",
    "ranp.formats",
    "ranp.subject",
    "ranp.fitting",
    "ranp.training",
    "ranp.statistics",
    "ranp.schedules",
    "ranp.checks",
    "ranp.queue",
    "ranp.exercises",
    "ranp",  # the public names
    "ranp.cli",
    "explorer.state",
    "explorer.charts",
    "explorer.live",
    "explorer.compute",
    "explorer.packets",
    "explorer.page",
    "explorer.takeaway",
    "explorer.explore",
    "explorer.xray",
    "explorer.learn",
    "explorer.compare",
    "explorer.training",
    "explorer.export",
    "explorer.counting",
    "explorer.lessons",
)

# folder (with everything below it) -> what it must not import, and why
FORBIDDEN = {
    "ranp": (("streamlit", "plotly", "explorer"), "the library knows nothing of the app"),
    "charts": (("streamlit", "torch"), "charts turn values into figures"),
}

# What `import ranp` must not load: heavy, and needed only in some calls.
HEAVY = (
    "monai",
    "einops",
    "dynamic_network_architectures",
    "nibabel",
    "nilearn",
    "ptflops",
    "streamlit",
    "plotly",
    "pandas",
    "optuna",
    "accelerate",
    "scipy",
    "torch_pruning",
    "onnx",
    "onnxscript",
    "ranp.__main__",
)

MOST_FILES = 20
"""In one folder, so that who looks for a file reads its names."""


@dataclass(frozen=True)
class Import:
    """``from origin import name``, or ``import origin`` where there is no name."""

    line: int
    origin: str
    name: str | None = None

    @property
    def full(self) -> str:
        """The module that it reaches: the origin, or below it where the name is a module."""
        below = f"{self.origin}.{self.name}"
        return below if below in known() and self.name not in renamed(self.origin) else self.origin


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def group(name: str) -> str | None:
    """The group that the module belongs to: its folder. A file at the top of `ranp/` or `explorer/` is in none."""
    found = [group for group in GROUPS if name == group or ("." in group and inside(name, group))]
    return max(found, key=len, default=None)


def imports(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Everything that the source imports, inside functions too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(node.lineno, origin, alias.name)


def rank(module: str) -> int:
    """Where the module's group stands; a file at the top stands below all groups if it needs none, else above all."""
    own = group(module)
    if own is not None:
        return GROUPS.index(own)
    return len(GROUPS) if any(group(other) for other in uses(module)) else -1


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """One sentence for each import that goes the wrong way."""
    found = []
    all_imports = list(imports(source, module, is_package))
    draws = any(inside(one.origin, "streamlit") for one in all_imports)
    for one in all_imports:
        for folder, (names, reason) in FORBIDDEN.items():
            if folder in module.split(".") and any(inside(one.full, forbidden) for forbidden in names):
                found.append(f"{module}:{one.line} imports {one.full}: {reason}")
        if draws and module.startswith("explorer") and inside(one.full, "torch"):
            found.append(f"{module}:{one.line} imports torch: what draws does not compute")
        ours = one.full.split(".")[0] in ("ranp", "explorer") and group(module) != group(one.full)
        if ours and rank(one.full) > GROUPS.index(group(module) or GROUPS[-1]):
            found.append(f"{module}:{one.line} imports {one.full}, which comes later")
    return found


def behind_doors(source: str, module: str, is_package: bool = False) -> list[str]:
    """One sentence for each name that is taken from another group otherwise than by its door."""
    found, doors = [], {}
    for one in imports(source, module, is_package):
        other = group(one.full)
        if other in (None, "ranp") or one.full == other == group(module) == module:
            continue
        if other == group(module):
            if one.origin == module or one.origin != other or f"{other}.{one.name}" in known():
                continue
            found.append(f"{module}:{one.line} takes {one.name} from its own door: name the module")
        elif one.origin == other:
            if one.name is not None and one.name not in handed_on(other):
                found.append(f"{module}:{one.line} imports {one.name}, which {other} does not hand on")
        elif one.full == other:
            doors[one.name] = other  # from explorer import compute
        elif not (one.name is None and inside(one.origin, other)):
            found.append(f"{module}:{one.line} reaches behind {other}: {one.origin}")
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            door = doors.get(node.value.id)
            if door and node.attr not in handed_on(door):
                found.append(f"{module}:{node.lineno} uses {node.attr}, which {door} does not hand on")
    return found


@cache
def modules() -> dict[str, Path]:
    paths = sorted([*ROOT.glob("ranp/**/*.py"), *ROOT.glob("explorer/**/*.py")])
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@cache
def known() -> frozenset[str]:
    return frozenset(modules())


@cache
def source_of(module: str) -> tuple[str, bool]:
    path = modules()[module]
    return path.read_text(encoding="utf-8"), path.name == "__init__.py"


@cache
def nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


@cache
def uses(module: str) -> frozenset[str]:
    """The modules of this project that the module imports."""
    if module not in known():
        return frozenset()
    source, is_package = source_of(module)
    return frozenset(one.full for one in imports(source, module, is_package) if one.full in known())


@cache
def handed_on(package: str) -> frozenset[str]:
    """What the package's ``__all__`` lists."""
    if package not in known():
        return frozenset()
    for node in ast.parse(source_of(package)[0]).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


@cache
def renamed(package: str) -> frozenset[str]:
    """Names that the package hands on from a module below it, some of which are called as a module is."""
    if package not in known():
        return frozenset()
    found = [node for node in nodes(source_of(package)[0]) if isinstance(node, ast.ImportFrom)]
    return frozenset(alias.name for node in found if node.module != package for alias in node.names)


@pytest.mark.parametrize("module", sorted(known()))
def test_imports_go_one_way(module: str) -> None:
    source, is_package = source_of(module)
    assert violations(source, module, is_package) == []


def test_every_folder_has_its_place() -> None:
    folders = {".".join(name.split(".")[:2]) for name in known() if name.count(".") > 1}
    assert folders | {"ranp"} == set(GROUPS)


def test_no_module_comes_back_to_itself() -> None:
    graph = nx.DiGraph((module, other) for module in known() for other in uses(module) if module != other)
    assert list(nx.simple_cycles(graph)) == []


def test_no_folder_is_too_full_to_look_through() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "ranp", "explorer", "tests"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.splitlines()  # fmt: skip
    files = listed or [str(path) for name in ("ranp", "explorer", "tests") for path in ROOT.glob(f"{name}/**/*.py")]
    full = Counter(str(Path(file).parent) for file in files)
    assert {folder: count for folder, count in full.items() if count > MOST_FILES} == {}


def test_the_tests_lie_as_what_they_test() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders - {name.rsplit(".", 1)[-1] for name in GROUPS} <= {"browser", "safety", "packaging"}


@pytest.mark.parametrize("module", sorted(known()))
def test_a_group_is_reached_by_its_door(module: str) -> None:
    source, is_package = source_of(module)
    assert behind_doors(source, module, is_package) == []


@pytest.mark.parametrize("name", sorted(name for name, path in modules().items() if path.name == "__init__.py"))
def test_a_door_says_what_it_gives_and_which_test_to_run(name: str) -> None:
    source, _ = source_of(name)
    text = ast.get_docstring(ast.parse(source)) or ""
    title, _, rest = text.partition("\n\n")
    assert 0 < len(title) <= 100
    assert "\n" not in title
    assert "In: " in rest
    assert "Out: " in rest
    tests = rest.partition("Test: `pytest ")[2].partition("`")[0].removeprefix("--doctest-modules ").split()
    assert tests
    assert [path for path in tests if not (ROOT / path).exists()] == []
    assert name == "explorer.live" or name not in GROUPS or handed_on(name)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan.plan", "from ranp.graph.channel_graph import ChannelGraph"),
        ("ranp.plan.plan", "from ranp.graph import labels"),
        ("ranp.plan.shrink", "from ranp.plan import Plan"),
        ("explorer.compare.page", "from explorer.compute.plans import results"),
        ("explorer.compare.page", "from explorer import compute\ncompute.LONG_MACS"),
        ("explorer.app", "from explorer.compare.page import page"),
        ("ranp.__main__", "from ranp.cli.commands.prune import PRUNE"),
    ],
)
def test_a_way_behind_a_door_is_flagged(module: str, source: str) -> None:
    assert len(behind_doors(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan.plan", "from ranp.graph import ChannelGraph\nfrom ranp.plan.shrink import shrink"),
        ("ranp.checks.run", "import ranp.data\nranp.data.batches"),
        ("explorer.compare.page", "from explorer import compute\ncompute.results"),
        ("explorer.compare.page", "from explorer.compare import wording\nfrom explorer.page import session"),
        ("explorer.app", "from explorer import compare\ncompare.page"),
    ],
)
def test_a_way_by_the_door_is_not(module: str, source: str) -> None:
    assert behind_doors(source, module) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan.plan", "import streamlit"),
        ("ranp.graph.build", "import plotly.graph_objects as go"),
        ("ranp.models.unet3d", "from explorer.units import count"),
        ("ranp.selection.reweighting", "from ranp.plan import Plan"),
        ("ranp.graph.cost", "from ranp import shrink"),
        ("ranp.graph.cost", "from .. import plan"),
        ("ranp.graph.cost", "from ..plan import Plan"),
        ("ranp.importance.score", "from ranp import build"),
        ("ranp.importance.score", "def late() -> None:\n    import ranp.formats"),
        ("ranp.plan.plan", "from ranp.__main__ import main"),
        ("explorer.compare.page", "import streamlit as st\nfrom torch import nn"),
        ("explorer.compare.page", "from explorer.export import page"),
        ("explorer.charts.frame", "import streamlit as st"),
        ("explorer.compare.charts.flips", "import torch"),
    ],
)
def test_a_wrong_direction_is_flagged(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan.plan", "from ranp.importance import importance\nfrom ranp.graph import trace"),
        ("ranp.graph.cost", "from .labels import Labels\nfrom ..types import Costs"),
        ("ranp.__main__", "from ranp import load_plan\nfrom ranp.cli import PRUNE"),
        ("explorer.compute.plans", "import torch\nimport ranp"),
        ("explorer.charts.frame", "import plotly.graph_objects as go"),
    ],
)
def test_a_right_direction_is_not(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_relative_imports_of_a_package_start_at_the_package() -> None:
    assert violations("from .build import trace", "ranp.graph", is_package=True) == []
    assert len(violations("from ..plan import Plan", "ranp.graph", is_package=True)) == 1


def test_import_ranp_loads_nothing_heavy() -> None:
    loaded = loaded_by("import ranp")
    assert "ranp" in loaded
    assert loaded.intersection(HEAVY) == set()


def test_listing_networks_loads_none_of_their_packages() -> None:
    listing = "from ranp.__main__ import main; main(['list']); from explorer import compute; compute.choices()"
    loaded = loaded_by(listing)
    assert "explorer.compute" in loaded
    assert loaded.intersection(("monai", "einops", "dynamic_network_architectures")) == set()


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded once a fresh interpreter has run the code."""
    code += "; import sys; print('', *sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_server_starts_without_the_library() -> None:
    """It answers while PyTorch loads in a thread of its own (`explorer.readiness`)."""
    code = "import explorer.live, explorer.readiness, sys; print(*sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()).intersection(("torch", "ranp")) == set()


def test_the_drawing_of_the_parts_is_of_this_source() -> None:
    from tests.architecture import PAGE, drawn

    page = PAGE.read_text(encoding="utf-8")
    assert drawn(page) == page, "the imports changed; run: python -m tests.architecture"
