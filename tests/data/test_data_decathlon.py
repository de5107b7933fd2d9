"""Folders in the form of the Decathlon and of nnU-Net's raw data: read alike, split by case, and told where wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch

from ranp.__main__ import main
from ranp.data import TASKS, load
from ranp.data.tissue import IGNORED
from ranp.models import find_preset
from ranp.subject import Scoring, draw_batches, library_network
from tests import real_formats

SIZE = (12, 10, 9)
INPUT = (1, 2, 6, 6, 6)
NNUNET = {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "edge": 1, "core": 2}}
DECATHLON = {"modality": {"0": "T1", "1": "T2"}, "labels": {"0": "background", "1": "edge", "2": "core"}}


def case(number: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Two channels and labels of 12 x 10 x 9 voxels: a box in a box, brighter inside."""
    label = np.zeros(SIZE, np.uint8)
    label[2:9, 2:8, 2:7] = 1
    label[4:7, 4:6, 3:6] = 2
    noise = np.random.default_rng(number).normal(size=(2, *SIZE)).astype(np.float32)
    return [noise[0] + label, noise[1] - label], label


def write(root: Path, count: int = 6, **changes: Any) -> Path:
    cases = {f"case_{number:03}": case(number) for number in range(count)}
    return real_formats.write_dataset(root, cases, {**NNUNET, **changes})


def write_decathlon(root: Path, count: int = 6) -> Path:
    names = [f"case_{number:03}" for number in range(count)]
    listed = [{"image": f"./imagesTr/{name}.nii.gz", "label": f"./labelsTr/{name}.nii.gz"} for name in names]
    cases = {name: case(number) for number, name in enumerate(names)}
    description = {**DECATHLON, "training": listed, "test": ["./imagesTs/other.nii.gz"], "tensorImageSize": "4D"}
    return real_formats.write_dataset(root, cases, description, joined=True)


def read(folder: Path, shape: tuple[int, ...] = INPUT, classes: int = 3, count: int | None = None, **options: Any):
    return load("tissue", folder, shape, classes, 1, count, 0, **options)


def describe(folder: Path, **changes: Any) -> None:
    path = folder / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def names(folder: Path, split: str) -> list[str]:
    return [found.label.name.partition(".")[0] for found in TASKS["tissue"].real.find(folder, split)]


def test_windows_of_volumes_are_read(tmp_path: Path) -> None:
    batches, skipped = read(write(tmp_path / "data"))
    assert skipped == []
    assert len(batches) == 5
    for image, label in batches:
        assert (image.shape, image.dtype) == ((1, 2, 6, 6, 6), torch.float32)
        assert (label.shape, label.dtype) == ((1, 6, 6, 6), torch.int64)
        assert label.max() > 0


def test_both_forms_of_the_layout_are_the_same_data(tmp_path: Path) -> None:
    one, other = read(write(tmp_path / "nnunet")), read(write_decathlon(tmp_path / "decathlon"))
    for (image, label), (again, same) in zip(one.batches, other.batches, strict=True):
        assert torch.equal(image, again)
        assert torch.equal(label, same)


def test_a_list_may_name_images_whose_channels_are_files(tmp_path: Path) -> None:
    """As nnU-Net's first version writes its description."""
    folder = write(tmp_path / "data", 2)
    listed = [{"image": f"imagesTr/case_00{k}.nii.gz", "label": f"labelsTr/case_00{k}.nii.gz"} for k in range(2)]
    expected = read(folder).batches[0][0]
    describe(folder, training=listed, **DECATHLON)
    assert torch.equal(read(folder).batches[0][0], expected)


def test_a_whole_volume_keeps_its_voxels_and_channels_their_order(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", 2)
    [(image, label)], _ = read(folder, (1, 2, 16, 16, 16))
    channels, truth = case(0)
    for number in range(3):
        assert (label == number).sum() == ((truth == number).sum() if number else 16**3 - (truth > 0).sum())
    inside = (image[0] != 0).any(dim=0)
    assert inside.sum() == truth.size
    assert torch.allclose(image[0][:, inside].mean(dim=1), torch.zeros(2), atol=1e-4)
    assert torch.allclose(image[0][:, inside].std(dim=1), torch.ones(2), atol=1e-3)
    core = (label == 2)[0]
    for found, channel in zip(image[0], channels, strict=True):
        expected = (channel[truth == 2].mean() - channel.mean()) / channel.std(ddof=1)
        assert found[core].mean().item() == pytest.approx(expected, abs=1e-3)


def test_axes_are_turned_as_the_phantom_lies(tmp_path: Path) -> None:
    """The marker lies to the left, in front, high up, whichever way the file has its axes."""
    for index, axcodes in enumerate(("RAS", "SPL")):
        marked, label = np.ones((3, 4, 5), np.float32), np.zeros((3, 4, 5), np.uint8)
        label[0, 3, 4] = 1
        turn = nibabel.orientations.axcodes2ornt(tuple(axcodes))
        image, seg = (nibabel.Nifti1Image(v, np.eye(4)).as_reoriented(turn) for v in (marked, label))
        folder = tmp_path / axcodes
        cases = {f"c{k}": ([np.asarray(image.dataobj)], np.asarray(seg.dataobj)) for k in range(2)}
        description = {"channel_names": {"0": "T1"}, "labels": {"background": 0, "marker": 1}}
        real_formats.write_dataset(folder, cases, description, image.affine)
        [(_, found)], _ = read(folder, (1, 1, 5, 4, 3), classes=2)
        assert found[0].nonzero().tolist() == [[4, 0, 2]], index


def test_a_window_holds_a_voxel_of_what_is_labelled_wherever_it_is(tmp_path: Path) -> None:
    label = np.zeros((40, 40, 40), np.uint8)
    label[37, 1, 20] = 1
    cases = {f"c{k}": ([np.ones(label.shape, np.float32)], label) for k in range(6)}
    description = {"channel_names": {"0": "CT"}, "labels": {"background": 0, "nodule": 1}, "file_ending": ".nii"}
    folder = real_formats.write_dataset(tmp_path / "data", cases, description)
    places = [found[0].nonzero().tolist() for _, found in read(folder, (1, 1, 8, 8, 8), classes=2).batches]
    assert all(len(place) == 1 for place in places)
    assert len({tuple(place[0]) for place in places}) > 1


def test_a_case_without_anything_labelled_is_a_window_of_background(tmp_path: Path) -> None:
    channels, label = case(0)
    folder = real_formats.write_dataset(tmp_path / "data", {f"c{k}": (channels, 0 * label) for k in range(2)}, NNUNET)
    [(_, found)], _ = read(folder)
    assert found.max() == 0


@pytest.mark.parametrize(("count", "tested"), [(2, [1]), (4, [3]), (5, [4]), (11, [4, 9])])
def test_every_fifth_case_is_tested_on_or_the_last(count: int, tested: list[int], tmp_path: Path) -> None:
    folder = write(tmp_path / "data", count)
    assert [int(name[-3:]) for name in names(folder, "test")] == tested
    assert sorted(names(folder, "train") + names(folder, "test")) == [f"case_{k:03}" for k in range(count)]


def test_labels_keep_their_order_and_not_their_gaps(tmp_path: Path) -> None:
    channels, label = case(0)
    numbers = np.array([0, 7, 205], np.uint8)
    labels = {"core": 205, "background": 0, "edge": 7}
    cases = {f"c{k}": (channels, numbers[label]) for k in range(2)}
    folder = real_formats.write_dataset(tmp_path / "data", cases, {**NNUNET, "labels": labels})
    [(_, found)], _ = read(folder, (1, 2, 16, 16, 16))
    assert [(found == number).sum().item() for number in (1, 2)] == [(label == number).sum() for number in (1, 2)]


def test_voxels_that_nobody_labelled_are_ignored(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", 2, labels={"background": 0, "edge": 1, "ignore": 2})
    [(_, found)], _ = read(folder, (1, 2, 16, 16, 16), classes=2)
    assert set(found.unique().tolist()) == {0, 1, IGNORED}
    assert (found == IGNORED).sum() == (case(0)[1] == 2).sum()


def test_digits_at_the_end_of_a_cases_name_are_no_channel(tmp_path: Path) -> None:
    channels, label = case(0)
    cases = {f"scan_{number:04}": (channels[:1], label) for number in range(3)}
    folder = real_formats.write_dataset(tmp_path / "data", cases, {**NNUNET, "modality": {"0": "CT"}}, joined=True)
    describe(folder, channel_names={"0": "CT"})
    assert names(folder, "train") == ["scan_0000", "scan_0001"]
    assert len(read(folder, (1, 1, 6, 6, 6)).batches) == 2


def rewrite(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    image = nibabel.load(path)
    nibabel.Nifti1Image(change(np.asarray(image.dataobj)), image.affine).to_filename(path)


FIRST, LABEL = "imagesTr/case_000_0001.nii.gz", "labelsTr/case_000.nii.gz"
REGIONS = {"background": 0, "whole": [1, 2], "core": 2}
OUTSIDE = [{"image": "imagesTr/case_000.nii.gz", "label": "../labelsTr/case_000.nii.gz"}]
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no description": (lambda f: (f / "dataset.json").unlink(), r"dataset\.json is missing, which names channels"),
    "no JSON": (lambda f: (f / "dataset.json").write_text("{"), r"dataset\.json is not valid JSON"),
    "a list": (lambda f: (f / "dataset.json").write_text("[]"), r"dataset\.json must be an object, not \[\]"),
    "no labels": (lambda f: describe(f, labels=None), r"'labels' in .*dataset\.json must be an object, not null"),
    "regions": (lambda f: describe(f, labels=REGIONS), r"'labels' in .* has regions, .* give each label a number"),
    "order of regions": (lambda f: describe(f, regions_class_order=[1, 2]), r"'labels' in .* has regions"),
    "no background": (
        lambda f: describe(f, labels={"edge": 1, "core": 2}),
        "lacks the number 0, which is the background",
    ),
    "a number twice": (lambda f: describe(f, labels={"a": 0, "b": 1, "c": 1}), "has the number 1 twice"),
    "a number that is none": (
        lambda f: describe(f, labels={"a": 0, "b": 0.5}),
        r"'labels\.b' in .* must be a whole number",
    ),
    "no channels": (lambda f: describe(f, channel_names={}), r"'channel_names' in .* must number the channels from 0"),
    "channels from 1": (lambda f: describe(f, channel_names={"1": "T1"}), r"must number the channels from 0, as in"),
    "pictures": (lambda f: describe(f, file_ending=".png"), r"'file_ending' in .* is '\.png'; \.nii\.gz and"),
    "fewer cases than it says": (
        lambda f: describe(f, numTraining=7),
        r"says numTraining 7, and there are 6 cases in imagesTr and labelsTr; correct the number, or add what",
    ),
    "a number of cases that is none": (
        lambda f: describe(f, numTraining="6"),
        r"'numTraining' in .* must be a whole number",
    ),
    "out of the folder": (
        lambda f: describe(f, training=OUTSIDE),
        r"names the file '\.\./labelsTr.*may lie outside of the",
    ),
    "an absolute path": (
        lambda f: describe(f, training=[{"image": "/etc/passwd", "label": "labelsTr/x.nii.gz"}]),
        r"names the file '/etc/passwd', which may lie outside of the folder",
    ),
    "an entry without a label": (
        lambda f: describe(f, training=[{"image": "a"}]),
        r"'training' in .* must be text, not null",
    ),
    "no label of a case": (
        lambda f: (f / LABEL).unlink(),
        r"labelsTr/case_000\.nii\.gz is missing; every case needs its labels: add them, or remove the case",
    ),
    "no second channel": (
        lambda f: (f / FIRST).unlink(),
        r"case_000_0001\.nii\.gz is missing; every case needs the channel 'T2': add it, or remove the case",
    ),
    "a smaller channel": (
        lambda f: rewrite(f / FIRST, lambda v: v[1:]),
        r"case_000_0001\.nii\.gz has 9 x 10 x 11 voxels, case_000_0000\.nii\.gz has 9 x 10 x 12; resample them",
    ),
    "smaller labels": (
        lambda f: rewrite(f / LABEL, lambda v: v[..., 1:]),
        r"labelsTr/case_000\.nii\.gz has 8 x 10 x 12 voxels, case_000_0000\.nii\.gz has 9 x 10 x 12; resample them",
    ),
    "two volumes in a file of one channel": (
        lambda f: rewrite(f / FIRST, lambda v: np.stack([v, v], axis=-1)),
        r"case_000_0000\.nii\.gz has 3 channels, .*dataset\.json names 2; correct either",
    ),
    "another label": (
        lambda f: rewrite(f / LABEL, lambda v: 2 * v),
        r"case_000\.nii\.gz has the label 4, expected only",
    ),
    "nothing but zeros": (
        lambda f: [rewrite(path, np.zeros_like) for path in (f / "imagesTr").glob("case_000*")],
        r"case_000_0000\.nii\.gz is 0 everywhere, in all of its channels; export the case again",
    ),
    "half a file": (lambda f: (f / FIRST).write_bytes((f / FIRST).read_bytes()[:200]), "is not a whole NIfTI file"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_one_sentence_that_names_the_file(damage: str, tmp_path: Path) -> None:
    harm, message = DAMAGE[damage]
    harm(write(tmp_path / "data"))
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path / "data")
    assert "\n" not in str(caught.value)


def test_a_link_in_a_list_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = write_decathlon(tmp_path / "data")
    place = folder / "labelsTr" / "case_000.nii.gz"
    place.rename(tmp_path / "elsewhere.nii.gz")
    place.symlink_to(tmp_path / "elsewhere.nii.gz")
    with pytest.raises(ValueError, match="is a link that leads out of"):
        read(folder)


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [
        (
            (1, 1, 6, 6, 6),
            3,
            r"has 2 channels \(T1, T2\), the network reads \(1, 1, 6, 6, 6\) .*; give it in_channels=2",
        ),
        (INPUT, 2, "has 3 labels, the network has 2 classes; give it more"),
    ],
)
def test_a_network_that_does_not_fit_is_told(
    shape: tuple[int, ...], classes: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path / "data", 2), shape, classes)


def test_one_case_cannot_be_tested_on_and_an_empty_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has one labelled case, and another is needed to test on; add one"):
        read(write(tmp_path / "one", 1), split="test")
    with pytest.raises(
        ValueError, match=r"holds no sample of a Decathlon or nnU-Net data set: expected dataset\.json, "
    ):
        read(write(tmp_path / "none", 0))
    with pytest.raises(ValueError, match="split must be train or test, got 'valid'"):
        read(write(tmp_path / "two", 2), split="valid")


def test_a_bad_case_can_be_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    (folder / LABEL).unlink()
    batches, skipped = read(folder, skip_bad=True)
    assert len(batches) == 4
    assert len(skipped) == 1
    assert "case_000" in skipped[0]


def test_the_channels_of_a_preset_follow_its_argument() -> None:
    preset = find_preset("unet3d", "classroom-tissue")
    assert preset.shapes({}) == preset.input_shapes
    assert preset.shapes({"in_channels": 2, "base_channels": 4}) == ((1, 2, 24, 24, 24),)
    assert find_preset("psmnet", "classroom").shapes({}) == find_preset("psmnet", "classroom").input_shapes


def test_a_network_of_so_many_channels_is_scored_on_the_folder(tmp_path: Path) -> None:
    arguments = {"in_channels": 2, "base_channels": 2}
    assert library_network("unet3d", "classroom-tissue", arguments, 0, "xavier").input_shapes == ((1, 2, 24, 24, 24),)
    batches = draw_batches("unet3d", "classroom-tissue", arguments, Scoring(), write(tmp_path / "data"))
    assert [inputs.shape for inputs, _ in batches] == [(2, 2, 24, 24, 24), (2, 2, 24, 24, 24), (1, 2, 24, 24, 24)]


@pytest.mark.slow
def test_a_network_learns_from_a_folder_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "data")
    arguments = [
        "--set",
        "in_channels=2",
        "--set",
        "base_channels=2",
        "--data",
        str(folder),
        "--steps",
        "1",
        "--json",
        "--full-only",
    ]
    assert main(["train", "unet3d", "--preset", "classroom-tissue", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {entry["figures"].keys() >= {"dice", "dice_1", "dice_2"} for entry in found["entries"]} == {True}
