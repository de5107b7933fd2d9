"""A run that was cut short, on the disk: one safetensors file in the cache, written whole after each round.

It holds the network and its optimizer as they are by then, which neurons of the full network are left, the state of
random numbers, and how far the run is. The same run on the same machine goes on from it to the same bits. A file that
is damaged, or of another run, is as good as none.
"""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ranp.files import MAPPING, TEXT, check, parse_json, read_tensors, write_tensors
from ranp.schedules.bill import Meter
from ranp.training import Ran
from ranp.types import Masks

log = logging.getLogger(__name__)

MOST_BYTES = 2**35
_ABOUT = "run"
_SCHEMA = {"key": TEXT, "own": MAPPING, "meter": MAPPING, "ran": MAPPING, "optimizer": MAPPING}


@dataclass(frozen=True)
class Found:
    """What a file says; ``load`` gives it to a network of the kept neurons, and to its optimizer."""

    kept: Masks
    ran: Ran
    meter: Meter
    own: dict[str, Any]
    tensors: dict[str, Tensor]
    numbers: dict[str, dict[str, Any]]

    def load(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Weights, the optimizer's state and the state of random numbers."""
        model.load_state_dict(_under("model", self.tensors), strict=False)  # modules may add what is no tensor
        state: dict[int, dict[str, Any]] = {int(place): dict(values) for place, values in self.numbers.items()}
        for name, value in _under("optimizer", self.tensors).items():
            place, _, key = name.partition(".")
            state.setdefault(int(place), {})[key] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        torch.set_rng_state(_under("random", self.tensors)["cpu"])
        device = next(model.parameters()).device
        if device.type == "cuda":
            torch.cuda.set_rng_state(_under("random", self.tensors)["cuda"], device)


class KeptRun:
    """The file at ``path`` of the run ``key``; without a path nothing is kept."""

    def __init__(self, path: Path | None, key: str) -> None:
        self.path, self._key = path, key

    def write(self, model: nn.Module, optimizer: torch.optim.Optimizer, kept: Masks, state: dict[str, Any]) -> None:
        """Keep the run as it is; where that cannot be, it goes on with a warning."""
        if self.path is None:
            return
        state_dict = model.state_dict().items()
        tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in state_dict if isinstance(value, Tensor)}
        tensors |= {f"kept.{name}": mask for name, mask in kept.items()}
        numbers: dict[str, dict[str, Any]] = {}
        for place, values in optimizer.state_dict()["state"].items():
            for name, value in values.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer.{place}.{name}"] = value
                else:
                    numbers.setdefault(str(place), {})[name] = value
        tensors["random.cpu"] = torch.get_rng_state()
        device = next(model.parameters()).device
        if device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(device)
        try:
            about = json.dumps({"key": self._key, "optimizer": numbers, **state}, allow_nan=False)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_tensors(self.path, tensors, {_ABOUT: about})
        except (OSError, ValueError, TypeError) as error:
            log.warning("the run cannot be kept in %s (%s); cut short, it begins anew", self.path.parent, error)

    def read(self, full: Masks) -> Found | None:
        """What the file says; None where there is none, or one that is of no use. ``full`` has all layers."""
        if self.path is None:
            return None
        try:
            tensors, metadata = read_tensors(self.path, MOST_BYTES)
            about = parse_json(metadata.get(_ABOUT, "{}"), str(self.path))
            check(about, _SCHEMA, str(self.path))
            kept = _under("kept", tensors)
            if about["key"] != self._key or list(kept) != list(full):
                raise ValueError(f"{self.path} is of another run")
            return Found(
                kept, Ran.from_dict(about["ran"]), Meter.from_dict(about["meter"]), about["own"], tensors,
                about["optimizer"],
            )  # fmt: skip
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            log.warning("what was kept of this run cannot be used, and it begins anew: %s", error)
            return None

    def forget(self) -> None:
        """Remove the file."""
        if self.path is not None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("%s could not be removed (%s)", self.path, error)


def _under(start: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{start}."): value for name, value in tensors.items() if name.startswith(f"{start}.")}
