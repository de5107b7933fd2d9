"""Scores in a file of their own: safetensors that say which network they are of and how they were computed."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ranp.files import COUNT, MAPPING, NOTHING, TEXT, check, make_folder_of, parse_json, read_tensors, write_tensors
from ranp.plan import Provenance
from ranp.subject import Scoring
from ranp.types import ImportanceScores, Scores

MAX_BYTES = 2**30
_DESCRIPTION = "ranp.scores"
_SCHEMA = {
    "architecture": TEXT | NOTHING,
    "preset": TEXT | NOTHING,
    "arguments": MAPPING,
    "import_path": TEXT | NOTHING,
    "seed": COUNT | NOTHING,
    "init": TEXT | NOTHING,
    "weights_sha256": TEXT | NOTHING,
    "data": TEXT | NOTHING,
    "data_path": TEXT | NOTHING,
    "loss_path": TEXT | NOTHING,
    "metric_paths": [TEXT],
    "optimizer_path": TEXT | NOTHING,
    "checkpoint": TEXT | NOTHING,
    "checkpoint_sha256": TEXT | NOTHING,
    "criterion": TEXT,
    "reduce": TEXT,
}
_BEFORE: dict[str, Any] = {
    **dict.fromkeys(("checkpoint", "checkpoint_sha256", "data_path", "loss_path", "optimizer_path")),
    "metric_paths": [],
}
"""What files say that were written before there were these."""


def save_scores(path: Path, scores: Scores, provenance: Provenance, scoring: Scoring) -> None:
    """Write scores and what they are of, atomically."""
    description = {**asdict(provenance), "criterion": scoring.criterion_name, "reduce": scoring.reduce}
    make_folder_of(path)
    write_tensors(path, scores, {_DESCRIPTION: json.dumps(description)})


def load_scores(path: Path, network: Provenance) -> tuple[Scores, Provenance, str, str]:
    """Scores, what is known of them, their criterion and their reduction.

    Raises ``ValueError`` for a damaged file, one that `save_scores` did not write, and scores of another network than
    ``network``: other weights are another network.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; write one with 'ranp score ... --out {path}'")
    scores, metadata = read_tensors(path, MAX_BYTES)
    if _DESCRIPTION not in metadata:
        raise ValueError(f"{path} does not say what its scores are of; write it with 'ranp score ... --out {path}'")
    description = parse_json(metadata[_DESCRIPTION], f"the description in {path}")
    description = {**_BEFORE, **description} if isinstance(description, dict) else description
    check(description, _SCHEMA, f"the description in {path}")
    criterion, reduce = description.pop("criterion"), description.pop("reduce")
    found = Provenance(**description)
    for name in ("architecture", "preset", "arguments", "import_path", "seed", "init", "checkpoint_sha256"):
        theirs, ours = getattr(found, name), getattr(network, name)
        if json.dumps(theirs) != json.dumps(ours):  # As JSON, which makes lists of tuples.
            raise ValueError(
                f"{path} holds scores of a network with {name} {theirs!r}, not {ours!r}; score this network, or name "
                "the one that was scored"
            )
    scores = ImportanceScores(scores, criterion, reduce)
    scored = {name: getattr(found, name) for name in ("weights_sha256", "data", "data_path", "loss_path")}
    return scores, replace(network, **scored), criterion, reduce
