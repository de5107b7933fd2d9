"""Where the README tells of races: between marks, so that a command can write what the races' file says by now."""

import re
from collections.abc import Mapping
from pathlib import Path

from ranp.checks import Race, accuracy, tables, when_tables
from tests.benchmarks.evidence.picture import in_words

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "score_against_cost.svg"


def told(readme: str, races: Mapping[str, Race]) -> str:
    """The README with what these races say; ``ValueError`` where a mark is missing."""
    image = f"![{in_words(races)}]({PICTURE.relative_to(ROOT).as_posix()})" if races else ""
    parts = {
        "accuracy": f"{accuracy(races)}\n\n{image}".rstrip(),
        "races": tables(races),
        "when to prune": when_tables(races),
    }
    for name, text in parts.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        if not block.search(readme):
            raise ValueError(f"the README needs the marks '<!-- {name} -->' and '<!-- end of {name} -->'; put them in")
        readme = block.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", readme)  # type: ignore[misc]
    return readme
