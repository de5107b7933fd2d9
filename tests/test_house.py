"""What a fresh machine relies on: a Streamlit that stays at home, and make."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_that_are_named_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:ranp|explorer|tests|notebooks|\.ci)/[\w./-]+)`", text)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists() and "yours" not in path] == []
