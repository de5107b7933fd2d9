"""What is imported only where it is used: where it is missing, one sentence says which extra to install."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from ranp.data import images, nifti, template, ucf101
from ranp.models import GALLERY, build
from ranp.queue import Database
from ranp.queue.table import table, table_bytes
from ranp.resources import independent_counts
from ranp.training.parallel import Together
from tests.packaging.test_declared import brought_by

GENERATOR = torch.Generator()
CALLS: dict[tuple[str, str], Callable[[Path], object]] = {
    ("nibabel", "data"): lambda folder: nifti.read_volume(folder / "t1.nii"),
    ("nilearn", "tissue"): lambda _: template._paths(),
    ("PIL", "data"): lambda folder: images.read_colour(folder / "left.png"),
    ("av", "data"): lambda folder: ucf101._frames_of_file(folder / "video.avi", 4, GENERATOR),
    ("ptflops", "counting"): lambda _: independent_counts(nn.Conv3d(1, 1, 1), (torch.empty(1, 1, 2, 2, 2),)),
    ("accelerate", "parallel"): lambda _: Together(),
    ("optuna", "queue"): lambda folder: Database(str(folder / "studies.db")),
    ("pandas", "queue"): lambda folder: table(Database(str(folder / "studies.db")), "none"),
    ("pyarrow", "queue"): lambda _: table_bytes(None, ".parquet"),  # type: ignore[arg-type]
    ("monai", "gallery"): lambda _: build("segresnet", device="meta"),
    ("einops", "gallery"): lambda _: build("unetr", device="meta"),
    ("dynamic_network_architectures", "gallery"): lambda _: build("nnunet-plain", device="meta"),
}
"""A module and the extra that brings it -> a call that needs it."""


@pytest.mark.parametrize(("module", "extra"), CALLS)
def test_a_missing_package_is_told_in_a_sentence(
    module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(module, monkeypatch)
    name = {"PIL": "pillow"}.get(module, module).replace("_", "-")
    expected = rf"^[\w -]+ needs {name}, which is not installed; run pip install 'ranp-explorer\[{extra}\]'$"
    with pytest.raises(ValueError, match=expected):
        CALLS[module, extra](tmp_path)


def test_the_gallery_asks_for_what_its_extra_brings() -> None:
    needed = {module.replace("_", "-") for architecture in GALLERY.values() for module in architecture.needs}
    assert needed == brought_by("gallery") - brought_by(None)


def hide(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on an import of the module, or of what is below it, fails as if it were not installed."""
    for name in [module, *(name for name in sys.modules if name.startswith(f"{module}."))]:
        monkeypatch.setitem(sys.modules, name, None)
