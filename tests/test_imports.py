"""The allowed directions of imports, read from the source.

Data runs one way (architecture -> graph -> importance -> ... -> plan -> export) and a stage never imports a later one.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From first to last: a module may import its own stage and those above it. A package is one stage.
STAGES = (
    "ranp.types",
    "ranp.version",
    "ranp.fingerprint",
    "ranp.storage",
    "ranp.container",
    "ranp.schema",
    "ranp.plan_files",
    "ranp.layers",
    "ranp.initialisation",
    "ranp.graph",
    "ranp.models",
    "ranp.data",
    "ranp.scoring_mode",
    "ranp.signals",
    "ranp.synflow",
    "ranp.criteria",
    "ranp.importance",
    "ranp.connections",
    "ranp.reweighting",
    "ranp.selection",
    "ranp.shrink",
    "ranp.peak_tracker",
    "ranp.optimizer_steps",
    "ranp.memory",
    "ranp.counting",
    "ranp.step_time",
    "ranp.fit",
    "ranp.neuron_masks",
    "ranp.mask_files",
    "ranp.cache",
    "ranp.scoring",
    "ranp.config",
    "ranp.ranking",
    "ranp.limits",
    "ranp.curve",
    "ranp.overlap",
    "ranp.tradeoff",
    "ranp.provenance",
    "ranp.layer_summary",
    "ranp.plan",
    "ranp.transfer",
    "ranp.formats",
    "ranp.export",
    "ranp.subject",
    "ranp.exercises",
    "ranp.metrics",
    "ranp.schedule",
    "ranp.speed",
    "ranp.parallel",
    "ranp.training",
    "ranp.check",
    "ranp.rounding",
    "ranp.outcome",
    "ranp.checking",
    "ranp.races",
    "ranp.race_table",
    "ranp.study",
    "ranp.stopping",
    "ranp.jobs",
    "ranp.sweep",
    "ranp.worker",
    "ranp.local_worker",
    "ranp",  # the public names
    "ranp.cli",
    "ranp.__main__",
)

# module (with everything below it) -> what it must not import, and why
FORBIDDEN = {
    "ranp": (("streamlit", "plotly", "explorer"), "the library knows nothing of the app"),
    "explorer.views": (("torch",), "a view draws; compute.py calls into ranp"),
    "explorer.charts": (("streamlit", "torch"), "charts turn values into figures"),
}

# What `import ranp` must not load: heavy, and needed only in some calls.
HEAVY = (
    "monai",
    "nibabel",
    "ptflops",
    "streamlit",
    "plotly",
    "pandas",
    "optuna",
    "accelerate",
    "torch_pruning",
    "onnx",
    "onnxscript",
    "ranp.__main__",
)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def stage(name: str) -> str | None:
    """The stage that the module belongs to: the longest that contains it. A bare `ranp` is the public names."""
    found = [stage for stage in STAGES if name == stage or (stage != "ranp" and inside(name, stage))]
    return max(found, key=len, default=None)


def imported(source: str, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that the source imports, inside functions too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from ranp import graph` reaches the stage, `from ranp import build` the public names.
                name = f"{origin}.{alias.name}"
                yield node.lineno, name if name in known() or stage(name) not in (None, stage(origin)) else origin


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """One sentence for each import that goes the wrong way."""
    found = []
    for line, name in imported(source, module, is_package):
        for package, (names, reason) in FORBIDDEN.items():
            if inside(module, package) and any(inside(name, forbidden) for forbidden in names):
                found.append(f"{module}:{line} imports {name}: {reason}")
        own, other = stage(module), stage(name)
        if own and other and STAGES.index(other) > STAGES.index(own):
            found.append(f"{module}:{line} imports {name}, a later stage")
    return found


def modules() -> list[tuple[str, Path]]:
    paths = sorted([*ROOT.glob("ranp/**/*.py"), *ROOT.glob("explorer/**/*.py")])
    return [(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path) for path in paths]


@cache
def known() -> frozenset[str]:
    return frozenset(name for name, _ in modules())


@pytest.mark.parametrize(("module", "path"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_imports_go_one_way(module: str, path: Path) -> None:
    assert violations(path.read_text(encoding="utf-8"), module, path.name == "__init__.py") == []


def test_every_module_of_the_library_has_a_stage() -> None:
    assert [module for module, _ in modules() if inside(module, "ranp") and stage(module) is None] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan", "import streamlit"),
        ("ranp.graph.trace", "import plotly.graph_objects as go"),
        ("ranp.models.unet3d", "from explorer.compute import cached"),
        ("ranp.reweighting", "from ranp.selection import select"),
        ("ranp.graph.cost", "from ranp import shrink"),
        ("ranp.graph.cost", "from .. import plan"),
        ("ranp.graph.cost", "from ..plan import Plan"),
        ("ranp.importance", "from ranp import build"),
        ("ranp.importance", "def late() -> None:\n    import ranp.export"),
        ("ranp.plan", "from ranp.__main__ import main"),
        ("explorer.views.prune", "from torch import nn"),
        ("explorer.charts", "import streamlit as st"),
    ],
)
def test_a_wrong_direction_is_flagged(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ranp.plan", "from ranp.importance import importance\nfrom ranp import shrink"),
        ("ranp.graph.cost", "from .labels import Labels\nfrom ..types import Costs"),
        ("ranp.__main__", "from ranp import load_plan\nfrom ranp.cli import parser"),
        ("explorer.compute", "import torch\nimport ranp"),
        ("explorer.charts", "import plotly.graph_objects as go"),
    ],
)
def test_a_right_direction_is_not(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_relative_imports_of_a_package_start_at_the_package() -> None:
    assert violations("from .trace import trace", "ranp.graph", is_package=True) == []
    assert len(violations("from ..plan import Plan", "ranp.graph", is_package=True)) == 1


def test_import_ranp_loads_nothing_heavy() -> None:
    code = "import ranp, sys; print(*sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "ranp" in loaded
    assert loaded.intersection(HEAVY) == set()


def test_the_drawing_of_the_parts_is_of_this_source() -> None:
    from tests.architecture import ALL, PAGE, drawn, part_of

    page = PAGE.read_text(encoding="utf-8")
    assert drawn(page) == page, "the imports changed; run: python -m tests.architecture"
    assert {part_of(module) for module, _ in modules()} - {None} == set(ALL)
