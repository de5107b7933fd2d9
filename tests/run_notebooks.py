"""Every notebook from top to bottom, two at a time: ``python -m tests.run_notebooks [--store] [NAME ...]``.

A notebook fails where a cell raises, where anything comes out on stderr (a warning, a log), where it computes for
longer than two minutes, and where what its cells put out is not what is stored in it, pictures of figures among it;
`--store` stores that anew (`make figures`). The explorer's own notebook of a state is run with them.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from explorer.export.notebook import notebook
from explorer.state import ExplorerState
from tests.lessons import capturing
from tests.lessons.rendering import browser_renderer
from tests.lessons.stored import Render, differences, is_measured, storable, store

FOLDER = Path(__file__).parent.parent / "notebooks"
EXPORTED = "the explorer's notebook"
MOST_SECONDS = 120
AT_ONCE = 2
SIGNS = ("Warning:", "Traceback")
"""What no text that a cell puts out may hold."""
CAPTURE = (
    f"exec({Path(capturing.__file__).read_text(encoding='utf-8')!r} + '\\ncapture()', {{'__name__': 'capturing'}})"
)


def complaints(document: Any) -> list[str]:
    """Everything among the outputs that a reader should not see, in a line each."""
    found = []
    for number, cell in enumerate(document.cells):
        for output in cell.get("outputs", ()):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            if output.output_type == "error" or output.get("name") == "stderr" or any(sign in text for sign in SIGNS):
                said = " ".join((text or output.get("evalue", "")).split())
                found.append(f"cell {number}: {said[:300]}")
    return found


def run(document: Any, folder: Path) -> list[str]:
    """What is wrong with the notebook, once all of its cells have run in ``folder``; the last cell tells its time."""
    document.cells.insert(0, nbformat.v4.new_code_cell(CAPTURE))
    document.cells.append(nbformat.v4.new_code_cell("import time; print(time.process_time())"))
    with tempfile.TemporaryDirectory() as private:  # the kernel listens on files in there instead of on ports
        config = Config(KernelManager={"transport": "ipc", "ip": str(Path(private) / "kernel")})
        client = NotebookClient(
            document, timeout=900, startup_timeout=300, resources={"metadata": {"path": str(folder)}}, config=config
        )
        try:
            client.execute()
        except CellExecutionError as error:
            return [f"{error.ename}: {error.evalue}"]
    del document.cells[0]
    seconds = float(document.cells.pop().outputs[0].text)
    slow = [f"computed for {seconds:.0f} s, more than {MOST_SECONDS} s"] if seconds > MOST_SECONDS else []
    return [*complaints(document), *slow]


def one(name: str) -> tuple[str, Any, list[str], float]:
    """Run the notebook of that name; the exported one in an empty folder, where it saves its plan."""
    start = time.perf_counter()
    if name == EXPORTED:
        document = nbformat.reads(notebook(ExplorerState("unet3d", "classroom")).decode(), as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            problems = run(document, Path(folder))
    else:
        document = nbformat.read(FOLDER / name, as_version=4)
        problems = run(document, FOLDER)
    return name, document, problems, time.perf_counter() - start


def outdated(path: Path, document: Any) -> list[str]:
    """What the file does not have as its cells put it out now, in a line each."""
    before = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = []
    for number, (old, new) in enumerate(zip(before, document.cells, strict=True)):
        if old["cell_type"] == "code":
            said = differences(old["outputs"], storable(new), is_measured(old))
            found += [f"cell {number}: {each}; store it: make figures ARGS={path.name}" for each in said]
    return found


def store_now(path: Path, document: Any, render: Render) -> None:
    """Store what the cells put out."""
    store(path, [storable(cell, render) for cell in document.cells if cell.cell_type == "code"])


def main(arguments: list[str]) -> int:
    """Run those named, or all; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run notebooks from top to bottom.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--store", action="store_true", help="store what their cells put out, with pictures")
    args = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chosen = args.names or [*sorted(path.name for path in FOLDER.glob("*.ipynb")), EXPORTED]
    failed = False
    with browser_renderer() if args.store else nullcontext() as render, ThreadPoolExecutor(AT_ONCE) as pool:
        for name, document, problems, seconds in pool.map(one, chosen):
            if not problems and name != EXPORTED:
                if render is None:
                    problems = outdated(FOLDER / name, document)
                else:
                    store_now(FOLDER / name, document, render)
            print(f"{name}: {'FAILED' if problems else 'passed'} in {seconds:.0f} s", flush=True)
            for problem in problems:
                print(f"    {problem}", flush=True)
            failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
