"""Named tensors in a file: written whole or not at all, read without trust and without pickle.

The format is safetensors: a JSON header, then the bytes. It stores names in an order of its own, so the network order
travels in the header's metadata, next to a SHA-256 of the content: a cut or altered file is recognised as such.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ranp.files.regular import check_writable, read_regular
from ranp.fingerprint import tensors_sha256

MAX_HEADER_BYTES = 16 * 2**20
MAX_FILE_BYTES = 64 * 2**30
LEFTOVER_SECONDS = 3600
"""What a killed process left is cleared by the next one that writes there, once nobody can still be writing it."""

RECORD = "ranp"
"""The one key of our metadata: safetensors orders several at random, and the same tensors should be the same bytes."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let the system's errors, such as of a full disk, name what was to be written, not its temporary name."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to a temporary file of the same folder, flush it to the disk, and rename it to ``path``.

    A reader sees the old file or the new one, and a process killed on the way leaves only a ``.tmp`` file behind. A
    link at ``path`` stays, and the file of the same folder that it leads to is written. Raises ``ValueError`` where
    something lies there that is no file (see `ranp.files.regular`).
    """
    path = check_writable(path)
    clear_leftovers(path)
    temporary = temporary_name(path)
    try:
        with naming(path):
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_name(path: Path) -> Path:
    """A hidden name beside ``path`` that nobody else uses, for what is renamed to ``path`` when it is whole."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def clear_leftovers(path: Path) -> None:
    """Remove what processes that were killed left beside ``path`` while they wrote it, once it is an hour old."""
    for leftover in path.absolute().parent.glob(f".{escape(path.name)}.{'[0-9a-f]' * 16}.tmp"):
        try:
            if time.time() - leftover.lstat().st_mtime < LEFTOVER_SECONDS:
                continue
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
        except OSError:  # another process was faster, or it belongs to somebody else: it is in nobody's way
            continue


def encode_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Bytes of a safetensors file that remembers the order of ``tensors`` and a hash of their content.

    >>> import torch
    >>> tensors, metadata = decode_tensors(encode_tensors({"b": torch.ones(2), "a": torch.zeros(1)}, {"seed": "0"}))
    >>> list(tensors), metadata["seed"]
    (['b', 'a'], '0')
    """
    # Cloned, since safetensors refuses tensors that share storage (views of one vector, tied weights).
    plain = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}
    record = {"order": list(plain), "sha256": tensors_sha256(plain), "about": dict(metadata or {})}
    return save(plain, {RECORD: json.dumps(record)})


def decode_tensors(content: bytes, source: str = "the file") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors in their network order, and the metadata, of a safetensors file's bytes.

    Files of other tools, without our metadata, are read too, in the order of their header. Raises ``ValueError`` for
    a truncated, malformed or altered file; ``source`` names it in the message.
    """
    record = _record(content, source)
    try:
        tensors = load(content)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{source} is not a whole safetensors file ({reason}); write it again") from error
    if record is None:
        return tensors, {}
    if sorted(record["order"]) != sorted(tensors):
        raise ValueError(f"{source} lists layers that differ from the tensors it holds; write it again")
    tensors = {name: tensors[name] for name in record["order"]}
    if record["sha256"] != tensors_sha256(tensors):
        raise ValueError(f"{source} was altered after it was written: its content has another hash; write it again")
    return tensors, record["about"]


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write ``tensors`` to ``path`` as safetensors, atomically."""
    write_atomically(path, encode_tensors(tensors, metadata))


def read_tensors(path: Path, max_bytes: int = MAX_FILE_BYTES) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a safetensors file; ``ValueError`` when it is larger than ``max_bytes``, truncated, altered or no file."""
    return decode_tensors(read_regular(path, max_bytes), str(path))


def _record(content: bytes, source: str) -> dict[str, Any] | None:
    """What `encode_tensors` wrote besides the tensors; None in a file of another tool."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8:
        raise ValueError(f"{source} is not a whole safetensors file (its header is cut off); write it again")
    if length > MAX_HEADER_BYTES:
        raise ValueError(f"{source} has a header of {length:,} bytes; at most {MAX_HEADER_BYTES:,} are read")
    header = _json(content[8 : 8 + length], source)
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or RECORD not in metadata:
        return None
    record = _json(metadata[RECORD], source)
    if not (
        isinstance(record, dict)
        and record.keys() == {"order", "sha256", "about"}
        and isinstance(record["order"], list)
        and isinstance(record["about"], dict)
        and all(isinstance(text, str) for text in (*record["order"], *record["about"].values()))
    ):
        raise ValueError(f"{source} describes its tensors in a way that is not ours; write it again")
    return record


def _json(text: Any, source: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{source} is not a whole safetensors file (its header is not JSON); write it again"
        ) from error
