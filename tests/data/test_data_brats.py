"""BraTS'18 folders: a real MR volume read back, and every way in which a folder can be wrong."""

import gzip
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from ranp.data import load, loss
from ranp.data.brain import MODALITIES
from ranp.importance import importance
from ranp.models import build
from tests import real_formats

CASE = "Brats18_TEST_0_1"
FILES = (*MODALITIES, "seg")
INPUT = (1, 4, 24, 24, 24)


def real_volume() -> tuple[np.ndarray, np.ndarray]:
    """The MR volume of 33 x 41 x 25 voxels that nibabel installs with its tests, brain only, and its affine."""
    image = nibabel.load(Path(nibabel.__file__).parent / "tests" / "data" / "anatomical.nii")
    voxels = image.get_fdata(dtype=np.float32)
    return np.where(voxels > np.percentile(voxels, 50), voxels, 0), image.affine


def write_case(root: Path, case: str = CASE, suffix: str = ".nii.gz") -> Path:
    """A case made of the one real contrast: the others are monotone mixes of it, labels are its brightness bands.

    They are no tumours; what matters is that real intensities, orientation and compression go through the loader.
    """
    voxels, affine = real_volume()
    brain, level = voxels > 0, voxels / voxels.max()
    contrasts = {"t1": level, "t1ce": level**0.5, "t2": 1 - level, "flair": (1 - level) * level * 4}
    bands = np.digitize(level, np.quantile(level[brain], [0.85, 0.92, 0.97]))
    seg = np.array([0, 2, 4, 1])[bands]
    volumes = {name: np.where(brain, contrast + 0.01, 0).astype(np.float32) for name, contrast in contrasts.items()}
    return real_formats.write_case(root, case, {**volumes, "seg": (seg * brain).astype(np.uint8)}, affine, suffix)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("brats")
    write_case(root)
    return root


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "data"))


def read(folder: Path, shape: tuple[int, ...] = INPUT, **options):
    return load("brain", folder, shape, classes=4, batch_size=1, count=1, seed=0, **options)


def test_a_real_volume_is_read(folder: Path) -> None:
    [(image, label)], skipped = read(folder)
    assert skipped == []
    assert image.shape == (1, 4, 24, 24, 24)
    assert image.dtype == torch.float32
    assert label.shape == (1, 24, 24, 24)
    assert label.dtype == torch.int64
    assert set(label.unique().tolist()) == {0, 1, 2, 3}


def test_intensities_are_standardised_inside_the_brain(folder: Path) -> None:
    [(image, _)], _ = read(folder, (1, 4, 40, 48, 40))
    inside = (image[0] != 0).any(dim=0)
    assert torch.allclose(image[0][:, inside].mean(dim=1), torch.zeros(4), atol=1e-4)
    assert torch.allclose(image[0][:, inside].std(dim=1), torch.ones(4), atol=1e-3)


def test_labels_keep_their_order_but_not_the_gap(folder: Path) -> None:
    """0, 1, 2, 4 become 0, 1, 2, 3 at the voxels where the file has them."""
    seg = nibabel.load(folder / CASE / f"{CASE}_seg.nii.gz").get_fdata()
    [(_, label)], _ = read(folder, (1, 4, 48, 48, 48))
    for ours, theirs in enumerate((0, 1, 2, 4)):
        assert ours == 0 or (label == ours).sum() == (seg == theirs).sum() > 0


def test_a_voxel_that_one_modality_shows_belongs_to_the_brain(folder: Path) -> None:
    path = folder / CASE / f"{CASE}_t1.nii.gz"
    image = nibabel.load(path)
    voxels = image.get_fdata(dtype=np.float32)
    dark = voxels > np.quantile(voxels, 0.95)
    nibabel.Nifti1Image(np.where(dark, 0, voxels), image.affine).to_filename(path)
    [(image, _)], _ = read(folder, (1, 4, 48, 48, 48))
    assert ((image[0] != 0).all(dim=0)).sum() == (voxels > 0).sum()


def test_padding_keeps_every_voxel_and_cropping_keeps_the_tumour(folder: Path) -> None:
    path = folder / CASE / f"{CASE}_seg.nii.gz"
    seg = np.zeros((33, 41, 25), np.uint8)
    seg[5:9, 30:34, 10:13] = 4
    nibabel.Nifti1Image(seg, nibabel.load(path).affine).to_filename(path)
    [(_, padded)], _ = read(folder, (1, 4, 40, 48, 40))
    [(_, cropped)], _ = read(folder, (1, 4, 8, 8, 8))
    assert (padded == 3).sum() == (cropped == 3).sum() == 4 * 4 * 3


def test_axes_are_turned_to_neck_up_forehead_back_right_to_left(tmp_path: Path) -> None:
    """The same head stored with two orientations gives the same tensor; a marker tells which way it lies."""
    volumes = []
    for case, axcodes in (("ras", "RAS"), ("ail", "AIL")):
        folder = write_case(tmp_path / case, CASE)
        for name in FILES:
            path = folder / f"{CASE}_{name}.nii.gz"
            turn = nibabel.orientations.axcodes2ornt(tuple(axcodes))
            image = nibabel.as_closest_canonical(nibabel.load(path))
            voxels = image.get_fdata(dtype=np.float32)
            if name == "seg":
                voxels[:] = 0
                voxels[2, 30, 20] = 4  # left, in front, high up: the canonical axes run right, anterior, superior
            image = nibabel.Nifti1Image(voxels, image.affine).as_reoriented(turn)
            image.to_filename(path)
        [(image, label)], _ = read(tmp_path / case, (1, 4, 48, 48, 48))
        volumes.append(image)
    assert torch.equal(*volumes)
    [(_, depth, height, width)] = label.nonzero().tolist()
    assert depth > 24
    assert height < 24
    assert width > 24


def test_hgg_and_lgg_folders_and_plain_nii_are_found(tmp_path: Path) -> None:
    write_case(tmp_path / "HGG", "Brats18_A_1")
    write_case(tmp_path / "LGG", "Brats18_B_1", suffix=".nii")
    batches, _ = load("brain", tmp_path, INPUT, classes=5, batch_size=1, count=None, seed=0)
    assert len(batches) == 2


def test_the_folder_of_one_case_can_be_given_itself(folder: Path) -> None:
    assert torch.equal(read(folder / CASE).batches[0][0], read(folder).batches[0][0])


def test_a_small_folder_gives_fewer_batches_and_uses_no_case_twice(tmp_path: Path) -> None:
    for k in range(3):
        write_case(tmp_path, f"case_{k}")
    batches, _ = load("brain", tmp_path, INPUT, classes=4, batch_size=2, count=9, seed=0)
    assert [len(target) for _, target in batches] == [2, 1]


def edit(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def apply(case: Path) -> None:
        path = case / f"{CASE}_{name}.nii.gz"
        image = nibabel.load(path)
        nibabel.Nifti1Image(change(image.get_fdata(dtype=np.float32)), image.affine).to_filename(path)

    return apply


def with_nan(voxels: np.ndarray) -> np.ndarray:
    voxels[0, 0, :3] = np.nan
    return voxels


def truncate(case: Path) -> None:
    path = case / f"{CASE}_t2.nii.gz"
    path.write_bytes(path.read_bytes()[:2000])


def flip_bits(case: Path) -> None:
    path = case / f"{CASE}_t2.nii.gz"
    data = bytearray(path.read_bytes())
    data[1500:1600] = bytes(100)
    path.write_bytes(bytes(data))


def cut_before_compression(case: Path) -> None:
    path = case / f"{CASE}_t2.nii.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:5000]))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no seg": (
        lambda case: (case / f"{CASE}_seg.nii.gz").unlink(),
        r"_seg\.nii\.gz is missing: every case needs the segmentation 'seg'; add it",
    ),
    "no t1ce": (
        lambda case: (case / f"{CASE}_t1ce.nii.gz").unlink(),
        r"_t1ce\.nii\.gz is missing: every case needs the modality 't1ce'; add it",
    ),
    "another shape": (
        edit("t1", lambda voxels: voxels[:-1]),
        r"_t1\.nii\.gz has 25 x 41 x 32 voxels, .*_flair\.nii\.gz has 25 x 41 x 33; resample",
    ),
    "seg of another shape": (edit("seg", lambda v: v[:, 1:]), r"_seg\.nii\.gz has 25 x 40 x 33 voxels"),
    "four axes": (edit("t2", lambda voxels: voxels[..., None, None]), r"_t2\.nii\.gz has \d axes, expected 3"),
    "label 3": (edit("seg", lambda voxels: np.where(voxels == 4, 3, voxels)), r"_seg\.nii\.gz has the label 3, "),
    "label 0.5": (edit("seg", lambda voxels: voxels / 2), r"_seg\.nii\.gz has the label 0\.5, "),
    "nan": (edit("flair", with_nan), r"_flair\.nii\.gz has 3 voxels that are nan or infinite; replace"),
    "truncated": (truncate, r"_t2\.nii\.gz is not a whole NIfTI file \(.*\); copy or unpack it again"),
    "bits flipped": (flip_bits, r"_t2\.nii\.gz is not a whole NIfTI file"),
    "cut before compression": (cut_before_compression, r"_t2\.nii\.gz is not a whole NIfTI file"),
    "no gzip": (
        lambda case: (case / f"{CASE}_t1.nii.gz").write_text("not an image"),
        r"_t1\.nii\.gz is not a whole NIfTI file",
    ),
    "all zero": (
        lambda case: [edit(name, np.zeros_like)(case) for name in MODALITIES],
        r"_flair\.nii\.gz and its sibling modalities are 0 everywhere",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_one_sentence_that_names_the_file(folder: Path, damage: str) -> None:
    harm, message = DAMAGE[damage]
    harm(folder / CASE)
    with pytest.raises(ValueError, match=message) as caught:
        read(folder)
    assert "\n" not in str(caught.value)


def test_a_network_is_scored_on_a_real_volume(folder: Path) -> None:
    network = build("unet3d", "classroom", base_channels=4)
    loaded = read(folder)
    scores = importance(network, loaded.batches, loss("brain"))
    assert all(score.isfinite().all() for score in scores.values())
    assert all((score > 0).any() for score in scores.values())
    again = importance(build("unet3d", "classroom", base_channels=4), read(folder).batches, loss("brain"))
    assert all(torch.equal(score, again[layer]) for layer, score in scores.items())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere does not exist; give the folder of BraTS'18: <case>/"):
        read(tmp_path / "nowhere")


def test_an_empty_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no sample of BraTS'18: expected <case>/"):
        read(tmp_path)


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").touch()
    with pytest.raises(ValueError, match=r"archive\.zip is a file, not a folder"):
        read(tmp_path / "archive.zip")


def test_other_splits_have_no_labels(folder: Path) -> None:
    with pytest.raises(ValueError, match="the split 'train' only, got 'test'"):
        read(folder, split="test")


def test_skip_bad_reads_on_and_reports(folder: Path) -> None:
    write_case(folder, "good")
    truncate(folder / CASE)
    batches, skipped = load("brain", folder, INPUT, 4, batch_size=1, count=2, seed=0, skip_bad=True)
    assert len(batches) == 1
    assert len(skipped) == 1
    assert CASE in skipped[0]


def test_skip_bad_still_fails_when_nothing_is_left(folder: Path) -> None:
    truncate(folder / CASE)
    with pytest.raises(ValueError, match=r"none of the 1 samples in .* could be read; the first: .*_t2"):
        read(folder, skip_bad=True)


def scaled(path: Path, values: np.ndarray, slope: float, kind: type) -> None:
    """The values as whole numbers of ``kind`` that the header multiplies by ``slope``."""
    affine = nibabel.load(path).affine
    nibabel.Nifti1Image(np.rint(values / slope).astype(kind), affine).to_filename(
        path.with_suffix("").with_suffix(".nii")
    )
    path.unlink()
    content = bytearray(path.with_suffix("").read_bytes())
    struct.pack_into("<ff", content, 112, slope, 0.0)
    path.with_suffix("").write_bytes(content)


@pytest.mark.parametrize(("slope", "kind"), [(4 / 32767, np.int16), (4 / 255, np.uint8), (0.5, np.int16)])
def test_labels_that_the_header_scales_are_read(folder: Path, slope: float, kind: type) -> None:
    [(_, before)], _ = read(folder)
    path = folder / CASE / f"{CASE}_seg.nii.gz"
    scaled(path, nibabel.load(path).get_fdata(), slope, kind)
    [(_, after)], _ = read(folder)
    assert torch.equal(before, after)


def test_labels_between_whole_numbers_are_none(folder: Path) -> None:
    path = folder / CASE / f"{CASE}_seg.nii.gz"
    scaled(path, nibabel.load(path).get_fdata() + 0.02, 0.02, np.int16)
    with pytest.raises(ValueError, match=r"has the label 0\.02, expected only \(0, 1, 2, 4\)"):
        read(folder)


@pytest.mark.parametrize("slope", [1e38, 1e20, 1e-30])
def test_a_slope_beyond_what_can_be_computed_with_is_told(folder: Path, slope: float) -> None:
    path = folder / CASE / f"{CASE}_t1.nii.gz"
    levels = np.rint(10 * nibabel.load(path).get_fdata())
    scaled(path, levels * slope, slope, np.int16)
    with pytest.raises(ValueError, match=r"_t1\.nii has (1 )?(\d+ voxels that are nan or inf|intensities up to)"):
        read(folder)


def test_a_case_may_have_the_letters_of_a_pattern_in_its_name(folder: Path) -> None:
    case = folder / "case [1]"
    (folder / CASE).rename(case)
    for path in list(case.iterdir()):
        path.rename(case / path.name.replace(CASE, "case [1]"))
    assert len(read(folder).batches) == 1
