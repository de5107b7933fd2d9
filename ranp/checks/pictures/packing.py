"""Arrays of bytes as JSON: their shape, and their values deflated and in base64. Reading them runs nothing."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranp.files import COUNT, TEXT, check

Bytes = NDArray[np.uint8]

MOST_VALUES = 2**15
"""In one array."""
_FORM = {"shape": [COUNT], "deflated": TEXT}


def pack(array: Bytes) -> dict[str, Any]:
    """JSON-ready.

    >>> packed = pack(np.zeros((2, 2, 2), np.uint8))
    >>> packed["shape"], unpack(packed).tolist()
    ([2, 2, 2], [[[0, 0], [0, 0]], [[0, 0], [0, 0]]])
    """
    content = zlib.compress(np.ascontiguousarray(array, np.uint8).tobytes(), 9)
    return {"shape": list(array.shape), "deflated": b64encode(content).decode()}


def unpack(document: Any) -> Bytes:
    """The array of `pack`, of three axes; ``ValueError`` for anything else, and for one of more than `MOST_VALUES`."""
    check(document, _FORM, "this array")
    return _values(document)


def _values(document: Mapping[str, Any]) -> Bytes:
    shape = tuple(document["shape"])
    if len(shape) != 3 or not 0 < prod(shape) <= MOST_VALUES:
        raise ValueError(f"an array of a picture has 3 axes and at most {MOST_VALUES:,} values, not the shape {shape}")
    try:
        content = zlib.decompressobj().decompress(b64decode(document["deflated"], validate=True), prod(shape) + 1)
    except (ValueError, zlib.error) as error:
        raise ValueError(f"an array of a picture cannot be read ({error}); train again") from error
    if len(content) != prod(shape):
        raise ValueError(f"an array of a picture has not the {prod(shape):,} values of its shape; train again")
    return np.frombuffer(content, np.uint8).reshape(shape)
