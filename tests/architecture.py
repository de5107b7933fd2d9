"""The drawing in ARCHITECTURE.md, from the folders of the source:  python -m tests.architecture

A box is a folder, with the first line of its `__init__`; an arrow says "uses". Where one way leads over another part,
only the longer way is drawn.
"""

import ast
import sys
from pathlib import Path

import networkx as nx

from tests.test_imports import GROUPS, ROOT, group, known, source_of, uses

PAGE = ROOT / "ARCHITECTURE.md"
OPENING, CLOSING = "```mermaid\n", "```\n"
PARTS = tuple(name for name in GROUPS if name != "ranp")
TITLES = {"ranp": "ranp, the library", "explorer": "explorer, the app"}


def title(part: str) -> str:
    """The first line of the folder's docstring, without its full stop."""
    text = ast.get_docstring(ast.parse(source_of(part)[0])) or ""
    return text.partition("\n")[0].removesuffix(".")


def used() -> nx.DiGraph:
    """Part -> part for every import between them."""
    graph = nx.DiGraph()
    graph.add_nodes_from(PARTS)
    for module in sorted(known()):
        part = group(module)
        for other in {group(name) for name in uses(module)} - {part}:
            if part in PARTS and other in PARTS:
                graph.add_edge(part, other)
    return graph


def without_shortcuts(graph: nx.DiGraph) -> list[tuple[str, str]]:
    """The edges that no longer way replaces, in the order of the parts."""
    kept = nx.transitive_reduction(graph).edges
    return sorted(kept, key=lambda edge: (PARTS.index(edge[0]), PARTS.index(edge[1])))


def drawing() -> str:
    """A Mermaid flow chart."""
    lines = ["flowchart TD"]
    for root, text in TITLES.items():
        lines.append(f'  subgraph {root}["{text}"]')
        for part in PARTS:
            if part.startswith(root + "."):
                lines.append(f'    {part.replace(".", "_")}["<b>{part.partition(".")[2]}</b><br>{title(part)}"]')
        lines.append("  end")
    lines += [f"  {a.replace('.', '_')} --> {b.replace('.', '_')}" for a, b in without_shortcuts(used())]
    return "\n".join(lines) + "\n"


def drawn(page: str) -> str:
    """The page with the drawing as the source has it now."""
    before, opening, rest = page.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    return before + opening + drawing() + closing + after


def main() -> None:
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(drawn(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
