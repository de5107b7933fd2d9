"""A wheel in an empty environment: the library and the command line work, and nothing is there that an extra brings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.test_declared import EXTRAS, brought_by

ROOT = Path(__file__).parents[2]
FOR_DEVELOPERS = ("eslint.config.js", "package-lock.json", "package.json", "tsconfig.json")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves its traces in the folder, and would take up those of an older one."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("ranp", "explorer"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    run([sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--quiet"], source)
    return next(source.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment that has the wheel and what it asks for, in the releases that `make` takes."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    index = run([str(ROOT / ".ci" / "torch_index"), sys.executable], folder).strip()
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet", "--no-compile"]
    torchs = ["--extra-index-url", index] if index else []
    run([*pip, "--constraint", str(ROOT / "requirements.txt"), *torchs, str(wheel)], folder)
    yield programs
    shutil.rmtree(folder)


def run(command: list[str], folder: Path, status: int = 0) -> str:
    """What the command prints, stderr too, where it ends with that status; nothing of ours is on its path."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=clean, text=True, stdout=-1, stderr=subprocess.STDOUT, timeout=900)
    assert done.returncode == status, done.stdout
    return done.stdout


def test_a_wheel_has_every_file_of_both_packages(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "ranp", "explorer"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    there = set(ZipFile(wheel).namelist())
    assert {"ranp/py.typed", "ranp/checks/races.json", "explorer/server.py"} <= there
    assert {name for name in listed if name not in there} == {f"explorer/live/{name}" for name in FOR_DEVELOPERS}
    assert not [name for name in there if name.startswith("tests")]


def test_the_core_works_by_itself(environment: Path, tmp_path: Path) -> None:
    ranp = str(environment / "ranp")
    assert run([ranp, "--version"], tmp_path).startswith("ranp ")
    assert "MACs" in run([ranp, "profile", "unet3d", "--preset", "classroom"], tmp_path)
    run([ranp, "prune", "unet3d", "--preset", "classroom", "--sparsity", "0.5", "--out", "plan"], tmp_path)
    run([ranp, "verify", "plan"], tmp_path)
    run([ranp, "export", "plan", "--format", "csv", "--out", "layers.csv"], tmp_path)
    assert "ranp-f" in run([ranp, "race"], tmp_path), "the races that come along"
    assert "kernel-weights" in run([ranp, "check-exercise"], tmp_path), "the lessons"
    where = run([str(environment / "python"), "-c", "import ranp; print(ranp.__file__)"], tmp_path)
    assert str(environment.parent) in where


def test_what_an_extra_brings_is_not_there(environment: Path, tmp_path: Path) -> None:
    code = "import importlib.metadata as m; print(*(one.name.lower() for one in m.distributions()))"
    there = set(run([str(environment / "python"), "-c", code], tmp_path).split())
    by_torch = {"networkx"}
    on_request = frozenset().union(*map(brought_by, EXTRAS)) - brought_by(None) - by_torch
    assert {"streamlit", "jupyter", "monai", "plotly"} <= on_request
    assert there & on_request == set()


def test_pip_knows_us_by_our_name_where_we_are_installed(environment: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "python"), "install", "--dry-run"]
    assert "Would install ptflops" in run([*pip, "ranp-explorer[counting]"], tmp_path)


def test_what_is_missing_is_told_in_one_sentence(environment: Path, tmp_path: Path) -> None:
    told = run([str(environment / "ranp"), "app"], tmp_path, status=2)
    assert told.startswith("ranp app: the explorer needs streamlit, ")
    assert told.endswith("run pip install 'ranp-explorer[app]'\n")
    told = run([str(environment / "ranp"), "queue"], tmp_path, status=2)
    assert told.endswith("which is not installed; run pip install 'ranp-explorer[queue]'\n")
