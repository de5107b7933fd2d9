"""Hashes that say whether two computations had the same ingredients.

A score is only worth reusing, and a plan only worth applying, when the weights that were scored are known. Both are
named by a SHA-256, which does not depend on the machine, the process or the order in which a mapping was filled.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def weights_sha256(model: nn.Module) -> str:
    """Hash every entry of the state dict: its name, dtype, shape and bytes.

    Raises ``ValueError`` for a model on the ``meta`` device, which has no weights.

    >>> layer = nn.Linear(2, 2)
    >>> before = weights_sha256(layer)
    >>> with torch.no_grad():
    ...     _ = layer.bias.add_(1)
    >>> weights_sha256(layer) == before
    False
    """
    return tensors_sha256({name: value for name, value in model.state_dict().items() if isinstance(value, Tensor)})


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """Hash named tensors in their order: name, dtype, shape and bytes of each."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        if tensor.is_meta:
            raise ValueError(
                f"'{name}' is on the meta device and has no values to hash; build the model on a real device"
            )
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        # Viewed as bytes, since numpy knows neither bfloat16 nor the float8 types.
        digest.update(tensor.detach().to("cpu").contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def fingerprint(**parts: Any) -> str:
    """SHA-256 over the canonical JSON of ``parts``: sorted keys, no spaces, tuples as lists, no ``nan``.

    >>> fingerprint(seed=0, shape=(1, 3)) == fingerprint(shape=[1, 3], seed=0)
    True
    """
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
