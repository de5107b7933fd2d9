"""``dataset.json`` of the Medical Segmentation Decathlon and of nnU-Net: channels, labels, and which cases there are.

    Decathlon      "modality": {"0": "T1"}, "labels": {"0": "background", "1": "tumour"}, "numTraining": 1,
                   "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]
    nnU-Net        "channel_names": {"0": "T1"}, "labels": {"background": 0, "tumour": 1}, "numTraining": 1,
                   "file_ending": ".nii.gz", and cases as the folders have them

The file comes from somebody else: it is checked, and what it names must lie beside it. Sources:
http://medicaldecathlon.com, Antonelli et al., Nature Communications 2022; nnU-Net: documentation/dataset_format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ranp.data.nifti import SUFFIXES
from ranp.files import COUNT, MAPPING, TEXT, check, check_inside, parse_json, read_text

NAME = "dataset.json"
MOST_BYTES = 2**24
MOST_LABELS = 255
UNKNOWN = "ignore"
"""nnU-Net's name of the label of voxels that nobody labelled."""


class Description(NamedTuple):
    """What a ``dataset.json`` says."""

    path: Path
    """Of the file itself."""
    channels: tuple[str, ...]
    """Names of the channels, in their order."""
    labels: tuple[int, ...]
    """Numbers of the labels as files have them, in the order of ours, the background first."""
    ignored: int | None
    """Number of the label of voxels that are not labelled."""
    ending: str
    """Of its volumes' names."""
    cases: int | None
    """How many labelled cases it says there are."""
    listed: tuple[tuple[Path, Path], ...] | None
    """Image and label of each case, where it lists them."""


def read_description(folder: Path) -> Description:
    """What the folder's ``dataset.json`` says; ``ValueError`` of one sentence where it cannot be so."""
    path = folder / NAME
    try:
        document = parse_json(read_text(path, MOST_BYTES), str(path))
    except FileNotFoundError as error:
        raise ValueError(f"{path} is missing, which names channels and labels; add it") from error
    check(document, MAPPING, str(path))
    numbers = _labels(document, path)
    ignored = next((number for number, name in numbers.items() if name == UNKNOWN), None)
    labels = tuple(sorted(number for number in numbers if number != ignored))
    if 0 not in labels:
        raise ValueError(f"'labels' in {path} lacks the number 0, which is the background; add it")
    return Description(
        path,
        _channels(document, path),
        labels,
        ignored,
        _ending(document, path),
        _count(document, path),
        _listed(document, path),
    )


def _labels(document: Mapping[str, Any], path: Path) -> dict[int, str]:
    """Number -> name, whichever of the two the file has as keys."""
    labels = document.get("labels")
    check(labels, MAPPING, str(path), "labels")
    assert isinstance(labels, dict), "checked above"
    if document.get("regions_class_order") or any(isinstance(value, list) for value in labels.values()):
        raise ValueError(
            f"'labels' in {path} has regions, which several labels make up: a voxel has one label here; give each "
            "label a number of its own"
        )
    found: dict[int, str] = {}
    for key, value in labels.items():
        name, given = (value, key) if isinstance(value, str) and _is_number(key) else (key, value)
        number = int(given) if isinstance(given, str) and _is_number(given) else given
        check(number, COUNT, str(path), f"labels.{name[:40]}")
        if number in found:
            raise ValueError(f"'labels' in {path} has the number {number} twice; give each label one of its own")
        found[number] = name
    if len(found) > MOST_LABELS:
        raise ValueError(f"'labels' in {path} has {len(found)} labels, at most {MOST_LABELS} are read; leave some out")
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _channels(document: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    key = "channel_names" if "channel_names" in document else "modality"
    named = document.get(key)
    check(named, MAPPING, str(path), key)
    assert isinstance(named, dict), "checked above"
    if sorted(named) != sorted(map(str, range(len(named)))) or not named:
        raise ValueError(f'\'{key}\' in {path} must number the channels from 0, as in {{"0": "T1"}}; correct it')
    return tuple(str(named[str(number)])[:40] for number in range(len(named)))


def _ending(document: Mapping[str, Any], path: Path) -> str:
    ending = document.get("file_ending", SUFFIXES[0])
    if ending not in SUFFIXES:
        raise ValueError(
            f"'file_ending' in {path} is {str(ending)[:20]!r}; {' and '.join(SUFFIXES)} are read, convert them"
        )
    return str(ending)


def _count(document: Mapping[str, Any], path: Path) -> int | None:
    count = document.get("numTraining")
    if count is not None:
        check(count, COUNT, str(path), "numTraining")
    return count


def _listed(document: Mapping[str, Any], path: Path) -> tuple[tuple[Path, Path], ...] | None:
    entries = document.get("training")
    if entries is None:
        return None
    check(entries, [MAPPING], str(path), "training")
    return tuple((_beside(entry.get("image"), path), _beside(entry.get("label"), path)) for entry in entries)


def _beside(text: Any, path: Path) -> Path:
    """The place of an image or a label that ``dataset.json`` names, which must lie in its folder."""
    check(text, TEXT, str(path), "training")
    place = PurePosixPath(text)
    if place.is_absolute() or ".." in place.parts or "\\" in text or "\0" in text or not place.parts:
        raise ValueError(f"{path} names the file {text[:80]!r}, which may lie outside of the folder; correct the path")
    found = path.parent / place
    check_inside(found, path.parent)
    return found
