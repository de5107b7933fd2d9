"""A plan in other tools' formats: its parts as single files.

A whole plan is `Plan.save` and `ranp.load_plan`; here are the pieces that a spreadsheet, numpy, or another pruning
library reads (`ranp.formats`). No format needs a pickle that could run code.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from ranp.files import check_writable, encode_tensors, make_folder_of, write_atomically, zip_bytes
from ranp.formats.exported_program import torch_export
from ranp.formats.lightning import lightning
from ranp.formats.nni import nni
from ranp.formats.onnx import onnx
from ranp.formats.pytorch import pytorch
from ranp.formats.torch_prune import torch_prune
from ranp.formats.torch_pruning import torch_pruning
from ranp.graph import as_written
from ranp.plan import Plan, layers_csv


@dataclass(frozen=True)
class Format:
    """One kind of file: what it holds, its usual ending, its bytes from a plan and the full network, and its reader.

    Where it ``holds_weights``, it takes the full network with those that it shall hold. One that ``lists_layers`` tells
    the costs of each.
    """

    title: str
    suffix: str
    encode: Callable[[Plan, nn.Module | None], bytes]
    needs_model: bool = False
    holds_weights: bool = False
    lists_layers: bool = False
    read_by: str = ""


def _cut_from(encode: Callable[[Plan, nn.Module], bytes]) -> Callable[[Plan, nn.Module | None], bytes]:
    """The same for a caller who may have forgotten the model."""

    def checked(plan: Plan, model: nn.Module | None) -> bytes:
        if model is None:
            raise ValueError("this format is made from the full network; pass the model")
        return encode(plan, as_written(model))

    return checked


def _numpy(plan: Plan, _: nn.Module | None) -> bytes:
    arrays = {}
    for name, mask in plan.kept.items():
        buffer = io.BytesIO()
        np.save(buffer, mask.numpy(), allow_pickle=False)
        arrays[f"{name}.npy"] = buffer.getvalue()
    return zip_bytes(arrays)


FORMATS: dict[str, Format] = {
    "zip": Format(
        "the whole plan", ".zip", lambda plan, _: plan.zip_bytes(), lists_layers=True, read_by="ranp.load_plan"
    ),
    "masks": Format(
        "per layer one bool vector, true = keep (safetensors)",
        ".safetensors",
        lambda plan, _: encode_tensors(plan.kept),
        read_by="safetensors.torch.load_file",
    ),
    "numpy": Format("the same as a numpy archive", ".npz", _numpy, read_by="numpy.load"),
    "csv": Format(
        "one line a layer: neurons, kept, costs",
        ".csv",
        lambda plan, _: layers_csv(plan.layers, plan.step_costs).encode(),
        lists_layers=True,
        read_by="any spreadsheet",
    ),
    "weights": Format(
        "the shrunk network's state dict (safetensors)",
        ".safetensors",
        _cut_from(lambda plan, model: encode_tensors(plan.apply(model).state_dict())),
        needs_model=True,
        holds_weights=True,
        read_by="safetensors.torch.load_file",
    ),
    "pytorch": Format(
        "Python source that cuts the network down with torch alone",
        ".py",
        _cut_from(pytorch),
        needs_model=True,
        read_by="Python",
    ),
    "lightning": Format(
        "Python source of a Lightning module of the shrunk network",
        ".py",
        _cut_from(lightning),
        needs_model=True,
        read_by="Lightning's Trainer",
    ),
    "torch-export": Format(
        "the shrunk network as a program, without its class",
        ".pt2",
        _cut_from(torch_export),
        needs_model=True,
        holds_weights=True,
        read_by="torch.export.load",
    ),
    "onnx": Format(
        "the shrunk network in ONNX",
        ".onnx",
        _cut_from(onnx),
        needs_model=True,
        holds_weights=True,
        read_by="onnxruntime",
    ),
    "torch-prune": Format(
        "the full network's state dict with weight_orig and weight_mask (safetensors)",
        ".safetensors",
        _cut_from(torch_prune),
        needs_model=True,
        holds_weights=True,
        read_by="torch.nn.utils.prune",
    ),
    "nni": Format("masks per module (torch.save)", ".pt", _cut_from(nni), needs_model=True, read_by="nni ModelSpeedup"),
    "torch-pruning": Format(
        "a pruning history (JSON)",
        ".json",
        _cut_from(torch_pruning),
        needs_model=True,
        read_by="torch_pruning.DependencyGraph.load_pruning_history",
    ),
}


def export_plan(plan: Plan, format: str, path: Path, model: nn.Module | None = None) -> None:
    """Write ``plan`` to ``path`` in one of `FORMATS`, atomically; those that say so need the full network as ``model``.

    Raises ``ValueError`` for an unknown format, for a folder in the way, where the plan does not fit the model, and
    where a package that the format needs is not installed.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format '{format}'; choose one of {', '.join(FORMATS)}")
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder; give the name of a file, such as {path / ('plan' + FORMATS[format].suffix)}"
        )
    check_writable(path)
    content = FORMATS[format].encode(plan, model)
    make_folder_of(path)
    write_atomically(path, content)
