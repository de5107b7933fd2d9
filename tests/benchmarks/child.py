"""A fresh Python process per figure: what was loaded or held before must not count."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def figure(*arguments: str) -> float:
    """Run Python with these arguments from the project's root; its last line on stdout is the figure."""
    run = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} failed:\n{run.stderr}")
    return float(run.stdout.splitlines()[-1])
