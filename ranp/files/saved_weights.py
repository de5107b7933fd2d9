"""Weights that training saved, whoever wrote the file: safetensors, or what `torch.save` wrote; nothing is unpickled.

A `torch.save` file is read by `torch.load(weights_only=True)` alone, which makes tensors, numbers, text, lists and
dicts, and refuses every other object. Numbers of numpy and PyTorch's version, as training logs have them, are passed
over.
"""

import hashlib
import re
import threading
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ranp.files.container import open_zip
from ranp.files.plain_text import one_line
from ranp.files.regular import open_regular, read_regular
from ranp.files.tensors import MAX_FILE_BYTES, decode_tensors

WRAPPERS = ("state_dict", "network_weights", "model_state_dict", "model", "net", "network", "weights")
"""Keys under which training code puts the weights: Lightning, nnU-Net, and scripts by hand."""

_DEEPEST = 3
"""How far wrappers may lie in wrappers; one that holds itself has no end."""

MOST_COPIES = 16
"""Of all bytes of a file: the same weights stand in it under several names where modules share them."""


def read_saved_weights(path: Path) -> tuple[dict[str, Tensor], str]:
    """The tensors of a network's state dict, on the CPU, and the SHA-256 of the file's bytes.

    What the name ends in does not matter. Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` for a
    folder, device or FIFO, a damaged file, one with a pickled object in it, one without weights, one whose weights
    are larger than it is, and one that is written meanwhile.
    """
    with open_regular(path) as file:
        beginning = file.read(9)
        if beginning[8:] == b"{":
            content = read_regular(path, MAX_FILE_BYTES)
            return dict(decode_tensors(content, str(path))[0]), hashlib.sha256(content).hexdigest()
        packed = beginning.startswith(b"PK")
        if packed:
            _check_packed(file, path)
        before = _version(path)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    weights = _copied(_weights(_loaded(path, packed), path), path)
    if _version(path) != before:
        raise ValueError(f"{path} was written while it was read; wait until it is whole, and try again")
    return weights, sha256


def _version(path: Path) -> tuple[int, int, int]:
    """Changes where the file does."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _weights(found: Any, path: Path) -> dict[str, Tensor]:
    """The tensors by name, out of what training code put around them."""
    inner = found
    for _ in range(_DEEPEST):
        wrapper = next((name for name in WRAPPERS if isinstance(inner, dict) and isinstance(inner.get(name), dict)), "")
        if not wrapper:
            break
        inner = inner[wrapper]
    named = inner if isinstance(inner, dict) else {}
    tensors = {name: value for name, value in named.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if tensors:
        return tensors
    keys = ", ".join(f"'{str(key)[:40]}'" for key in list(found)[:5]) if isinstance(found, dict) else ""
    has = f"the keys {keys}" if keys else type(found).__name__
    raise ValueError(
        f"{path} has no weights by name, neither at the top nor under {', '.join(WRAPPERS)}, but {has}; save "
        "network.state_dict()"
    )


def _copied(weights: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Apart from the file, in which they may lie still."""
    for name, tensor in weights.items():
        if tensor.layout != torch.strided or tensor.is_meta or tensor.is_quantized or tensor.is_nested:
            raise ValueError(f"'{name[:80]}' in {path} is no plain tensor; save the weights of the network in float32")
    if sum(tensor.nbytes for tensor in weights.values()) > MOST_COPIES * path.stat().st_size:
        raise ValueError(f"the weights in {path} say that they are larger than the file; save them again")
    places = {name: (value.data_ptr(), value.shape, value.stride(), value.dtype) for name, value in weights.items()}
    once = {place: weights[name] for name, place in places.items()}
    copies = {place: value.detach().clone() for place, value in once.items()}
    return {name: copies[place] for name, place in places.items()}


def _check_packed(file: BinaryIO, path: Path) -> None:
    """PyTorch packs nothing, and its reader would unpack whatever a stranger packed."""
    with open_zip(file, str(path)) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError(f"{path} is a compressed zip, which torch.save does not write; save the weights again")


def _loaded(path: Path, packed: bool) -> Any:
    """``packed`` files stay on the disk until a tensor is looked at; those of before PyTorch 1.6 cannot."""
    try:
        with _one_at_a_time, warnings.catch_warnings(), torch.serialization.safe_globals(_PASSED_OVER):
            warnings.simplefilter("ignore")  # on how PyTorch keeps what it reads
            return torch.load(path, map_location="cpu", weights_only=True, mmap=packed)
    except Exception as error:  # the bytes are a stranger's, and PyTorch's reader may fail anywhere
        raise ValueError(_refusal(path, error)) from error


def _refusal(path: Path, error: Exception) -> str:
    instead = "save the weights alone: torch.save(network.state_dict(), 'weights.pt')"
    named = re.search(r"GLOBAL (\S+) (?:was not an allowed|whose module)", str(error))
    if named is not None:
        what = f"a pickled object ({one_line(named[1][:80])})"
        return f"{path} holds {what}, which is not unpickled, since that could run code; {instead}"
    return f"{path} is no whole file of weights that can be read without unpickling objects; {instead}"


_one_at_a_time = threading.Lock()
"""What PyTorch's reader passes over holds for the whole process."""


class _Nothing:
    """Stands where a number of numpy, or a version, was saved."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


_PASSED_OVER: list[Any] = [
    (_Nothing, name)
    for name in (
        "numpy.dtype",
        "numpy.ndarray",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "torch.torch_version.TorchVersion",
    )
]
