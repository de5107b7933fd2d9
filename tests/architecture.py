"""The drawing in ARCHITECTURE.md, from the imports of the source:  python -m tests.architecture

An arrow says "uses". Where one way leads over another part, only the longer way is drawn.
"""

import sys
from pathlib import Path

import networkx as nx

from tests.test_imports import ROOT, imported, inside, modules

PAGE = ROOT / "ARCHITECTURE.md"
OPENING, CLOSING = "```mermaid\n", "```\n"

# part -> (what it says in the drawing, the modules: each with everything below it, the longest match decides)
PARTS = {
    "files": (
        "files that nobody unpickles",
        "types version fingerprint storage container schema plan_files",
    ),
    "graph": ("channel graph: what is tied, what it costs", "graph layers"),
    "models": ("networks", "models initialisation"),
    "data": ("tasks: data and losses", "data"),
    "importance": (
        "importance of neurons",
        "scoring_mode signals synflow criteria importance connections cache scoring",
    ),
    "selection": ("reweighting and selection", "config reweighting selection ranking limits curve overlap tradeoff"),
    "small": ("the small network", "shrink memory optimizer_steps peak_tracker counting step_time fit rounding"),
    "plan": ("plans and masks", "plan transfer neuron_masks mask_files provenance layer_summary"),
    "formats": ("other tools' formats", "formats export"),
    "subject": ("what a user names", "subject"),
    "training": (
        "checks, races, sweeps, workers",
        "metrics schedule speed parallel training check outcome checking races race_table study jobs stopping sweep "
        "worker local_worker",
    ),
    "exercises": ("exercises", "exercises"),
    "cli": ("command line", "cli __main__"),
}
LIBRARY = {name: (title, [f"ranp.{module}" for module in listed.split()]) for name, (title, listed) in PARTS.items()}
FACTS = ("facts", "compare_facts", "training_facts")
APP = {
    "state": (
        "the state, its links, its words",
        [
            *(f"explorer.{name}" for name in ("state", "links", "units", "weights", "pins", *FACTS)),
            *(f"explorer.{path.stem}" for path in (ROOT / "explorer").glob("wording*.py")),
        ],
    ),
    "charts": ("figures", ["explorer.charts"]),
    "live": ("live charts", ["explorer.component"]),
    "compute": ("what pages ask for", ["explorer"]),
    "views": ("pages", ["explorer.views", "explorer.app", "explorer.server", "explorer.guard"]),
    "lessons": ("notebooks", ["explorer.lessons"]),
}
ALL = {**LIBRARY, **APP}


def part_of(module: str) -> str | None:
    """The part with the longest name that contains the module; a bare `ranp`, the public names, is none."""
    found = [(len(own), part) for part, (_, listed) in ALL.items() for own in listed if inside(module, own)]
    return max(found)[1] if found else None


def uses() -> nx.DiGraph:
    """Part -> part for every import between them."""
    graph = nx.DiGraph()
    graph.add_nodes_from(ALL)
    for module, path in modules():
        part = part_of(module)
        for _, name in imported(path.read_text(encoding="utf-8"), module, path.name == "__init__.py"):
            other = part_of(name)
            if part and other and part != other:
                graph.add_edge(part, other)
    return graph


def without_shortcuts(graph: nx.DiGraph) -> list[tuple[str, str]]:
    """The edges that no longer way replaces, in the order of the parts."""
    kept = []
    for part, other in graph.edges:
        rest = graph.copy()
        rest.remove_edge(part, other)
        if not nx.has_path(rest, part, other) or nx.has_path(graph, other, part):
            kept.append((part, other))
    order = list(ALL)
    return sorted(kept, key=lambda edge: (order.index(edge[0]), order.index(edge[1])))


def drawing() -> str:
    """A Mermaid flow chart."""
    lines = ["flowchart TD"]
    for title, parts in (("ranp, the library", LIBRARY), ("explorer, the app", APP)):
        lines.append(f'  subgraph {title.split(",")[0]}["{title}"]')
        lines += [f'    {part}["{text}"]' for part, (text, _) in parts.items()]
        lines.append("  end")
    lines += [f"  {part} --> {other}" for part, other in without_shortcuts(uses())]
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
