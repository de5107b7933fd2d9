"""The README's table of the papers' setting: what was trained, and what is not run yet."""

import json
from pathlib import Path
from typing import Any

from ranp.data import METRICS
from ranp.models import ARCHITECTURES
from ranp.statistics import differences, signed, verdict
from ranp.units import count
from tests.benchmarks.papers.estimate import work_of
from tests.benchmarks.papers.network import Size
from tests.benchmarks.papers.settings import CONTESTANTS, SETTINGS

RESULTS = "results.json"
NOT_RUN = "not run yet"
_HEAD = ("network, data", "epochs", "multiply-adds of the full one", *CONTESTANTS, "difference", "RANP-f")


def read(folder: Path) -> list[dict[str, Any]]:
    """The results that lie in a folder; none where there are none."""
    file = folder / RESULTS
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def markdown(results: list[dict[str, Any]]) -> str:
    """A row a network, whether it was run or not; networks that were only tried out are left out."""
    rows = [_HEAD, ("---",) * len(_HEAD), *(_row(name, results) for name in SETTINGS)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(name: str, results: list[dict[str, Any]]) -> tuple[str, ...]:
    setting = SETTINGS[name]
    work = work_of(setting, Size(setting).graph().cost().macs)
    mine = [each for each in results if each["network"] == name and not each["trial"]]
    scores = {
        place: {each["seed"]: each["score"] for each in mine if each["contestant"] == contestant}
        for place, contestant in enumerate(CONTESTANTS)
    }
    title = f"{ARCHITECTURES[setting.architecture].title}, {setting.preset}"
    cells = [_mean(list(scores[place].values())) for place in scores]
    told = (NOT_RUN, "") if not all(scores.values()) else _compared(setting.known.task, scores)
    return (title, str(setting.epochs), count(work), *cells, *told)


def _mean(scores: list[float]) -> str:
    if not scores:
        return NOT_RUN
    seeds = f"{len(scores)} seed{'s' if len(scores) > 1 else ''}"
    return f"{sum(scores) / len(scores):.3f} ({seeds})"


def _compared(task: str, scores: dict[int, dict[int, float]]) -> tuple[str, str]:
    (found,) = differences(scores)
    return signed(found.mean, found.half_width), verdict(found, METRICS[task].higher_is_better)
