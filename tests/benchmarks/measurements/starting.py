"""How much `import ranp` adds to `import torch`."""

from ..child import figure
from ..row import Row
from ..timing import taking_turns

REPEATS = 7


def import_seconds(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return figure("-c", code)


def measure() -> list[Row]:
    ours, torch, ratio = taking_turns(lambda: import_seconds("ranp"), lambda: import_seconds("torch"), REPEATS)
    return [
        Row(
            name="import ranp",
            ours=ours,
            unit="s",
            beside=torch,
            beside_name="import torch",
            ratio=ratio,
            limit=1.25,
            how=f"fresh processes, median of {REPEATS} pairs; ours includes torch's own import",
        )
    ]
