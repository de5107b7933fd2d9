"""`docs/json.md` says what commands print with ``--json``: every command, every key, every kind of value."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ranp.__main__ import COMMANDS
from ranp.version import __version__
from tests.cli.json_objects import CHAIN, OWN, PAGE, RUNS, WITHOUT, Sections, add, holds, printed, rendered

ROW = re.compile(r"^\| `(?P<path>[^`]+)` \| (?P<holds>[^|]+) \| (?P<meaning>[^|]*) \|$", re.MULTILINE)
QUICK = {
    "list": [],
    "profile": CHAIN,
    "prune": [*CHAIN, "--method", "random", "--sparsity", "0.2", "--out", "plan"],
    "show": ["plan"],
    "completion": ["zsh"],
}


def page() -> dict[str, dict[str, set[str]]]:
    """Section -> path -> kinds, as the page has them."""
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {
        section.partition("\n")[0]: {row["path"]: set(row["holds"].split(", ")) for row in ROW.finditer(section)}
        for section in sections
    }


def test_every_command_has_a_section() -> None:
    assert {f"ranp {name}" for name in COMMANDS} - set(page()) == {f"ranp {name}" for name in WITHOUT}
    assert set(RUNS) | set(WITHOUT) == set(COMMANDS)
    assert all("version" in keys for name, keys in page().items() if name.startswith("ranp "))


def test_what_is_printed_is_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    found: Sections = {}
    for command, arguments in QUICK.items():
        value = printed(command, arguments)
        assert next(iter(value.items())) == ("version", __version__)
        add(found, command, value)
    known = page()
    for section, paths in found.items():
        for path, kinds in paths.items():
            allowed = known[section][path] | ({"whole number"} if "number" in known[section][path] else set())
            assert set(holds(path, kinds).split(", ")) <= allowed, (section, path)


def test_a_key_without_a_meaning_is_no_page() -> None:
    with pytest.raises(KeyError, match="something_new"):
        rendered({"ranp list": {"something_new": {"text"}}})


@pytest.mark.slow
def test_the_page_is_what_the_command_makes_of_it(tmp_path: Path) -> None:
    made = tmp_path / "json.md"
    subprocess.run([sys.executable, "-m", "tests.cli.json_objects", str(made)], cwd=PAGE.parents[1], check=True)
    assert made.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
