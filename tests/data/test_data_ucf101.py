"""UCF101 folders: small videos written by the encoder family of the data set, read back."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ranp.data import load
from ranp.data.ucf101 import find
from tests.real_formats import write_video

INPUT = (1, 3, 8, 24, 32)
CLASSES = ("ApplyEyeMakeup", "Archery", "YoYo")


def frames(count: int = 20, height: int = 48, width: int = 64) -> np.ndarray:
    """Grey frames that brighten by 10 each, so that a decoded frame tells its number."""
    return np.full((count, height, width, 3), np.arange(count)[:, None, None, None] * 10 + 20, np.uint8)


def write_frames(folder: Path, pictures: np.ndarray) -> None:
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures, start=1):
        Image.fromarray(picture).save(folder / f"image_{number:05}.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in CLASSES:
        write_video(tmp_path / name / f"v_{name}_g01_c01.avi", frames())
    return tmp_path


def read(folder: Path, **options):
    arguments = {"input_shape": INPUT, "classes": 101, "batch_size": 3, "count": 1, "seed": 0}
    return load("motion", folder, **{**arguments, **options})


def numbers(clip: torch.Tensor) -> list[int]:
    """Which frames of `frames` a clip ``(3, frames, height, width)`` in [-1, 1] shows."""
    return [round(((level + 1) * 127.5 - 20) / 10) for level in clip.mean(dim=(0, 2, 3)).tolist()]


def test_videos_are_read(folder: Path) -> None:
    [(clip, label)], skipped = read(folder)
    assert skipped == []
    assert clip.shape == (3, 3, 8, 24, 32)
    assert clip.dtype == torch.float32
    assert sorted(label.tolist()) == [0, 1, 2], "classes are numbered by name"
    assert label.dtype == torch.int64


def test_a_clip_is_a_run_of_frames_from_a_random_start(folder: Path) -> None:
    starts = set()
    for seed in range(6):
        [(clips, _)], _ = read(folder, seed=seed)
        for clip in clips:
            shown = numbers(clip)
            assert shown == list(range(shown[0], shown[0] + 8))
            starts.add(shown[0])
    assert len(starts) > 3
    assert max(starts) <= 12


def test_frames_are_cut_around_the_middle_and_not_squeezed(tmp_path: Path) -> None:
    """A wide video with dark sides and a bright disc: the sides go, the disc stays round."""
    row, column = np.mgrid[:48, :96]
    disc = ((row - 23.5) ** 2 + (column - 47.5) ** 2 < 15**2)[None, :, :, None] * np.uint8(255)
    write_video(tmp_path / "Archery" / "v.avi", np.tile(disc, (8, 1, 1, 3)))
    [(clip, _)], _ = read(tmp_path, input_shape=(1, 3, 8, 24, 24))
    inside = clip[0, 0, 0] > 0
    assert inside.any(dim=0).sum() == pytest.approx(15, abs=1)
    assert inside.any(dim=1).sum() == pytest.approx(15, abs=1)
    assert torch.equal(inside.nonzero().double().mean(dim=0).round(), torch.tensor([12.0, 12.0], dtype=torch.double))


def test_folders_of_frames_are_read(tmp_path: Path) -> None:
    write_frames(tmp_path / "Archery" / "v_Archery_g01_c01", frames())
    [(clip, _)], _ = read(tmp_path)
    shown = numbers(clip[0])
    assert shown == list(range(shown[0], shown[0] + 8))


def test_the_official_lists_decide(folder: Path) -> None:
    lists = folder / "ucfTrainTestlist"
    lists.mkdir()
    (lists / "classInd.txt").write_text("1 YoYo\n2 Archery\n3 ApplyEyeMakeup\n")
    (lists / "trainlist01.txt").write_text(
        "YoYo/v_YoYo_g01_c01.avi 1\r\nApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 3\r\n"
    )
    (lists / "testlist01.txt").write_text("Archery/v_Archery_g01_c01.avi\n")
    assert sorted(read(folder).batches[0][1].tolist()) == [0, 2]
    assert read(folder, split="test").batches[0][1].tolist() == [1]


def test_lists_that_name_avi_files_find_unpacked_frames(tmp_path: Path) -> None:
    write_frames(tmp_path / "UCF-101" / "Archery" / "v_Archery_g01_c01", frames())
    (tmp_path / "trainlist01.txt").write_text("Archery/v_Archery_g01_c01.avi 1\n")
    assert len(read(tmp_path).batches) == 1


def test_without_lists_there_is_no_test_split(folder: Path) -> None:
    with pytest.raises(
        ValueError, match=r"has no testlist01\.txt, which says which videos are for 'test'; add ucfTrain"
    ):
        read(folder, split="test")


def test_a_list_with_an_unknown_class_is_named(folder: Path) -> None:
    (folder / "trainlist01.txt").write_text("Juggling/v_Juggling_g01_c01.avi 4\n")
    with pytest.raises(ValueError, match=r"trainlist01\.txt names the class 'Juggling', of which there is no folder"):
        read(folder)


def test_a_broken_class_index_is_named(folder: Path) -> None:
    (folder / "classInd.txt").write_text("YoYo\n")
    with pytest.raises(ValueError, match=r"classInd\.txt must hold lines of a number and a class name"):
        read(folder)


def video(root: Path) -> Path:
    return root / "YoYo" / "v_YoYo_g01_c01.avi"


def truncate(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def list_a_missing_video(root: Path) -> None:
    lines = [f"{name}/v_{name}_g01_c01.avi 1\n" for name in CLASSES]
    (root / "trainlist01.txt").write_text("".join(lines))
    video(root).unlink()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda root: video(root).write_text("no video"), r"v_YoYo_g01_c01\.avi cannot be decoded \(.*\); copy"),
    "empty": (lambda root: video(root).write_bytes(b""), r"v_YoYo_g01_c01\.avi cannot be decoded \("),
    "header only": (lambda root: truncate(video(root), 0.1), r"v_YoYo_g01_c01\.avi (cannot be|ends before)"),
    "short": (
        lambda root: write_video(video(root), frames(5)),
        r"v_YoYo_g01_c01\.avi has 5 frames, the network reads 8; leave the video out",
    ),
    "missing": (list_a_missing_video, r"v_YoYo_g01_c01\.avi is missing; add it or leave the video out"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_one_sentence_and_can_be_skipped(folder: Path, damage: str) -> None:
    harm, message = DAMAGE[damage]
    harm(folder)
    with pytest.raises(ValueError, match=message) as caught:
        read(folder)
    assert "\n" not in str(caught.value)
    [(clip, _)], skipped = read(folder, skip_bad=True)
    assert len(clip) == 2
    assert len(skipped) == 1


def test_a_video_cut_in_the_middle_is_named_if_frames_are_missing(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 48, 64, 3), dtype=np.uint8)
    path = write_video(tmp_path / "YoYo" / "v.avi", noise)
    truncate(path, 0.3)
    with pytest.raises(ValueError, match=r"v\.avi (ends before|cannot be decoded|has \d frames)"):
        read(tmp_path, input_shape=(1, 3, 18, 24, 32))


def test_frames_of_another_size_are_named(tmp_path: Path) -> None:
    write_frames(tmp_path / "Archery" / "v", frames(8))
    Image.fromarray(frames(1, 30, 30)[0]).save(tmp_path / "Archery" / "v" / "image_00005.png")
    with pytest.raises(ValueError, match=r"image_00005\.png has another size than image_00001\.png"):
        read(tmp_path)


def test_a_network_with_too_few_classes_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="is of class 2 counted from 0, the network has 2 classes"):
        read(folder, classes=2, count=None)


@pytest.mark.parametrize("name", ["frame{:05d}.png", "frame{}.png", "{}.png", "g01_c1_{}.png"])
def test_frames_come_in_the_order_of_their_numbers(name: str, tmp_path: Path) -> None:
    clip = tmp_path / "Archery" / "v_Archery_g01_c01"
    clip.mkdir(parents=True)
    for number, picture in enumerate(frames(12)):
        Image.fromarray(picture).save(clip / name.format(number))
        (clip / f"._{name.format(number)}").write_bytes(b"what a Mac leaves")
    [(found, _)], _ = read(tmp_path, input_shape=(1, 3, 12, 24, 32))
    assert numbers(found[0]) == list(range(12))


def write_listed(folder: Path, index: bytes, listed: str) -> None:
    (folder / "classInd.txt").write_bytes(index)
    (folder / "trainlist01.txt").write_text(listed)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_class_lists_count_from_0_or_1_in_what_editors_write(folder: Path, first: int, encoding: str) -> None:
    index = "".join(f"{number}\t{name} \r\n" for number, name in enumerate(reversed(CLASSES), start=first))
    names = {2 - number: name for number, name in enumerate(CLASSES)}
    listed = "".join(f"{name}/v_{name}_g01_c01.avi {number + first}\n" for number, name in names.items())
    write_listed(folder, index.encode(encoding), listed)
    assert [video.label for video in find(folder, "train")] == [2, 1, 0]
    assert [video.path.parent.name for video in find(folder, "train")] == list(CLASSES)


INDICES = {
    "disagrees": (
        b"1 Archery\n2 YoYo\n",
        r"trainlist01\.txt says that 'YoYo' is class 1, .*classInd\.txt that it is 2",
    ),
    "twice": (b"1 Archery\n1 YoYo\n", r"classInd\.txt has the class 'YoYo' or its number 1 twice"),
    "a name twice": (b"1 YoYo\n2 YoYo\n", r"classInd\.txt has the class 'YoYo' or its number 2 twice"),
    "negative": (b"-1 YoYo\n", r"classInd\.txt must hold lines of a number and a class name.*not '-1 YoYo'"),
    "empty": (b"\n", r"classInd\.txt is empty"),
    "latin": (b"1 Ma\xdfband\n", r"classInd\.txt is not text in UTF-8"),
    "no mark": ("1 YoYo".encode("utf-16-le"), r"classInd\.txt has zeros between its letters"),
}


@pytest.mark.parametrize("name", INDICES)
def test_a_class_list_of_another_form_is_told(folder: Path, name: str) -> None:
    index, message = INDICES[name]
    write_listed(folder, index, "YoYo/v_YoYo_g01_c01.avi 1\n")
    with pytest.raises(ValueError, match=message):
        find(folder, "train")
