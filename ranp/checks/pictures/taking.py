"""Taking the pictures: a trained network answers to the first test examples, and both are cut down to bytes.

What the answers are is seen from the shapes, so that a network of one's own is pictured wherever it says a label for
each voxel: logits ``(batch, classes, ...)`` with labels ``(batch, ...)``, ``(batch, 1, ...)`` or one-hot; one channel
with labels 0 and 1; or ``(batch, classes)`` with one class for each example. For anything else nothing is kept.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import ranp.data
from ranp.checks.pictures.packing import MOST_VALUES, Bytes
from ranp.checks.pictures.pictures import UNKNOWN, Answers, Example, Examples, as_levels
from ranp.inputs import Arguments
from ranp.training import Alone, Answering, Material, Speed

log = logging.getLogger(__name__)

EXAMPLES = 3
MOST_IN_A_SLICE = 2**12
"""Voxels of one of several slices; where there is one alone it may have `MOST_VALUES`."""
OFF_PIXELS = 3.0
"""A disparity that is off by more counts as wrong, as `ranp.data.metrics` counts ``beyond_3px``."""
COLOURS = 3
"""So many channels are taken for red, green and blue, and such volumes with one class for videos."""
HEADROOM = 1.25
"""The largest disparity that a byte can tell is the largest true one by so much."""

Pictured = Callable[[Examples, Answers], None]


@dataclass(frozen=True)
class _Said:
    """Truth and answers ``(batch, slice, height, width)``, or ``(batch, 1, 1, 1)``; -1 or nan where not known."""

    form: Any
    truth: Tensor
    answer: Tensor


def take(
    model: nn.Module, material: Material, task: str, place: tuple[int, str, int], processes: Alone, speed: Speed
) -> tuple[Examples, Answers] | None:
    """What the network of this ``place`` (contestant, label, seed) makes of the first test examples.

    None where its answers are no picture, or it cannot answer, which its score has told already.
    """
    try:
        given, target = material.shown(EXAMPLES)
        model.eval()
        with torch.random.fork_rng(), torch.no_grad():
            output = Answering(model, processes.device, speed).answer(given)
        return _pictured(given, target, output, task, place)
    except (ValueError, RuntimeError, MemoryError) as error:
        log.warning("no pictures of %s: %s", place[1], error)
        return None


def pictured_target(given: Arguments, target: Tensor, task: str, classes: int) -> Examples | None:
    """The examples of a library's task with their truth alone."""
    return _examples(given, _of_target(target, classes), task)


def _pictured(
    given: Arguments, target: Any, output: Any, task: str, place: tuple[int, str, int]
) -> tuple[Examples, Answers] | None:
    said = _said(target, output, task)
    examples = None if said is None else _examples(given, said, task)
    if said is None or examples is None:
        return None
    answers = _arrays(said, said.answer[: len(examples.examples)], examples)
    errors = [_error(said, number) for number in range(len(answers))]
    return examples, Answers(*place, tuple(answers), tuple(errors))


def _said(target: Any, output: Any, task: str) -> _Said | None:
    """Truth and answers of the first tensor that the network returns: of several, that is its finest one as a rule."""
    if isinstance(output, (list, tuple)):
        output = next((each for each in output if isinstance(each, Tensor)), None)
    if not isinstance(output, Tensor) or not isinstance(target, Tensor):
        return None
    output, target = output.float().cpu(), target.cpu()
    if task and target.is_floating_point():
        return _Said("disparity", _unknown(target), output[:, None]) if output.shape == target.shape else None
    if output.ndim == 2:
        return _classes(target, output)
    return _labels(target, output) if output.ndim in (4, 5) else None


def _classes(target: Tensor, output: Tensor) -> _Said | None:
    if target.is_floating_point() or target.shape != output.shape[:1] or output.shape[1] >= UNKNOWN:
        return None
    return _Said("class", target.long().view(-1, 1, 1, 1), output.argmax(dim=1).view(-1, 1, 1, 1))


def _labels(target: Tensor, output: Tensor) -> _Said | None:
    classes, one_hot = output.shape[1], target.shape == output.shape and output.shape[1] > 1
    if one_hot:
        if not ((target == 0) | (target == 1)).all() or not (target.sum(dim=1) == 1).all():
            return None
        target = target.argmax(dim=1)
    elif target.ndim == output.ndim and target.shape[1] == 1:
        target = target[:, 0]
    if target.shape != (len(output), *output.shape[2:]) or classes >= UNKNOWN or (target != target.round()).any():
        return None
    answer = output.argmax(dim=1) if classes > 1 else (output[:, 0] > _middle(output)).long()
    truth = target.long()
    truth = torch.where((truth < 0) | (truth >= max(classes, 2)), -1, truth)
    return _Said("labels", _in_slices(truth), _in_slices(answer))


def _middle(output: Tensor) -> float:
    """From where one channel says yes: a half of probabilities, 0 of logits."""
    return 0.5 if output.min() >= 0 and output.max() <= 1 else 0.0


def _of_target(target: Tensor, classes: int) -> _Said:
    """The truth alone, as the library's tasks have it."""
    if target.is_floating_point():
        return _Said("disparity", _unknown(target), target[:, None])
    if target.ndim == 1:
        return _Said("class", target.view(-1, 1, 1, 1), target.view(-1, 1, 1, 1))
    truth = torch.where((target < 0) | (target >= classes), -1, target)
    return _Said("labels", _in_slices(truth), _in_slices(truth))


def _unknown(disparity: Tensor) -> Tensor:
    return torch.where(disparity > 0, disparity, torch.nan)[:, None]


def _in_slices(volumes: Tensor) -> Tensor:
    """``(batch, slice, height, width)``; pictures have one slice."""
    return volumes[:, None] if volumes.ndim == 3 else volumes


def _examples(given: Arguments, said: _Said, task: str) -> Examples | None:
    """The examples that the answers are about; None where there is no image of the same size."""
    inputs = given.tensors[0] if given.tensors else None
    if inputs is None or inputs.ndim not in (4, 5) or len(inputs) != len(said.truth):
        return None
    channels, flat = inputs.shape[1], inputs.ndim == 4
    grey = inputs.float().mean(dim=1) if channels == COLOURS else inputs[:, 0].float()
    images = _in_slices(grey.cpu())
    if said.form != "class" and images.shape != said.truth.shape:
        return None
    known = said.truth[:EXAMPLES]
    scale = HEADROOM * float(known.nan_to_num(0).max()) / (UNKNOWN - 1) if said.form == "disparity" else 1.0
    whole = Examples(
        task,
        said.form,
        "" if flat else "frame" if said.form == "class" and channels == COLOURS else "slice",
        (),
        ranp.data.task(task).labels if task else (),
        scale or 1.0,
        channels,
        images.shape[1],
        _every(images.shape[-3:]),
    )
    truths = _arrays(said, known, whole)
    pairs = zip(images[:EXAMPLES], truths, strict=True)
    examples = tuple(Example(_grey(_thinned(image, whole.every)), truth) for image, truth in pairs)
    return Examples(**{**vars(whole), "examples": examples})


def _arrays(said: _Said, values: Tensor, examples: Examples) -> list[Bytes]:
    """Truth or answers as bytes, thinned like the images."""
    if said.form == "class":
        return [each.numpy().astype(np.uint8) for each in values]
    thinned = [_thinned(each, examples.every) for each in values]
    if said.form == "disparity":
        return [as_levels(each, examples.scale) for each in thinned]
    return [np.where(each < 0, UNKNOWN, each).astype(np.uint8) for each in thinned]


def _error(said: _Said, number: int) -> float:
    """Of one whole example."""
    truth, answer = said.truth[number], said.answer[number]
    if said.form == "disparity":
        return float((truth - answer).abs().nanmean().nan_to_num(0))
    known = truth >= 0
    return float((answer != truth)[known].float().mean().nan_to_num(0))


def _every(size: Sequence[int]) -> int:
    """How far apart voxels lie that are kept of a slice.

    >>> _every((24, 24, 24)), _every((128, 128, 128)), _every((1, 256, 512))
    (1, 2, 2)
    """
    slices, height, width = size
    most = MOST_VALUES if slices == 1 else MOST_IN_A_SLICE
    least = ceil(sqrt(height * width / most))
    return next(step for step in count(least) if ceil(height / step) * ceil(width / step) <= most)


def _thinned(volume: Tensor, every: int) -> Any:
    """Some voxels of some slices, evenly from the first to the last, so that all have `MOST_VALUES` at most."""
    plane = volume[:, ::every, ::every]
    slices = min(len(plane), MOST_VALUES // plane[0].numel())
    chosen = np.linspace(0, len(plane) - 1, slices).round().astype(int)
    return plane[torch.from_numpy(chosen)].numpy()


def _grey(image: Any) -> Bytes:
    """From 0 to 255 between the darkest and the brightest hundredth; between the ends where these are the same."""
    low, high = np.quantile(image, (0.01, 0.99))
    if high <= low:
        low, high = image.min(), image.max()
    levels: Bytes = np.rint(255 * ((image - low) / max(high - low, 1e-12)).clip(0, 1)).astype(np.uint8)
    return levels
