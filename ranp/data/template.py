"""A real scan that needs no download: the MNI152 average of T1 scans, as it lies inside the package ``nilearn``.

"ICBM 152 nonlinear symmetric 2009a": T1-weighted scans of 152 adults, averaged at 1 mm without skull, with maps of the
share of grey and of white matter in each voxel, 8-bit, 197 x 233 x 189. An average is smoother than any one person's
scan, and left and right were made equal. ``nilearn`` is BSD-3-Clause; of the template its description gives the sources
below and, as the licence, "unknown": the files are read where they lie, and no copy of them is kept or passed on.

Sources: Fonov et al., NeuroImage 54, 2011; Fonov et al., NeuroImage 47, 2009; Collins et al., 1999;
https://www.bic.mni.mcgill.ca/ServicesAtlases/ICBM152NLin2009
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ranp.data.listing import check_sample
from ranp.data.nifti import read_volume
from ranp.extras import require

FILES = {name: f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz" for name in ("t1", "gm", "wm")}
LEAST_SHARE = 0.5
"""Of a voxel that is called grey or white matter."""

LEAST_BRAIN = 0.2
"""Share of grey and white matter together from which a voxel belongs to the brain."""


class Template(NamedTuple):
    """The scan, each ``(depth, height, width)`` as `ranp.data.nifti` turns axes."""

    image: Tensor
    """T1 intensities, float32, of mean 0 and deviation 1 over the brain."""
    label: Tensor
    """0 neither, 1 grey matter, 2 white matter; uint8."""
    brain: Tensor
    """Bool."""


@cache
def template() -> Template:
    """The scan and its labels; ``ValueError`` of one sentence where ``nilearn`` is not installed.

    White matter is what is so by more than half and no less than grey, grey matter what else is grey by more than half.
    """
    t1, grey, white = (torch.from_numpy(read_volume(path)) for path in _paths().values())
    grey, white = grey / grey.max(), white / white.max()
    label = (grey > LEAST_SHARE).to(torch.uint8)
    label[(white > LEAST_SHARE) & (white >= grey)] = 2
    brain = grey + white > LEAST_BRAIN
    inside = t1[brain]
    return Template((t1 - inside.mean()) / inside.std(), label, brain)


def _paths() -> dict[str, Path]:
    """Where the files lie; the package is found and not imported, which takes seconds."""
    require("tissue", "the MR scan of the task tissue", ["nilearn"])
    spec = find_spec("nilearn")
    assert spec is not None, "it was found above"
    assert spec.origin is not None, "a package that is installed lies somewhere"
    folder = Path(spec.origin).parent / "datasets" / "data"
    paths = {name: folder / file for name, file in FILES.items()}
    for path in paths.values():
        check_sample(path, "install nilearn 0.14, which has it")
    return paths
