"""What SECURITY.md claims is proven by the tests that it names: they exist, and each table row names one."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE)))


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_named_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "section",
    ["The app", "Links and what a browser sends", "Files", "Found by fuzzing and mended", "When something breaks"],
)
def test_every_claim_names_its_proof(section: str) -> None:
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 5
    assert [row for row in rows if "::test_" not in row] == []


def test_every_requirement_is_said_to_touch_something_or_nothing() -> None:
    listed = PAGE.split("## Dependencies\n")[1].split("\n## ")[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name not in ("dev", "networks")]
    required = {re.split(r"[\[>]", line)[0] for lines in [project["dependencies"], *extras] for line in lines}
    assert [name for name in required - {project["name"]} if name not in listed] == []
