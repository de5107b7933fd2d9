"""The files of a plan, readable without this library, its network's class, or pickle.

``plan.json``           what was decided and for which network (the keys of `SCHEMA`), with its conventions in words
``masks.safetensors``   per layer, by qualified name, one bool vector ``(neurons,)``: true = keep
``layers.csv``          the layers' table for a spreadsheet; never read back
``model.safetensors``   optional: the state dict of the shrunk network
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import torch
from torch import Tensor

from ranp.files import (
    ANYTHING,
    COUNT,
    FLAG,
    MAPPING,
    NOTHING,
    NUMBER,
    TEXT,
    Leaf,
    Schema,
    check,
    decode_tensors,
    encode_tensors,
    parse_json,
    read_files,
)
from ranp.graph import named_as_written
from ranp.plan.versions import as_written, upgraded
from ranp.selection import (
    SETTINGS,
    STEP_BUDGETS,
    Form,
    LayerCounts,
    LayerGroups,
    LayerNumbers,
    Layers,
    Number,
    OneOf,
    OneOfOrOwn,
    Whole,
)
from ranp.types import Masks

SCHEMA_VERSION = 2
DOCUMENT, MASKS, LAYERS, WEIGHTS = "plan.json", "masks.safetensors", "layers.csv", "model.safetensors"
FILES = {DOCUMENT: 16 * 2**20, MASKS: 64 * 2**20, LAYERS: 16 * 2**20, WEIGHTS: 16 * 2**30}
"""The files a plan may have, and the most bytes of each."""

Origin = Literal["importance", "magnitude", "random", "elsewhere"]
ORIGINS: dict[str, str] = {
    "importance": "ranp.importance, by criterion and reduce",
    "magnitude": "the sizes of the weights, by reduce",
    "random": "a random order, from random_seed",
    "elsewhere": "other code: the scores or the masks were given",
}
"""Where the scores of a plan may have come from."""

CONVENTIONS = {
    "masks": "one bool vector per layer, by qualified name; true = keep; tied layers already agree",
    "sparsity": "fraction of all neurons (output channels of convolution and linear layers) that is removed; requested:"
    " of the selection; achieved: after tied layers agreed and frozen and output layers stayed whole",
    "macs": "multiply-adds of convolutions, linear layers and matrix products; 1 multiply-add = 1 MAC;"
    " flops = 2 x macs",
    "paper_macs": "the original RANP code's count: macs + 1 per output element of a layer with a bias + 4 per element"
    " of a norm",
    "params": "elements of parameters; x 4 for bytes in float32",
    "activations": "elements of the outputs of leaf modules (the paper's memory); x 4 for bytes in float32",
    "costs": "for the arguments in inputs; full: before pruning; pruned: after",
    "budget": "of one resource or of several, what may be left at most: a share of the full network's, or an amount"
    " with its unit",
    "step_costs": "what a step takes, full: before pruning, pruned: after; peak: the most bytes that tensors of a"
    " training step hold at once; time: its seconds; inference: those of a forward pass; terms: the batch and whatever"
    " else the figure is of",
    "snapped": "what moving counts to fast ones did: neurons that came back or went, MACs, seconds of a training step,"
    " and importance (the share of the balanced scores that is kept) without and with it; null: not asked for",
    "inputs": "the network's positional and keyword arguments; tensor: its shape, batch first; values: the least and"
    " the largest that an integer may be",
    "scored_by": "where scores came from: importance: ranp.importance, by criterion and reduce; magnitude: sizes of the"
    " weights, by reduce; random: from random_seed; elsewhere: other code gave scores or masks",
    "plateau": "neurons of equal score: cut: they go one by one, of each layer the same share; keep: they stay"
    " together, or go together",
    "equal_scores": "neurons whose common score is the threshold; asked: how many of them the sparsity leaves; kept:"
    " how many of them selection keeps, before tied layers agreed; layer: where each layer has its own threshold",
    "fill": "yes: single neurons were given back until the network was within 0.5% of its budget",
    "pick": "which neurons of a layer stay, of as many as the method keeps of it: best, worst, or shuffled: drawn at"
    " random, from random_seed",
    "tied": "scores of neurons that are tied: votes: each layer's own; sum, mean, max: one for the group, of all"
    " of theirs",
    "equal_widths": "layers of a group keep the same share of their neurons, each its own best: the mean of what they"
    " would keep by themselves",
    "data_path": "import path of batches of one's own; null: others, or none",
    "loss_path": "import path of the loss that they were scored with",
    "metric_paths": "import paths of the metrics that judge the network, each with its name; :lower: less is better",
    "optimizer_path": "import path of what makes the optimizer that trains it; null: AdamW",
    "checkpoint": "name of the file that the scored network's trained weights came from; null: weights as drawn",
    "checkpoint_sha256": "SHA-256 of that file",
    "weights_sha256": "SHA-256 over name, dtype, shape and bytes of each entry of the scored network's state dict",
}

_BUDGET = Leaf(
    'an object such as {"macs": 0.1, "peak": "8GiB"}', lambda value: isinstance(value, dict) and len(value) > 0
)
_ORIGIN = Leaf("importance, magnitude, random or elsewhere", lambda value: isinstance(value, str) and value in ORIGINS)
_COST = {"macs": COUNT, "paper_macs": COUNT, "params": COUNT, "activations": COUNT, "flops": COUNT}
_STEP = Leaf(f"one of {', '.join(STEP_BUDGETS)}", lambda value: isinstance(value, str) and value in STEP_BUDGETS)
_TERMS = Leaf(
    "an object of texts and numbers",
    lambda value: isinstance(value, dict) and all((TEXT | NUMBER | NOTHING).accepts(one) for one in value.values()),
)
_STEP_COST = {"budget": _STEP, "full": NUMBER, "pruned": NUMBER | NOTHING, "terms": _TERMS}
_EQUAL = {"score": NUMBER, "neurons": COUNT, "asked": COUNT, "kept": COUNT, "layer": TEXT | NOTHING}
_SNAPPED = {
    **dict.fromkeys(("added", "removed", "macs_before", "macs_after"), COUNT),
    **dict.fromkeys(("seconds_before", "seconds_after", "importance_before", "importance_after"), NUMBER),
}
_LAYER = {
    "name": TEXT,
    "kind": TEXT,
    "neurons": COUNT,
    "kept": COUNT,
    "macs": COUNT,
    "params": COUNT,
    "activations": COUNT,
    "pruned_macs": COUNT,
    "pruned_params": COUNT,
    "pruned_activations": COUNT,
}
PLANNED: dict[str, str] = {name: setting.plan for name, setting in SETTINGS.items() if setting.plan is not None}
"""The settings that a plan has, each with its key."""

_LEAVES: dict[type[Form], Schema] = {
    OneOf: TEXT,
    OneOfOrOwn: TEXT,
    Number: NUMBER,
    Whole: COUNT,
    Layers: [TEXT],
    LayerNumbers: MAPPING,
    LayerGroups: [[TEXT]],
    LayerCounts: MAPPING,
}
"""What the document holds of a setting, by the form of its values."""

SCHEMA: dict[str, Schema] = {
    "schema_version": COUNT,
    "architecture": TEXT | NOTHING,
    "preset": TEXT | NOTHING,
    "arguments": MAPPING,
    "import_path": TEXT | NOTHING,
    "inputs": {"args": [ANYTHING], "kwargs": MAPPING},
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
    "scored_by": _ORIGIN,
    **{key: _LEAVES[type(SETTINGS[name].form)] for name, key in PLANNED.items()},
    **dict.fromkeys(("criterion", "reduce", "allocation"), TEXT | NOTHING),
    "budget": _BUDGET | NOTHING,
    "requested_sparsity": NUMBER,
    "achieved_sparsity": NUMBER,
    "max_feasible_sparsity": NUMBER,
    "feasible": FLAG,
    "first_empty_layer": TEXT | NOTHING,
    "equal_scores": [_EQUAL],
    "full": _COST,
    "pruned": _COST,
    "step_costs": [_STEP_COST],
    "snapped": MAPPING | NOTHING,
    "layers": [_LAYER],
    "conventions": MAPPING,
    "versions": {"ranp": TEXT, "torch": TEXT},
}


@dataclass(frozen=True, eq=False)
class PlanFiles:
    """The content of a plan's files, as plain values."""

    document: dict[str, Any]
    masks: Masks
    weights: dict[str, Tensor] | None = None
    table: str = ""
    """Of the layers; nobody reads it back."""


def encode(files: PlanFiles) -> dict[str, bytes]:
    """File name -> bytes."""
    check(files.document, SCHEMA, DOCUMENT)
    encoded = {
        DOCUMENT: (json.dumps(files.document, indent=2, allow_nan=False) + "\n").encode(),
        MASKS: encode_tensors(files.masks),
        LAYERS: files.table.encode(),
    }
    if files.weights is not None:
        encoded[WEIGHTS] = encode_tensors(files.weights)
    return encoded


def decode(source: Path | bytes | BinaryIO) -> PlanFiles:
    """Read a plan's folder or zip, or the bytes of its zip, and check it through and through.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` with one sentence for a file that is
    missing, damaged, of a newer version, or at odds with another.
    """
    place = str(source) if isinstance(source, Path) else "the zip"
    files = read_files(source, FILES)
    for name in (DOCUMENT, MASKS):
        if name not in files:
            raise ValueError(
                f"{place} holds no {name}, so it is no plan; give the folder or zip that a plan was saved to"
            )
    document = _document(files[DOCUMENT], f"{DOCUMENT} in {place}")
    masks, _ = decode_tensors(files[MASKS], f"{MASKS} in {place}")
    _check_masks(masks, document, place)
    weights = decode_tensors(files[WEIGHTS], f"{WEIGHTS} in {place}")[0] if WEIGHTS in files else None
    masks = named_as_written({layer["name"]: masks[layer["name"]] for layer in document["layers"]})
    if len(masks) < len(document["layers"]):
        raise ValueError(f"{DOCUMENT} in {place} lists a layer twice, once as compiled; save the plan again")
    return PlanFiles(as_written(document), masks, None if weights is None else named_as_written(weights))


def _document(content: bytes, source: str) -> dict[str, Any]:
    document = parse_json(content, source)
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ValueError(
            f"{source} has schema version {version}, this program reads up to {SCHEMA_VERSION}; update RANP Explorer"
        )
    if isinstance(document, dict):
        document = upgraded(document, SCHEMA, source)
        version = document.get("schema_version")
    check(document, SCHEMA, source)
    if document["snapped"] is not None:
        check(document["snapped"], _SNAPPED, source, "snapped")
    if version != SCHEMA_VERSION:
        raise ValueError(f"{source} has schema version {version}, which never existed; save the plan again")
    checked: dict[str, Any] = document
    return checked


def _check_masks(masks: Mapping[str, Tensor], document: Mapping[str, Any], place: str) -> None:
    """Every layer of the document has a mask of its length with as many kept neurons as it says, and no other."""
    layers = {layer["name"]: layer for layer in document["layers"]}
    if len(layers) < len(document["layers"]):
        raise ValueError(f"{DOCUMENT} in {place} lists a layer twice; save the plan again")
    if not layers:
        raise ValueError(f"{DOCUMENT} in {place} lists no layer; save the plan again")
    odd = sorted(masks.keys() ^ layers.keys())
    if odd:
        here, there = (MASKS, DOCUMENT) if odd[0] in masks else (DOCUMENT, MASKS)
        raise ValueError(f"layer '{odd[0]}' is in {here} and not in {there} of {place}; save the plan again")
    for name, layer in layers.items():
        mask = masks[name]
        if mask.dtype != torch.bool or tuple(mask.shape) != (layer["neurons"],):
            raise ValueError(
                f"the mask of '{name}' in {place} must be {layer['neurons']} bools, one a neuron, "
                f"not {list(mask.shape)} of {str(mask.dtype).removeprefix('torch.')}; save the plan again"
            )
        if int(mask.sum()) != layer["kept"]:
            raise ValueError(
                f"the mask of '{name}' in {place} keeps {int(mask.sum())} neurons, {DOCUMENT} says {layer['kept']}; "
                "save the plan again"
            )
    neurons, kept = (sum(layer[key] for layer in layers.values()) for key in ("neurons", "kept"))
    if neurons and abs(document["achieved_sparsity"] - (1 - kept / neurons)) > 1e-9:
        raise ValueError(
            f"'achieved_sparsity' in {DOCUMENT} of {place} is {document['achieved_sparsity']}, but its masks remove "
            f"{1 - kept / neurons:.6f} of the neurons; save the plan again"
        )
    if document["feasible"] != all(layer["kept"] > 0 for layer in layers.values()):
        raise ValueError(f"'feasible' in {DOCUMENT} of {place} contradicts its layers; save the plan again")
