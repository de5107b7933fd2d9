"""Plans that earlier versions of this program saved, brought into the form of today.

1   ``input_shapes``, the sizes of positional float32 tensors, are what version 2 has as ``inputs``. Neurons of equal
    score stayed together, or went together. Scores were taken for those of `ranp.importance`, unless the method drew
    its own or the masks came from elsewhere. ``synflow`` was one pass, which is ``synflow-once`` now.

Of either version may be plans of a compiled network that was not yet unwrapped: `torch.compile` put ``_orig_mod`` into
the names of its layers.
"""

from typing import Any

from ranp.files import COUNT, Schema, check
from ranp.graph import name_as_written, named_as_written
from ranp.inputs import InputSpec, to_document

_BEFORE = {1: {"input_shapes": [[COUNT]]}}
"""The keys that only the plans of a version have."""

_SINCE = {"inputs": 2, "plateau": 2, "equal_scores": 2, "scored_by": 2}
"""The version that brought a key."""

_ADDED: dict[str, Any] = {
    "allocation": None,
    "layer_costs": {},
    "layer_sparsities": {},
    "time_share": 0.0,
    "equal_widths": [],
    "step_costs": [],
    "snap": "off",
    "snapped": None,
    "widths": {},
    "multiple": 1,
    "fill": "no",
    "pick": "best",
    "tied": "votes",
    "data_path": None,
    "loss_path": None,
    "metric_paths": [],
    "optimizer_path": None,
    "checkpoint": None,
    "checkpoint_sha256": None,
}
"""Keys that came to version 2 before it was released, and what plans without them were made with."""

_SCORED_BY = {"random": "random", "magnitude": "magnitude", "imported": "elsewhere"}
"""Where scores came from, by methods that do not take them from `ranp.importance`."""


def upgraded(document: dict[str, Any], schema: dict[str, Schema], source: str) -> dict[str, Any]:
    """``document`` as the newest version has it, whose form is ``schema``; one of a version unknown stays as it is.

    Raises:
        ValueError: the document is not what its version says, with the place.
    """
    document = {**_ADDED, **document}
    version = document.get("schema_version")
    if type(version) is not int or version not in _BEFORE:
        return document
    kept = {key: part for key, part in schema.items() if _SINCE.get(key, 1) <= version}
    check(document, {**kept, **_BEFORE[version]}, source)
    rest = {key: value for key, value in document.items() if key in kept}
    inputs = InputSpec.of_shapes(document["input_shapes"])
    return {
        **rest,
        "schema_version": 2,
        "inputs": to_document(inputs),
        "plateau": "keep",
        "equal_scores": [],
        "scored_by": _SCORED_BY.get(document["method"], "importance"),
        "criterion": "synflow-once" if document["criterion"] == "synflow" else document["criterion"],
    }


def as_written(document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with layers under the names of the plain network, where a compiled one gave them theirs."""
    if all(name_as_written(layer["name"]) == layer["name"] for layer in document["layers"]):
        return document

    def renamed(entry: dict[str, Any], key: str) -> dict[str, Any]:
        return {**entry, key: None if entry[key] is None else name_as_written(entry[key])}

    return {
        **renamed(document, "first_empty_layer"),
        "layers": [renamed(layer, "name") for layer in document["layers"]],
        "equal_scores": [renamed(entry, "layer") for entry in document["equal_scores"]],
        "protect": [name_as_written(name) for name in document["protect"]],
        "caps": named_as_written(document["caps"]),
        "equal_widths": [[name_as_written(name) for name in group] for group in document["equal_widths"]],
        "weights_sha256": None,  # which is of the compiled network's names, too
    }
