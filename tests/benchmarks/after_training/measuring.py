"""A checkpoint pruned to half of its MACs and fine-tuned, and what stands beside it; the figures as a table."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ranp.averages import mean
from ranp.checks import Check, Contestant, Entry, Progress, Saver, run_check
from ranp.models import read_checkpoint
from ranp.selection import PruningConfig
from ranp.subject import Subject

NETWORKS = {"unet3d": "3D-UNet", "segresnet": "MONAI's SegResNet"}
BEFORE, AFTER, BUDGET = 100, 50, ("macs", 0.5)
CONTESTANTS = {
    "full, fine-tuned": Contestant(weights="kept"),
    "pruned, fine-tuned": Contestant(PruningConfig(budget=BUDGET), "kept"),
    "pruned, trained anew": Contestant(PruningConfig(budget=BUDGET), "new"),
}


def measure(name: str, seeds: int, before: int = BEFORE, after: int = AFTER) -> dict[str, Any]:
    """The network's figures: its score after ``before`` steps, and the curves of `CONTESTANTS` for ``after`` more."""
    subject = Subject(name)
    trained = Check(subject, (Contestant(),), recipe=replace(subject.recipe, steps=before))
    with tempfile.TemporaryDirectory() as folder:
        saver = Saver(trained, Path(folder))
        (start,) = run_check(trained, _tell, keep=saver)
        file = saver.place(0, 0)
        tuned = replace(subject, checkpoint=str(file), checkpoint_sha256=read_checkpoint(file).sha256)
        lam = {"lam": subject.lam}
        contestants = (
            each if each.pruning is None else replace(each, pruning=replace(each.pruning, **lam))
            for each in CONTESTANTS.values()
        )
        recipe = replace(subject.recipe, steps=after)
        check = Check(tuned, tuple(contestants), seeds=tuple(range(seeds)), recipe=recipe)
        entries = run_check(check, _tell)
    failed = [entry.reason for entry in (start, *entries) if entry.reason is not None]
    if failed:
        raise ValueError(f"{name}: {failed[0]}")
    curves = [_curve(label, [one for one in entries if one.contestant == place], subject.score.name, start)
              for place, label in enumerate(CONTESTANTS)]  # fmt: skip
    return {"score": subject.score.title, "seeds": seeds, "before": before, "start": start.score, "curves": curves}


def _curve(label: str, entries: list[Entry], score: str, full: Entry) -> dict[str, Any]:
    points = [[entry.curve[place] for entry in entries] for place in range(len(entries[0].curve))]
    return {
        "label": label,
        "macs": mean([(entry.macs or 0) / (full.macs or 1) for entry in entries]),
        "points": [[each[0].step, mean([point.figures[score] for point in each])] for each in points],
    }


def _tell(progress: Progress) -> None:
    if progress.point is not None:
        print(f"{progress.label}, seed {progress.seed}, step {progress.step}", file=sys.stderr, flush=True)


def markdown(kept: dict[str, Any]) -> str:
    """A line a curve: the score after so many more steps."""
    curves = [one for found in kept["networks"].values() for one in found["curves"]]
    steps = sorted({step for one in curves for step, _ in one["points"]})
    head = ["network", "MACs", *(f"{step} steps" for step in steps)]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name, found in kept["networks"].items():
        for one in found["curves"]:
            points = {step: f"{score:.3f}" for step, score in one["points"]}
            cells = [points.get(step, "") for step in steps]
            lines.append([f"{NETWORKS[name]}: {one['label']}", f"{one['macs']:.0%}", *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def provenance(kept: dict[str, Any]) -> str:
    """A sentence on where the figures come from."""
    found, (one, *_) = kept["machine"], kept["networks"].values()
    seeds = "from one seed" if one["seeds"] == 1 else f"means over {one['seeds']} seeds"
    return (
        f"Scores are {one['score']}, {seeds}, on a machine with {found['processor']}, "
        f"{found['cores']} cores, PyTorch {found['torch']}."
    )
