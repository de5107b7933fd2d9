"""One network for the browser: its layers, scores, ties and cost terms as one block of bytes.

Layout: the header's length (uint32, little-endian), the header (JSON in UTF-8), zeros up to a multiple of 8, then the
arrays, each at a multiple of 8. The header's ``arrays`` says of each its type, its offset from there, and its length.
With it `assets/engine/` evaluates every method at any alpha, lambda and sparsity, as `ranp` does and without asking it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.charts import METHOD_LOOKS
from explorer.facts import stages
from explorer.packets.drawing import draw
from explorer.packets.ties import in_sentences
from ranp.graph import ChannelGraph
from ranp.selection import METHODS, PRICED_LIVE, balance_factors
from ranp.types import Scores

_TYPES = {"float64": "<f8", "float32": "<f4", "int32": "<i4", "uint8": "u1"}


def encode(graph: ChannelGraph, scores: Mapping[str, Scores], peak_training_bytes: int | None) -> bytes:
    """The packet of a traced network.

    ``scores`` are those that methods start from, by the name in `ranp.selection.methods.Method.scores`; a method whose
    start is missing cannot be shown.
    """
    neurons = [layer.neurons for layer in graph.layers.values()]
    arrays: dict[str, tuple[str, Any]] = {
        "neurons": ("int32", neurons),
        "units": ("int32", np.concatenate([graph.layer_units[name] for name in graph.layers])),
        "voters": ("uint8", graph.voters),
        "macs": ("float64", list(graph.layer_costs("macs").values())),
        "activations": ("float64", list(graph.layer_costs("activations").values())),
        **_terms(graph),
    }
    for name, values in scores.items():
        arrays[f"scores.{name}"] = ("float32", np.concatenate([score.numpy() for score in values.values()]))
        arrays[f"balance.{name}"] = ("float64", list(balance_factors(values).values()))
    header = {
        "layers": _layers(graph),
        "stages": [{"title": s.title, "start": s.start, "stop": s.stop} for s in stages(list(graph.layers))],
        "units": graph.unit_count,
        "methods": {
            name: {
                "title": method.title,
                "description": method.description,
                "scores": method.scores,
                "balance": method.rule.balance,
                "cost": method.rule.cost,
                "layerwise": method.rule.layerwise,
                "look": asdict(METHOD_LOOKS[name]),
            }
            for name, method in METHODS.items()
        },
        "budgets": {
            name: {"cost": budget.cost, "title": budget.title, "resource": budget.resource}
            for name, budget in PRICED_LIVE.items()
        },
        "peakTrainingBytes": peak_training_bytes,
        "drawing": draw(graph),
    }
    return pack(header, arrays)


def _layers(graph: ChannelGraph) -> list[dict[str, Any]]:
    held: dict[str, list[str]] = {name: [] for name in graph.layers}
    for freeze in graph.freezes:
        held.get(freeze.layer, []).append(str(freeze).removeprefix(f"{freeze.layer}: "))
    return [
        {
            "name": name,
            "kind": layer.kind,
            "shape": f"weights {' × '.join(map(str, layer.shape))}",
            "neurons": layer.neurons,
            "frozen": layer.frozen,
            "held": "; ".join(held[name]) or None,
            "prunable": layer.prunable,
            "output": layer.output,
            "coupled": list(layer.coupled),
            "ties": in_sentences(name, graph.ties[name]),
        }
        for name, layer in graph.layers.items()
    ]


def _terms(graph: ChannelGraph) -> dict[str, tuple[str, Any]]:
    terms, position = graph.compiled(), {name: index for index, name in enumerate(graph.layers)}
    return {
        "terms.kind": ("uint8", terms.kind),
        "terms.coefficient": ("float64", terms.coefficient),
        "terms.first": ("int32", terms.first),
        "terms.second": ("int32", terms.second),
        "terms.layer": ("int32", [position.get(owner, -1) for owner in terms.owners]),
        "sets.members": ("int32", terms.members),
        "sets.offsets": ("int32", terms.offsets),
    }


def pack(header: dict[str, Any], arrays: Mapping[str, tuple[str, Any]]) -> bytes:
    """A header and named arrays, each with its type, as one block of bytes."""
    places, blocks, offset = {}, [], 0
    for name, (kind, values) in arrays.items():
        array: NDArray[Any] = np.ascontiguousarray(values, dtype=_TYPES[kind])
        places[name] = {"type": kind, "offset": offset, "length": array.size}
        block = _padded(array.tobytes())
        blocks.append(block)
        offset += len(block)
    text = json.dumps({**header, "arrays": places}, allow_nan=False).encode()
    return _padded(len(text).to_bytes(4, "little") + text) + b"".join(blocks)


def _padded(block: bytes) -> bytes:
    return block + bytes(-len(block) % 8)
