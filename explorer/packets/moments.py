"""The moments of a training step for the browser: `ranp.resources.PeakMoments` as one block of bytes.

Most moments hold what another one does but for a few tensors. So each row of the coefficients is written as what
differs from the row before, which is a twentieth of the whole.
"""

import numpy as np

from explorer.packets.network import pack
from ranp.resources import PeakMoments


def encode_moments(moments: PeakMoments) -> bytes:
    """The packet of a network's moments; `assets/engine/moments.js` reads it."""
    rows = np.unique(moments.coefficient, axis=0)  # in an order that puts alike ones beside each other
    before = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    row, form = np.nonzero(rows != before)
    arrays = {
        "starts": ("int32", np.searchsorted(row, np.arange(len(rows) + 1))),
        "forms": ("int32", form),
        "values": ("float64", rows[row, form]),
        "factors": ("int32", moments.factors.ravel()),
        "members": ("int32", moments.members),
        "offsets": ("int32", moments.offsets),
    }
    return pack({"forms": len(moments.factors)}, arrays)
