"""What is kept of a check's test examples and of what its networks make of them: bytes, and what they mean.

Every array is ``(slice, height, width)``, or ``(frame, height, width)`` of a video; a picture without a third axis has
one slice. Of large volumes some slices are kept, and every other, third, ... voxel of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np

from ranp.checks.pictures.packing import Bytes, pack, unpack
from ranp.files import COUNT, NUMBER, TEXT, Leaf, check

Form = Literal["labels", "disparity", "class"]

FORMS: dict[str, str] = {
    "labels": "a label for each voxel",
    "disparity": "a disparity for each pixel, in pixels",
    "class": "one class for the whole example, at [0, 0, 0] of an array of one value",
}
"""What truth and answers may be."""

UNKNOWN = 255
"""In place of a label, a class or a disparity that nobody knows."""

_EXAMPLE = {"image": {"shape": [COUNT], "deflated": TEXT}, "truth": {"shape": [COUNT], "deflated": TEXT}}
_FORM = Leaf(f"one of {', '.join(FORMS)}", lambda value: isinstance(value, str) and value in FORMS)
_EXAMPLES = {
    **dict.fromkeys(("task", "axis"), TEXT),
    "form": _FORM,
    "scale": NUMBER,
    **dict.fromkeys(("channels", "slices", "every"), COUNT),
    "names": [TEXT],
    "examples": [_EXAMPLE],
}
_ANSWERS = {"contestant": COUNT, "label": TEXT, "seed": COUNT, "answers": [_EXAMPLE["image"]], "errors": [NUMBER]}


@dataclass(frozen=True)
class Example:
    """One test example: what a network sees, from 0 (black) to 255 (white), and what it should say."""

    image: Bytes
    truth: Bytes


@dataclass(frozen=True)
class Examples:
    """A few test examples, the first of them all.

    ``form`` is a key of `FORMS`; a disparity of 1 pixel is ``1 / scale`` of a byte. ``names`` are those of the labels,
    where they have any. The image is the first of ``channels``, or the mean of three colours; ``slices`` says how many
    there were, and ``every`` how far apart, in voxels, those lie that are kept of each.
    """

    task: str
    form: Form
    axis: str
    examples: tuple[Example, ...]
    names: tuple[str, ...] = ()
    scale: float = 1.0
    channels: int = 1
    slices: int = 1
    every: int = 1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        packed = [{"image": pack(each.image), "truth": pack(each.truth)} for each in self.examples]
        return {**plain, "names": list(self.names), "examples": packed}

    @classmethod
    def from_dict(cls, document: Any) -> "Examples":
        """The examples of `as_dict`; ``ValueError`` for anything else."""
        check(document, _EXAMPLES, "these pictures")
        examples = tuple(Example(unpack(each["image"]), unpack(each["truth"])) for each in document["examples"])
        found = cls(**{**document, "names": tuple(document["names"]), "examples": examples})
        for example in examples:
            if found.form != "class" and example.truth.shape != example.image.shape:
                raise ValueError("what is true of a picture has another shape than the picture; train again")
        return found


@dataclass(frozen=True)
class Answers:
    """What one network makes of the examples.

    ``errors`` are of each whole example: the share of voxels with a wrong label, 0 or 1 for a class, or the mean error
    of the disparities in pixels.
    """

    contestant: int
    label: str
    seed: int
    answers: tuple[Bytes, ...]
    errors: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "answers": [pack(each) for each in self.answers], "errors": list(self.errors)}

    @classmethod
    def from_dict(cls, document: Any) -> "Answers":
        """The answers of `as_dict`; ``ValueError`` for anything else."""
        check(document, _ANSWERS, "these pictures")
        answers = tuple(unpack(each) for each in document["answers"])
        return cls(**{**document, "answers": answers, "errors": tuple(document["errors"])})


@dataclass(frozen=True)
class Pictures:
    """The examples, and the answers of each network that was trained so far, in their order."""

    examples: Examples
    answers: tuple[Answers, ...] = ()


def read_pictures(examples: Any, answers: Sequence[Mapping[str, Any]]) -> Pictures:
    """The pictures of two kinds of documents; ``ValueError`` where they do not belong together."""
    shown = Examples.from_dict(examples)
    found = sorted((Answers.from_dict(each) for each in answers), key=lambda each: each.contestant)
    truths = [each.truth.shape for each in shown.examples]
    for one in found:
        if [each.shape for each in one.answers] != truths or len(one.errors) != len(truths):
            raise ValueError("the answers of a network are of other pictures than those that are kept; train again")
    return Pictures(shown, tuple(found))


def as_levels(values: Any, scale: float) -> Bytes:
    """Disparities as bytes, `UNKNOWN` where they are no number.

    >>> as_levels(np.array([[[0.0, 2.0, float("nan"), 300.0]]]), scale=2.0).tolist()
    [[[0, 1, 255, 150]]]
    """
    known = np.isfinite(values)
    levels = np.rint(np.where(known, values, 0) / scale).clip(0, UNKNOWN - 1)
    return np.where(known, levels, UNKNOWN).astype(np.uint8)
