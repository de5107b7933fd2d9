"""What the README tells people to type, typed: the fenced blocks after `<!-- run -->`, in order, in an empty folder.

Blocks after `<!-- run slowly -->` start so many programs that they are left to the slow tests.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^<!-- run(?P<slowly> slowly)? -->\n```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"^<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]+)\)")


def blocks(language: str) -> list[ParameterSet]:
    return [
        pytest.param(found["code"], marks=[pytest.mark.slow] if found["slowly"] else [])
        for found in BLOCK.finditer(README)
        if found["language"] == language
    ]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run with this project importable, as after an installation, beside the files that the README shows."""
    for shown in FILE.finditer(README):
        (folder / shown["name"]).write_text(shown["code"], encoding="utf-8")
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )


def test_there_is_something_to_run() -> None:
    assert blocks("python")
    assert blocks("sh")


def test_every_marked_block_is_a_block() -> None:
    assert len(blocks("python")) + len(blocks("sh")) == README.count("<!-- run")


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: str, tmp_path: Path) -> None:
    result = run([sys.executable, "-c", block], tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("block", blocks("sh"))
def test_commands_run(block: str, tmp_path: Path) -> None:
    for line in block.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == "ranp"
        result = run([sys.executable, "-m", "ranp", *arguments], tmp_path)
        assert result.returncode == 0, f"{line}\n{result.stderr}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    paths = [found["path"] for found in LINK.finditer((ROOT / page).read_text(encoding="utf-8"))]
    assert [path for path in paths if not (ROOT / path).exists()] == []
