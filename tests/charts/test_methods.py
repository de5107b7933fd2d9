"""One method has one colour and one name, everywhere: each stands in one table, and nothing else gives methods any."""

import re
from pathlib import Path

import pytest

from explorer.charts import DARK, LIGHT, METHOD_LOOKS
from ranp.checks import CONTESTANTS
from ranp.selection import METHODS

ROOT = Path(__file__).parent.parent.parent
COLOURS, NAMES = "explorer/charts/methods.py", "ranp/selection/methods.py"
_NAME = rf"""\\?["']?\b({"|".join(CONTESTANTS)})\b\\?["']?"""


def sources() -> list[Path]:
    found = [path for root in ("explorer", "ranp", "notebooks") for path in (ROOT / root).rglob("*")]
    kinds = {".py", ".js", ".css", ".ipynb", ".yaml", ".html"}
    return [path for path in found if path.suffix in kinds and not {"node_modules", "vendor"} & set(path.parts)]


def offenders(pattern: str, allowed: str) -> list[str]:
    """Lines of other files than the allowed one that give a method what the pattern says."""
    return [
        f"{path.relative_to(ROOT)}: {line.strip()[:90]}"
        for path in sources()
        if path.relative_to(ROOT).as_posix() != allowed
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    ]


def colour_table(name: str = _NAME) -> str:
    return rf"""{name}\s*[:=]\s*\W{{0,3}}(MethodLook\()?\W{{0,3}}(#[0-9A-Fa-f]{{6}}|LIGHT\.|DARK\.|colours\.)"""


def name_table() -> str:
    titles = "|".join(re.escape(method.title) for method in METHODS.values())
    return rf"""{_NAME}\s*:\s*(Method\()?\\?["']({titles}|Vanilla|Weighted|[\w ]* NP)\\?["']"""


def test_every_contestant_has_a_look_of_its_own() -> None:
    assert set(METHOD_LOOKS) == set(CONTESTANTS)
    for colours in (LIGHT, DARK):
        assert len({look.colour(colours) for look in METHOD_LOOKS.values()}) == len(METHOD_LOOKS)
    assert len({look.stroke for look in METHOD_LOOKS.values()}) == len(METHOD_LOOKS)


@pytest.mark.parametrize(("pattern", "home"), [(colour_table(), COLOURS), (name_table(), NAMES)])
def test_nothing_else_gives_methods_colours_or_names(pattern: str, home: str) -> None:
    table = (ROOT / home).read_text(encoding="utf-8")
    assert len(re.findall(pattern, table)) >= len(METHODS) - 1, "the pattern sees the table itself"
    assert offenders(pattern, home) == []


def test_no_name_is_abbreviated() -> None:
    assert [method.title for method in METHODS.values() if re.search(r"\bNP\b", method.title)] == []
    assert offenders(r"\b(Vanilla|Weighted) NP\b", "") == []


def test_colours_can_be_seen_on_both_grounds() -> None:
    for look in METHOD_LOOKS.values():
        assert contrast(look.light, "#ffffff") >= 3
        assert contrast(look.dark, "#14181d") >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
