"""Scores in a file of their own: safetensors that say which network they are of and how they were computed."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from ranp.provenance import Provenance
from ranp.schema import COUNT, MAPPING, NOTHING, TEXT, check, parse_json
from ranp.scoring import Scoring
from ranp.storage import read_tensors, write_tensors
from ranp.types import Scores

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
    "criterion": TEXT,
    "reduce": TEXT,
}


def save_scores(path: Path, scores: Scores, provenance: Provenance, scoring: Scoring) -> None:
    """Write scores and what they are of, atomically."""
    description = {**asdict(provenance), "criterion": scoring.criterion, "reduce": scoring.reduce}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, scores, {_DESCRIPTION: json.dumps(description)})


def load_scores(path: Path, network: Provenance) -> tuple[Scores, Provenance, str, str]:
    """Scores, what is known of them, their criterion and their reduction.

    Raises ``ValueError`` for a damaged file, one that `save_scores` did not write, and scores of another network than
    ``network``: other weights are another network.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; write one with 'ranp score ... --out {path}'")
    scores, metadata = read_tensors(path, MAX_BYTES)
    if _DESCRIPTION not in metadata:
        raise ValueError(f"{path} does not say what its scores are of; write it with 'ranp score ... --out {path}'")
    description = parse_json(metadata[_DESCRIPTION], f"the description in {path}")
    check(description, _SCHEMA, f"the description in {path}")
    criterion, reduce = description.pop("criterion"), description.pop("reduce")
    found = Provenance(**description)
    for name in ("architecture", "preset", "arguments", "import_path", "seed", "init"):
        theirs, ours = getattr(found, name), getattr(network, name)
        if json.dumps(theirs) != json.dumps(ours):  # As JSON, which makes lists of tuples.
            raise ValueError(
                f"{path} holds scores of a network with {name} {theirs!r}, not {ours!r}; score this network, or name "
                "the one that was scored"
            )
    return scores, replace(network, weights_sha256=found.weights_sha256, data=found.data), criterion, reduce
