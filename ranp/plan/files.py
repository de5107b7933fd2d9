"""The files of a plan, readable without this library, its network's class, or pickle.

``plan.json``           what was decided and for which network (the keys of `SCHEMA`), with its conventions in words
``masks.safetensors``   per layer, by qualified name, one bool vector ``(neurons,)``: true = keep
``layers.csv``          the layers' table for a spreadsheet; never read back
``model.safetensors``   optional: the state dict of the shrunk network
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ranp.container import read_files
from ranp.schema import COUNT, FLAG, MAPPING, NOTHING, NUMBER, TEXT, Leaf, check, parse_json
from ranp.storage import decode_tensors, encode_tensors
from ranp.types import Masks

SCHEMA_VERSION = 1
DOCUMENT, MASKS, LAYERS, WEIGHTS = "plan.json", "masks.safetensors", "layers.csv", "model.safetensors"
FILES = {DOCUMENT: 16 * 2**20, MASKS: 64 * 2**20, LAYERS: 16 * 2**20, WEIGHTS: 16 * 2**30}
"""The files a plan may have, and the most bytes of each."""

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
    "costs": "for inputs of input_shapes; full: before pruning; pruned: after",
    "weights_sha256": "SHA-256 over name, dtype, shape and bytes of each entry of the scored network's state dict",
}

_BUDGET = Leaf('an object such as {"macs": 0.1}', lambda value: isinstance(value, dict) and len(value) == 1)
_COST = {"macs": COUNT, "paper_macs": COUNT, "params": COUNT, "activations": COUNT, "flops": COUNT}
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
SCHEMA = {
    "schema_version": COUNT,
    "architecture": TEXT | NOTHING,
    "preset": TEXT | NOTHING,
    "arguments": MAPPING,
    "import_path": TEXT | NOTHING,
    "input_shapes": [[COUNT]],
    "seed": COUNT | NOTHING,
    "init": TEXT | NOTHING,
    "weights_sha256": TEXT | NOTHING,
    "data": TEXT | NOTHING,
    "criterion": TEXT,
    "reduce": TEXT,
    "method": TEXT,
    "lambda": NUMBER,
    "alpha": NUMBER,
    "coupling": TEXT,
    "min_neurons": COUNT,
    "protect": [TEXT],
    "caps": MAPPING,
    "random_seed": COUNT,
    "budget": _BUDGET | NOTHING,
    "requested_sparsity": NUMBER,
    "achieved_sparsity": NUMBER,
    "max_feasible_sparsity": NUMBER,
    "feasible": FLAG,
    "first_empty_layer": TEXT | NOTHING,
    "full": _COST,
    "pruned": _COST,
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


def encode(files: PlanFiles) -> dict[str, bytes]:
    """File name -> bytes."""
    check(files.document, SCHEMA, DOCUMENT)
    encoded = {
        DOCUMENT: (json.dumps(files.document, indent=2, allow_nan=False) + "\n").encode(),
        MASKS: encode_tensors(files.masks),
        LAYERS: layers_csv(files.document["layers"]).encode(),
    }
    if files.weights is not None:
        encoded[WEIGHTS] = encode_tensors(files.weights)
    return encoded


def decode(source: Path | BinaryIO) -> PlanFiles:
    """Read a plan's folder or zip and check it through and through.

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
    return PlanFiles(document, {layer["name"]: masks[layer["name"]] for layer in document["layers"]}, weights)


def layers_csv(layers: list[dict[str, Any]]) -> str:
    """The layers' table as CSV, one line a layer, with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _LAYER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(layers)
    return text.getvalue()


def _document(content: bytes, source: str) -> dict[str, Any]:
    document = parse_json(content, source)
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ValueError(
            f"{source} has schema version {version}, this program reads up to {SCHEMA_VERSION}; update RANP Explorer"
        )
    check(document, SCHEMA, source)
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
