"""How good an answer is, by the measure that each data set's own papers report.

A metric is taken in two steps: a row of figures for each example, ``float64 (examples, columns)``, and a summary of all
rows. So examples may come in any batches and from any process, and a mean over shapes stays a mean over shapes.

    brain         Dice = 2 |P n T| / (|P| + |T|) of the enhancing tumour (ET), the tumour core (TC) and the whole tumour
                  (WT), a mean over patients; 1 where both are empty (BraTS: Menze et al., IEEE TMI 2015)
    voxel-parts   IoU of each part of the shape's known category, the answer being the best part of that category; 1
                  where both are empty; mean over parts, then shapes, then categories (Yi et al., SIGGRAPH Asia 2016)
    motion        share of videos whose best class is the right one (top-1)
    stereo        mean distance in pixels (end-point error, EPE) and share of pixels further off than 3, over the
                  pixels whose disparity is known; a mean over pictures (Chang and Chen, CVPR 2018)
    tissue        Dice of each label but the first, over all voxels of all patches whose label is known, as a patch is a
                  part of a scan; a mean over the labels that occur, 1 where none does
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from ranp.data.brain import ENHANCING, NECROSIS, OEDEMA
from ranp.data.shapenet import PARTS, SYNSETS
from ranp.data.tissue import IGNORED
from ranp.data.voxel_parts import EMPTY

REGIONS = {
    "dice_et": (ENHANCING,),
    "dice_tc": (ENHANCING, NECROSIS),
    "dice_wt": (ENHANCING, NECROSIS, OEDEMA),
}


@dataclass(frozen=True)
class Metric:
    """The measure of one task.

    ``rows(output, target, classes)`` gives the figures of each example, ``summary(rows)`` those of all; ``score`` is
    the key of the one that networks are compared by.
    """

    score: str
    title: str
    higher_is_better: bool
    rows: Callable[[Any, Tensor, int], Tensor]
    summary: Callable[[Tensor], dict[str, float]]


def dice_rows(output: Tensor, target: Tensor, classes: int) -> Tensor:
    """Dice of each region of `REGIONS`; ``output (batch, classes, depth, height, width)`` are logits.

    >>> target = torch.tensor([0, 3, 3, 1]).view(1, 1, 1, 4)
    >>> logits = torch.nn.functional.one_hot(torch.tensor([0, 3, 0, 1]), 4).float().T.reshape(1, 4, 1, 1, 4)
    >>> dice_rows(logits, target, classes=4)[0, :2].tolist()  # ET: 2 * 1 / (1 + 2); TC: 2 * 2 / (2 + 3)
    [0.6666666666666666, 0.8]
    """
    answer = output.argmax(dim=1).flatten(1)
    truth = target.flatten(1)
    return torch.stack([_dice(_among(answer, labels), _among(truth, labels)) for labels in REGIONS.values()], dim=1)


def part_rows(output: Tensor, target: Tensor, classes: int) -> Tensor:
    """Category and mean part IoU of each shape; nan for a shape without an occupied voxel."""
    groups = part_groups(classes)
    rows = []
    for logits, truth in zip(output.flatten(2).double(), target.flatten(1), strict=True):
        occupied = truth != EMPTY
        if not occupied.any():
            rows.append([torch.nan, torch.nan])
            continue
        parts = truth[occupied]
        category = next(index for index, group in enumerate(groups) if int(parts[0]) in group)
        group = groups[category]
        answer = logits[group.start : group.stop, occupied].argmax(dim=0) + group.start
        overlaps = [_overlap(answer == part, parts == part) for part in group]
        rows.append([float(category), sum(overlaps) / len(overlaps)])
    return torch.tensor(rows, dtype=torch.float64)


def part_groups(classes: int) -> list[range]:
    """The parts of each category: ShapeNet's from 50 classes on, below that three to a category."""
    if classes < PARTS:
        return [range(start, start + 3) for start in range(0, classes - classes % 3, 3)]
    ends = list(accumulate(parts for _, parts in SYNSETS.values()))
    return [range(end - parts, end) for end, (_, parts) in zip(ends, SYNSETS.values(), strict=True)]


def top1_rows(output: Tensor, target: Tensor, classes: int) -> Tensor:
    """1 where the largest of the logits ``output (batch, classes)`` is the right one, else 0."""
    return (output.argmax(dim=1) == target).double()[:, None]


def disparity_rows(output: Tensor, target: Tensor, classes: int) -> Tensor:
    """End-point error and share beyond 3 pixels of each picture; nan where no disparity of it is known.

    >>> disparity_rows(torch.tensor([[[1.0, 9.0, 5.0]]]), torch.tensor([[[2.0, 4.0, 0.0]]]), classes=16).tolist()
    [[3.0, 0.5]]
    """
    known = ((target > 0) & (target < classes)).flatten(1)
    apart = (output.double() - target).abs().flatten(1)
    count = known.sum(dim=1).double()  # 0 / 0 is the nan that is wanted
    return torch.stack([(apart * known).sum(dim=1) / count, ((apart > 3) & known).sum(dim=1) / count], dim=1)


def label_rows(output: Tensor, target: Tensor, classes: int) -> Tensor:
    """Of the labels 1, 2, ... of each patch: how many voxels are rightly said to have it, then |P| + |T| of each.

    >>> target = torch.tensor([0, 1, 1, IGNORED]).view(1, 1, 1, 4)
    >>> logits = torch.nn.functional.one_hot(torch.tensor([0, 1, 0, 2]), 3).float().T.reshape(1, 3, 1, 1, 4)
    >>> label_rows(logits, target, classes=3).tolist()  # the last voxel does not count
    [[1.0, 0.0, 3.0, 0.0]]
    """
    answer, truth = output.argmax(dim=1).flatten(1), target.flatten(1)
    said = [(answer == label) & (truth != IGNORED) for label in range(1, classes)]
    true = [truth == label for label in range(1, classes)]
    both = [(one & other).sum(dim=1) for one, other in zip(said, true, strict=True)]
    total = [one.sum(dim=1) + other.sum(dim=1) for one, other in zip(said, true, strict=True)]
    return torch.stack([*both, *total], dim=1).double()


def _among(labels: Tensor, wanted: tuple[int, ...]) -> Tensor:
    return torch.isin(labels, torch.tensor(wanted, device=labels.device))


def _dice(answer: Tensor, truth: Tensor) -> Tensor:
    total = answer.sum(dim=1) + truth.sum(dim=1)
    both = 2 * (answer & truth).sum(dim=1).double()
    return torch.where(total > 0, both / total.clamp_min(1), 1.0)


def _overlap(answer: Tensor, truth: Tensor) -> float:
    union = int((answer | truth).sum())
    return int((answer & truth).sum()) / union if union else 1.0


def _part_summary(rows: Tensor) -> dict[str, float]:
    seen = rows[~rows[:, 0].isnan()]
    means = [seen[seen[:, 0] == category, 1].mean().item() for category in seen[:, 0].unique()]
    return {"miou": sum(means) / max(len(means), 1), "miou_instance": seen[:, 1].mean().item()}


def _means(*names: str) -> Callable[[Tensor], dict[str, float]]:
    return lambda rows: dict(zip(names, rows.nanmean(dim=0).tolist(), strict=True))


def _dice_summary(rows: Tensor) -> dict[str, float]:
    regions = _means(*REGIONS)(rows)
    return {"dice": sum(regions.values()) / len(regions), **regions}


def _label_summary(rows: Tensor) -> dict[str, float]:
    both, total = rows.sum(dim=0).chunk(2)
    pairs = enumerate(zip(both.tolist(), total.tolist(), strict=True), start=1)
    dice = {f"dice_{label}": 2 * right / all_of_it for label, (right, all_of_it) in pairs if all_of_it}
    return {"dice": sum(dice.values()) / len(dice) if dice else 1.0, **dice}


METRICS: dict[str, Metric] = {
    "brain": Metric("dice", "Dice, mean of ET, TC and WT", True, dice_rows, _dice_summary),
    "voxel-parts": Metric("miou", "mean IoU of parts", True, part_rows, _part_summary),
    "motion": Metric("top1", "top-1 accuracy", True, top1_rows, _means("top1")),
    "stereo": Metric("epe", "end-point error in pixels", False, disparity_rows, _means("epe", "beyond_3px")),
    "tissue": Metric("dice", "Dice, mean over labels", True, label_rows, _label_summary),
}
"""Task -> its metric."""
