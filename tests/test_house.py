"""What a fresh machine relies on: requirements that are pinned and explained, and a Streamlit that stays at home."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.]+)  # (?P<reason>\S.*)")


def requirements() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("line", requirements())
def test_requirements_are_pinned_explained_and_installed(line: str) -> None:
    found = REQUIREMENT.fullmatch(line)
    assert found, f"{line!r} does not read 'name==version  # why'"
    assert importlib.metadata.version(found["name"]).split("+")[0] == found["version"]


def test_torch_comes_first() -> None:
    """Whatever is installed before torch may pull another build of it."""
    assert requirements()[0].startswith("torch==2.13.0 ")


def test_extras_are_pinned() -> None:
    """An extra may name another extra of ours, whose own lines are looked at too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for extra in project["optional-dependencies"].values() for line in extra]
    foreign = [line for line in lines if not line.startswith(f"{project['name']}[")]
    assert [line for line in foreign if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_streamlit_stays_on_this_machine_and_asks_nothing(tmp_path: Path) -> None:
    """Read back by Streamlit itself, from another folder, so that an option it does not know would show."""
    code = (
        "import sys; import streamlit.config as config; "
        "config._main_script_path = sys.argv[1]; config.get_config_options(force_reparse=True); "
        "print(*[config.get_option(name) for name in sys.argv[2:]])"
    )
    options = ["server.address", "server.showEmailPrompt", "browser.gatherUsageStats"]
    command = [sys.executable, "-c", code, str(ROOT / "explorer" / "app.py"), *options]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["127.0.0.1", "False", "False"]
    assert "not a valid config option" not in run.stdout + run.stderr


def test_make_lists_its_targets() -> None:
    run = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [line.split()[1] for line in run.stdout.splitlines()]
    assert {"app", "test", "lint", "notebooks", "bench"} <= set(listed)
