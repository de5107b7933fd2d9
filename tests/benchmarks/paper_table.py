"""What RANP removes at the paper's sizes, lambdas and sparsities, beside what the papers claim:

    python -m tests.benchmarks.paper_table [--data brain=FOLDER ...] [--only unet3d/shapenet ...] [--out FILE.json]
    python -m tests.benchmarks.paper_table --show FILE.json

Every network is initialised and scored here and priced at batch 1. The data always come through the loader of the real
data set's files: from the folder of the true data, or from procedural data written in that format and size.
FLOPs are 2 x MACs, so the share that is removed is the same; memory is the paper's, the elements of all leaf modules'
outputs. A plan that empties a layer is no network: the table then says which layer, and what is removed at the largest
sparsity that keeps all layers.

Where layers are tied, every coupling is shown; ``paper`` is the original code's rule.
"""

import argparse
import dataclasses
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ranp
from ranp.files import check_writable, read_text, write_atomically
from ranp.fingerprint import weights_sha256
from ranp.graph import COUPLINGS
from ranp.models import find_preset
from ranp.subject import Scoring, draw_batches, score_preset

from .real_layouts import LAYOUTS
from .table import machine


@dataclass(frozen=True)
class Setting:
    """One of the papers' networks, and on how many examples at once two processor cores score it within minutes."""

    architecture: str
    preset: str
    batch_size: int


SETTINGS = {
    f"{setting.architecture}/{setting.preset}": setting
    for setting in (
        Setting("unet3d", "shapenet", batch_size=1),
        Setting("unet3d", "brats", batch_size=1),
        Setting("mobilenetv2", "ucf101", batch_size=8),
        Setting("i3d", "ucf101", batch_size=2),
        Setting("psmnet", "sceneflow", batch_size=1),
    )
}
METHODS = ("ranp-f", "ranp-m")
CLAIM = {"flops": (0.50, 0.95), "memory": (0.35, 0.80), "source": "abstracts of arXiv 2010.02488 and 2103.08457"}


@dataclass(frozen=True)
class Removed:
    """The shares of the full network that are gone, 0 to 1."""

    neurons: float
    macs: float
    activations: float
    params: float


@dataclass(frozen=True)
class Entry:
    """One method on one network. `removed` is at `at_sparsity`: the paper's, or the largest that keeps all layers."""

    architecture: str
    preset: str
    method: str
    coupling: str
    lam: float
    sparsity: float
    feasible: bool
    first_empty_layer: str | None
    max_feasible_sparsity: float
    at_sparsity: float
    removed: Removed
    full: dict[str, int]
    data: dict[str, Any]
    scoring: dict[str, Any]
    weights_sha256: str
    seconds_to_score: float


def measure(name: str, preset: str, scoring: Scoring, folder: Path | None = None) -> list[Entry]:
    """Score one network once, and prune it by each method and coupling at its preset's lambda and sparsity.

    ``folder`` holds the true data; without it, procedural data are written as such a folder first.
    """
    chosen = find_preset(name, preset)
    model = ranp.build(name, preset, seed=scoring.seed)
    graph = ranp.trace(ranp.build(name, preset, device="meta"), ranp.models.example_inputs(name, preset))
    with tempfile.TemporaryDirectory(prefix="ranp-paper-") as written:
        if folder is None:
            examples = scoring.count * scoring.batch_size
            LAYOUTS[chosen.task](Path(written), chosen.arguments["classes"], examples, scoring.seed)
        batches = draw_batches(name, preset, {}, scoring, folder or Path(written))
    begun = time.perf_counter()
    scores = score_preset(model, graph, name, preset, {}, batches, scoring)
    seconds = time.perf_counter() - begun
    data = {
        "task": chosen.task,
        "format": ranp.data.task(chosen.task).real.title,
        "procedural": folder is None,
        "folder": None if folder is None else folder.name,
    }
    tied = any(layer.coupled for layer in graph.layers.values())

    entries = []
    for method, coupling in itertools.product(METHODS, COUPLINGS if tied else ("any",)):
        asked = ranp.PruningConfig(method=method, sparsity=chosen.sparsity, lam=chosen.lam, coupling=coupling)
        plan = ranp.prune(graph, scores, asked)
        limit = dataclasses.replace(asked, sparsity=plan.max_feasible_sparsity)
        built = plan if plan.feasible else ranp.prune(graph, scores, limit)
        entries.append(
            Entry(
                architecture=name,
                preset=preset,
                method=method,
                coupling=coupling,
                lam=chosen.lam,
                sparsity=chosen.sparsity,
                feasible=plan.feasible,
                first_empty_layer=plan.first_empty_layer,
                max_feasible_sparsity=plan.max_feasible_sparsity,
                at_sparsity=built.requested_sparsity,
                removed=removed(built),
                full=plan.full.as_dict(),
                data=data,
                scoring=asdict(scoring),
                weights_sha256=weights_sha256(model),
                seconds_to_score=round(seconds, 1),
            )
        )
    return entries


def removed(plan: ranp.Plan) -> Removed:
    """What the plan's network has less than the full one."""
    shares = {
        kind: 1 - getattr(plan.pruned, kind) / getattr(plan.full, kind) for kind in ("macs", "activations", "params")
    }
    return Removed(neurons=plan.achieved_sparsity, **shares)


def as_json(entries: Sequence[Entry]) -> dict[str, Any]:
    """The figures with all that they depend on."""
    return {
        "claim": CLAIM,
        "versions": {"ranp": ranp.__version__},
        "machine": machine(),
        "entries": [asdict(entry) for entry in entries],
    }


def markdown(result: dict[str, Any]) -> str:
    """The table of what `as_json` returned, and a caption that says how it came about."""
    claim = result["claim"]
    settings = ("network", "scored on", "method", "coupling", "lambda", "sparsity")
    head = (*settings, "neurons", "FLOPs", "memory", "parameters", "feasible")
    claimed = ("*claimed*", *[""] * 6, _range(claim["flops"]), _range(claim["memory"]), "", "")
    rows = [head, ("---",) * len(head), claimed, *map(_cells, result["entries"])]
    seeds = sorted({entry["scoring"]["seed"] for entry in result["entries"]})
    written = dict.fromkeys(entry["data"]["format"] for entry in result["entries"] if entry["data"]["procedural"])
    made = f" Procedural data were written as files of {', '.join(written)}, in their sizes, and read by their loaders."
    made = made if written else ""
    caption = (
        f"The share of the full network that is removed, at batch 1. Claimed: {claim['source']}, for all networks "
        "together. Scored on batches x examples as stated (the papers average over many), with seed "
        f"{', '.join(map(str, seeds))}.{made} In brackets: at the largest sparsity that keeps all layers, where the "
        "paper's sparsity empties one."
    )
    return "\n".join(["| " + " | ".join(row) + " |" for row in rows] + ["", caption])


def _cells(entry: dict[str, Any]) -> tuple[str, ...]:
    def share(kind: str) -> str:
        value = f"{entry['removed'][kind]:.1%}"
        return value if entry["feasible"] else f"({value})"

    emptied = f"no: `{entry['first_empty_layer']}` is empty above {entry['max_feasible_sparsity']:.4f}"
    return (
        f"{ranp.ARCHITECTURES[entry['architecture']].title}, {entry['preset']}",
        _scored_on(entry),
        ranp.METHODS[entry["method"]].title,
        entry["coupling"],
        f"{entry['lam']:g}",
        f"{entry['sparsity']:.4f}",
        *(share(kind) for kind in ("neurons", "macs", "activations", "params")),
        "yes" if entry["feasible"] else emptied,
    )


def _scored_on(entry: dict[str, Any]) -> str:
    data, scoring = entry["data"], entry["scoring"]
    source = "procedural" if data["procedural"] else data["folder"]
    return f"{data['format']} files, {source}, {scoring['count']} x {scoring['batch_size']}"


def _range(shares: Sequence[float]) -> str:
    low, high = shares
    return f"{low:.0%} to {high:.0%}"


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.paper_table", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=list(SETTINGS), metavar="NETWORK/PRESET")
    parser.add_argument(
        "--data",
        action="append",
        type=_folder,
        default=[],
        metavar="TASK=FOLDER",
        help="the true data set's folder, instead of procedural data in its format",
    )
    parser.add_argument("--batches", type=int, default=1, help="to score on (default: 1)")
    parser.add_argument("--batch-size", type=int, help="examples in each (default: what two cores do within minutes)")
    parser.add_argument("--seed", type=int, default=0, help="of initialisation and data (default: 0)")
    parser.add_argument("--device", default="cpu", help="to score on (default: cpu)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the figures as JSON, too")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, show figures that were saved")
    return parser.parse_args(given)


def _folder(text: str) -> tuple[str, Path]:
    task, equals, folder = text.partition("=")
    if not equals or task not in ranp.data.TASKS:
        raise argparse.ArgumentTypeError(f"'{text}' is not TASK=FOLDER with a task of {', '.join(ranp.data.TASKS)}")
    return task, Path(folder)


def main(given: Sequence[str] | None = None) -> int:
    options = arguments(given)
    if options.out is not None:
        check_writable(options.out)
    if options.show is not None:
        print(markdown(json.loads(read_text(options.show))))
        return 0
    folders = dict(options.data)
    entries: list[Entry] = []
    for key in options.only:
        print(f"scoring {key} ...", file=sys.stderr, flush=True)
        setting = SETTINGS[key]
        batch_size = options.batch_size or setting.batch_size
        scoring = Scoring(count=options.batches, batch_size=batch_size, seed=options.seed, device=options.device)
        folder = folders.get(find_preset(setting.architecture, setting.preset).task)
        entries += measure(setting.architecture, setting.preset, scoring, folder)
    result = as_json(entries)
    if options.out is not None:
        write_atomically(options.out, (json.dumps(result, indent=2) + "\n").encode())
    print(markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
