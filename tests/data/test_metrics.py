"""Metrics beside MONAI's and torchmetrics' where these have the same, and beside plain loops where they do not."""

import pytest
import torch
from torch import Tensor

from ranp.data import METRICS
from ranp.data.metrics import part_groups
from ranp.data.shapenet import PARTS
from ranp.data.tissue import IGNORED
from ranp.data.voxel_parts import EMPTY


def random(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_dice_is_monais_with_empty_regions_counted() -> None:
    from monai.metrics import DiceMetric

    logits = random((3, 4, 5, 5, 5))
    target = torch.randint(4, (3, 5, 5, 5), generator=torch.Generator().manual_seed(1))
    target[1] = 0  # no tumour at all
    logits[1, 0] += 100  # and none found
    target[2][target[2] == 3] = 2  # no enhancing tumour, but some is found
    regions = ((3,), (1, 3), (1, 2, 3))
    answer, truth = (
        torch.stack([torch.isin(labels, torch.tensor(region)) for region in regions], dim=1)
        for labels in (logits.argmax(dim=1), target)
    )
    monai = DiceMetric(reduction="none", ignore_empty=False)(answer.float(), truth.float())
    rows = METRICS["brain"].rows(logits, target, 4)
    assert torch.allclose(rows, monai.double())
    assert rows[1].tolist() == [1, 1, 1]
    assert rows[2, 0] == 0
    summary = METRICS["brain"].summary(rows)
    assert summary["dice"] == pytest.approx(monai.mean().item())
    assert summary["dice_tc"] == pytest.approx(monai[:, 1].mean().item())


def test_a_fifth_class_is_no_tumour() -> None:
    logits = torch.zeros(1, 5, 1, 1, 2)
    logits[:, 4] = 1
    assert METRICS["brain"].rows(logits, torch.tensor([[[[0, 1]]]]), 5).tolist() == [[1, 0, 0]]


def shape_by_hand(logits: Tensor, target: Tensor, group: list[int]) -> float:
    """Yi et al.: over the parts of the category, intersection over union on the occupied voxels; 1 for two empties."""
    ious = []
    for part in group:
        inter = union = 0
        for index in torch.nonzero(target != EMPTY).tolist():
            values = [logits[other][tuple(index)].item() for other in group]
            says = group[values.index(max(values))] == part
            isit = target[tuple(index)].item() == part
            inter += says and isit
            union += says or isit
        ious.append(inter / union if union else 1.0)
    return sum(ious) / len(ious)


@pytest.mark.parametrize(("classes", "group"), [(12, [3, 4, 5]), (50, [12, 13, 14, 15]), (50, [47, 48, 49])])
def test_part_iou_is_taken_within_the_category(classes: int, group: list[int]) -> None:
    logits = random((1, classes, 3, 3, 3))
    target = torch.randint(3, (1, 3, 3, 3), generator=torch.Generator().manual_seed(1)) + group[0]
    target[0, 0] = EMPTY
    row = METRICS["voxel-parts"].rows(logits, target, classes)[0]
    assert list(part_groups(classes)[int(row[0])]) == group
    assert row[1].item() == pytest.approx(shape_by_hand(logits[0], target[0], group))


def test_part_iou_is_a_mean_over_shapes_and_then_over_categories() -> None:
    rows = torch.tensor([[0, 1.0], [0, 0.5], [0, 0.0], [2, 0.1], [torch.nan, torch.nan]], dtype=torch.float64)
    summary = METRICS["voxel-parts"].summary(rows)
    assert summary == {"miou": pytest.approx((0.5 + 0.1) / 2), "miou_instance": pytest.approx(1.6 / 4)}


def test_shapenet_has_all_its_parts_in_groups() -> None:
    assert [part for group in part_groups(PARTS) for part in group] == list(range(50))
    assert len(part_groups(50)) == 16


def test_top1_is_torchmetrics() -> None:
    from torchmetrics.functional.classification import multiclass_accuracy

    logits, target = random((40, 8)), torch.randint(8, (40,), generator=torch.Generator().manual_seed(1))
    rows = METRICS["motion"].rows(logits, target, 8)
    expected = multiclass_accuracy(logits, target, num_classes=8, average="micro")
    assert METRICS["motion"].summary(rows)["top1"] == pytest.approx(expected.item())


def test_disparities_that_are_not_known_do_not_count() -> None:
    target = torch.tensor([[[0.0, 40.0, 5.0, 6.0]], [[0.0, 0.0, 0.0, 0.0]]])
    output = torch.tensor([[[9.0, 9.0, 5.5, 9.5]], [[1.0, 1.0, 1.0, 1.0]]])
    rows = METRICS["stereo"].rows(output, target, 32)
    assert rows[0].tolist() == [2.0, 0.5]
    assert rows[1].isnan().all()
    assert METRICS["stereo"].summary(rows) == {"epe": 2.0, "beyond_3px": 0.5}


def test_dice_of_labels_is_monais_over_all_patches_as_one() -> None:
    from monai.metrics import DiceMetric

    logits = random((3, 4, 5, 5, 5))
    target = torch.randint(4, (3, 5, 5, 5), generator=torch.Generator().manual_seed(1))
    target[0][target[0] == 2] = 0
    rows = METRICS["tissue"].rows(logits, target, 4)
    answer, truth = (
        torch.nn.functional.one_hot(labels.flatten(), 4).T[None].float() for labels in (logits.argmax(dim=1), target)
    )
    monai = DiceMetric(reduction="none", include_background=False)(answer, truth)[0]
    summary = METRICS["tissue"].summary(rows)
    assert [summary[f"dice_{label}"] for label in (1, 2, 3)] == pytest.approx(monai.tolist())
    assert summary["dice"] == pytest.approx(monai.mean().item())


def test_a_label_that_is_found_and_not_there_is_an_error_and_one_that_is_neither_is_none() -> None:
    logits = torch.zeros(1, 3, 1, 1, 2)
    logits[:, 2] = 1
    rows = METRICS["tissue"].rows(logits, torch.zeros(1, 1, 1, 2, dtype=torch.long), 3)
    assert METRICS["tissue"].summary(rows) == {"dice": 0, "dice_2": 0}
    assert METRICS["tissue"].summary(torch.zeros(2, 6)) == {"dice": 1}


def test_voxels_that_nobody_labelled_count_nowhere() -> None:
    logits = torch.zeros(1, 2, 1, 1, 3)
    logits[:, 1] = 1
    target = torch.tensor([[[[1, IGNORED, IGNORED]]]])
    assert METRICS["tissue"].summary(METRICS["tissue"].rows(logits, target, 2))["dice"] == 1


@pytest.mark.parametrize("task", METRICS)
def test_a_summary_does_not_hang_on_how_examples_are_batched(task: str) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = {"brain": (6, 4, 4, 4, 4), "voxel-parts": (6, 12, 3, 3, 3), "motion": (6, 8), "stereo": (6, 3, 4)}
    shapes["tissue"] = shapes["brain"]
    output = torch.randn(shapes[task], generator=generator)
    targets = {
        "brain": torch.randint(4, (6, 4, 4, 4), generator=generator),
        "voxel-parts": torch.randint(3, (6, 3, 3, 3), generator=generator),
        "motion": torch.randint(8, (6,), generator=generator),
        "stereo": 10 * torch.rand(6, 3, 4, generator=generator),
        "tissue": torch.randint(3, (6, 4, 4, 4), generator=generator),
    }
    metric, classes = METRICS[task], {"stereo": 32, "tissue": 4}.get(task, 12)
    whole = metric.rows(output, targets[task], classes)
    parts = [metric.rows(output[k : k + 4], targets[task][k : k + 4], classes) for k in (0, 4)]
    assert torch.equal(torch.cat(parts), whole)
    assert metric.score in metric.summary(whole)
