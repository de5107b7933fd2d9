"""A plan in other tools' formats: its parts as single files.

A whole plan is `Plan.save` and `ranp.load_plan`; here are the pieces that a spreadsheet, numpy, or somebody else's
loader reads. No format needs pickle to be read.
"""

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import nn

from ranp.container import zip_bytes
from ranp.plan import Plan
from ranp.plan_files import layers_csv
from ranp.storage import encode_tensors, write_atomically


@dataclass(frozen=True)
class Format:
    """One kind of file: what it holds, its usual ending, and its bytes from a plan and the full network."""

    title: str
    suffix: str
    encode: Callable[[Plan, nn.Module | None], bytes]
    needs_model: bool = False


def _numpy(plan: Plan, _: nn.Module | None) -> bytes:
    arrays = {}
    for name, mask in plan.kept.items():
        buffer = io.BytesIO()
        np.save(buffer, mask.numpy(), allow_pickle=False)
        arrays[f"{name}.npy"] = buffer.getvalue()
    return zip_bytes(arrays)


def _weights(plan: Plan, model: nn.Module | None) -> bytes:
    if model is None:
        raise ValueError("the shrunk weights are cut from the full network's; pass the model")
    return encode_tensors(plan.apply(model).state_dict())


FORMATS: dict[str, Format] = {
    "zip": Format("the whole plan, for ranp.load_plan", ".zip", lambda plan, _: plan.zip_bytes()),
    "masks": Format(
        "per layer one bool vector, true = keep (safetensors)",
        ".safetensors",
        lambda plan, _: encode_tensors(plan.kept),
    ),
    "numpy": Format("the same as a numpy archive", ".npz", _numpy),
    "csv": Format(
        "one line a layer: neurons, kept, costs",
        ".csv",
        lambda plan, _: layers_csv(list(map(asdict, plan.layers))).encode(),
    ),
    "weights": Format("the shrunk network's state dict (safetensors)", ".safetensors", _weights, needs_model=True),
}


def export_plan(plan: Plan, format: str, path: Path, model: nn.Module | None = None) -> None:
    """Write ``plan`` to ``path`` in one of `FORMATS`, atomically; ``weights`` needs the full network as ``model``.

    Raises ``ValueError`` for an unknown format, for a folder in the way, and where the plan does not fit the model.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format '{format}'; choose one of {', '.join(FORMATS)}")
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder; give the name of a file, such as {path / ('plan' + FORMATS[format].suffix)}"
        )
    content = FORMATS[format].encode(plan, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
