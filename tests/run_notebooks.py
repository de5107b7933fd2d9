"""Every notebook from top to bottom, two at a time: ``python -m tests.run_notebooks [NAME ...]``.

A notebook fails where a cell raises, where anything comes out on stderr (a warning, a log), or where it computes for
longer than two minutes. Nothing is written back. The explorer's own notebook of a state is run with them.
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from explorer.export.notebook import notebook
from explorer.state import ExplorerState

FOLDER = Path(__file__).parent.parent / "notebooks"
EXPORTED = "the explorer's notebook"
MOST_SECONDS = 120
AT_ONCE = 2
SIGNS = ("Warning:", "Traceback")
"""What no text that a cell puts out may hold."""


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
    seconds = float(document.cells.pop().outputs[0].text)
    slow = [f"computed for {seconds:.0f} s, more than {MOST_SECONDS} s"] if seconds > MOST_SECONDS else []
    return [*complaints(document), *slow]


def one(name: str) -> tuple[str, list[str], float]:
    """Run the notebook of that name; the exported one in an empty folder, where it saves its plan."""
    start = time.perf_counter()
    if name == EXPORTED:
        with tempfile.TemporaryDirectory() as folder:
            text = notebook(ExplorerState("unet3d", "classroom")).decode()
            return name, run(nbformat.reads(text, as_version=4), Path(folder)), time.perf_counter() - start
    return name, run(nbformat.read(FOLDER / name, as_version=4), FOLDER), time.perf_counter() - start


def main(names: list[str]) -> int:
    """Run those named, or all; returns the exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chosen = names or [*sorted(path.name for path in FOLDER.glob("*.ipynb")), EXPORTED]
    failed = False
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, problems, seconds in pool.map(one, chosen):
            print(f"{name}: {'FAILED' if problems else 'passed'} in {seconds:.0f} s", flush=True)
            for problem in problems:
                print(f"    {problem}", flush=True)
            failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
