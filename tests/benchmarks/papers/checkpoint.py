"""Where a training run stands, in one safetensors file: weights, the optimizer's state, the epoch, what was found.

Nothing is pickled. The file is replaced whole after each epoch, so a run that is killed goes on from the last one.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ranp.files import read_tensors, write_tensors

_WEIGHTS, _STATE = "weights.", "state."


def save(
    path: Path, key: str, model: nn.Module, optimizer: torch.optim.Optimizer, epoch: int, found: list[dict[str, Any]]
) -> None:
    """Write all that the next epoch hangs on; ``key`` tells this run from others, ``found`` is any JSON."""
    tensors: dict[str, Tensor] = {f"{_WEIGHTS}{name}": value for name, value in model.state_dict().items()}
    numbers: dict[str, Any] = {}
    for place, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{_STATE}{place}.{name}"] = value
            else:
                numbers[f"{place}.{name}"] = value
    about = {"key": key, "epoch": epoch, "found": found, "numbers": numbers}
    write_tensors(path, tensors, {"about": json.dumps(about)})


def load(path: Path, key: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, list[dict[str, Any]]]:
    """Put what `save` wrote into the network and its optimizer; the epochs that are over, and what was found in them.

    Nothing, where there is no such file. Raises ``ValueError`` where it is of another run, or damaged.
    """
    if not path.exists():
        return 0, []
    tensors, metadata = read_tensors(path)
    about = json.loads(metadata.get("about", "{}"))
    if about.get("key") != key:
        raise ValueError(
            f"{path} is of a run with other settings, data or versions; move it away, or give another --out"
        )
    weights = {name.removeprefix(_WEIGHTS): value for name, value in tensors.items() if name.startswith(_WEIGHTS)}
    model.load_state_dict(weights)
    state: dict[int, dict[str, Any]] = {}
    for name, value in (*tensors.items(), *((f"{_STATE}{name}", value) for name, value in about["numbers"].items())):
        if name.startswith(_STATE):
            place, _, entry = name.removeprefix(_STATE).partition(".")
            state.setdefault(int(place), {})[entry] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return about["epoch"], about["found"]
