"""The brain phantom: what a teacher shows must look right, repeat exactly and be learnable from."""

import math

import pytest
import torch

from ranp.data import TASKS, batches, brain, loss, stream

SHAPE = (1, 4, 24, 24, 24)


def draw(seed: int, shape: tuple[int, ...] = SHAPE, count: int = 2, batch_size: int = 2, classes: int = 4):
    return batches("brain", shape, classes, batch_size, count, seed)


def test_shapes_and_types() -> None:
    pool = draw(0)
    assert len(pool) == 2
    for image, label in pool:
        assert image.shape == (2, 4, 24, 24, 24)
        assert image.dtype == torch.float32
        assert label.shape == (2, 24, 24, 24)
        assert label.dtype == torch.int64


def test_a_seed_repeats_and_seeds_differ() -> None:
    for (image, label), (again, again_label) in zip(draw(5), draw(5), strict=True):
        assert torch.equal(image, again)
        assert torch.equal(label, again_label)
    assert not torch.equal(draw(5)[0][0], draw(6)[0][0])
    assert not torch.equal(draw(5)[0][0], draw(5)[1][0])


def test_large_seeds_do_not_collide() -> None:
    """torch keeps 32 bits of a CPU seed: naive mixing would give seed and seed + 2**32 the same patients."""
    assert not torch.equal(draw(1)[0][0], draw(1 + 2**32)[0][0])


def test_batch_size_does_not_change_the_examples() -> None:
    one_by_one = torch.cat([image for image, _ in draw(3, count=4, batch_size=1)])
    assert torch.equal(one_by_one, torch.cat([image for image, _ in draw(3, count=1, batch_size=4)]))


def test_a_seed_shows_the_same_patient_at_every_size() -> None:
    _, small = brain.example((1, 4, 16, 16, 16), 4, stream(2, 0))
    _, large = brain.example((1, 4, 48, 48, 48), 4, stream(2, 0))
    centres = large[1::3, 1::3, 1::3]
    either = (small > 0) | (centres > 0)
    assert ((small > 0) & (centres > 0)).sum() / either.sum() > 0.85


def test_every_label_occurs_in_plausible_shares() -> None:
    labels = torch.cat([label for _, label in draw(1, count=8, batch_size=4)])
    share = torch.bincount(labels.flatten(), minlength=4) / labels.numel()
    assert 0.85 < share[0] < 0.97
    assert (share[1:] > 0.003).all()
    assert (share[1:] < 0.08).all()
    assert all(len(label.unique()) == 4 for label in labels), "each patient has oedema, ring and necrosis"


def test_each_modality_is_standardised_inside_the_brain_and_zero_outside() -> None:
    image, label = brain.example((1, 4, 32, 32, 32), 4, stream(0, 0))
    inside = (image != 0).any(dim=0)
    assert 0.2 < inside.float().mean() < 0.45
    assert torch.allclose(image[:, inside].mean(dim=1), torch.zeros(4), atol=1e-4)
    assert torch.allclose(image[:, inside].std(dim=1), torch.ones(4), atol=1e-3)
    assert inside[label > 0].all(), "a tumour lies in the brain"


def test_modalities_show_what_radiologists_look_for() -> None:
    pool = draw(4, count=4, batch_size=4)
    image = torch.cat([image for image, _ in pool]).transpose(0, 1)
    label = torch.cat([label for _, label in pool])
    flair, t1, t1ce, t2 = (
        {name: modality[label == value].mean() for value, name in enumerate(brain.LABELS)} for modality in image
    )
    healthy = (label == 0) & (image[0] != 0)
    assert t1ce["enhancing tumour"] > t1ce["necrotic core"] + 1, "only the ring takes up contrast agent"
    assert t1ce["enhancing tumour"] - t1["enhancing tumour"] > 1
    assert flair["oedema"] > image[0][healthy].mean() + 0.5
    assert t2["necrotic core"] > image[3][healthy].mean()


@pytest.mark.parametrize("size", [(8, 8, 8), (12, 20, 16), (33, 17, 25)])
def test_any_size_is_honoured(size: tuple[int, int, int]) -> None:
    image, label = brain.example((1, 4, *size), 4, stream(0, 0))
    assert image.shape == (4, *size)
    assert label.shape == size
    assert image.isfinite().all()


@pytest.mark.parametrize("classes", [4, 5, 7])
def test_loss_falls_from_ignorance_to_truth(classes: int) -> None:
    _, label = draw(0, count=1)[0]
    truth = torch.nn.functional.one_hot(label, classes).movedim(-1, 1).float()
    assert loss("brain")(torch.zeros_like(truth), label) > math.log(classes)
    assert loss("brain")(20 * truth, label) < 1e-3


@pytest.mark.parametrize("labels", [(0, 1, 2, 3), (0, 2, 3, 3)])
def test_loss_of_four_classes_is_weighted_cross_entropy_plus_a_quarter_of_dice(labels: tuple[int, ...]) -> None:
    """Against the definition, written out voxel by voxel; a label that does not occur has no Dice."""
    logits = torch.randn(1, 4, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    target = torch.tensor(labels).repeat(2).view(1, 2, 2, 2)
    weights, total, weight_sum = (1.0, 6.0, 3.0, 6.0), 0.0, 0.0
    probability = logits.softmax(dim=1)
    for voxel in range(8):
        label = int(target.flatten()[voxel])
        total -= weights[label] * math.log(probability[0, label].flatten()[voxel])
        weight_sum += weights[label]
    dice = []
    for label in {1, 2, 3} & set(labels):
        truth = target[0] == label
        p = probability[0, label]
        dice.append(float((2 * p[truth].sum() + 1) / (p.sum() + truth.sum() + 1)))
    expected = total / weight_sum + 0.25 * (1 - sum(dice) / len(dice))
    assert brain.loss(logits, target).item() == pytest.approx(expected, rel=1e-5)


def test_loss_is_finite_and_differentiable_without_a_tumour() -> None:
    logits = torch.zeros(1, 4, 4, 4, 4, requires_grad=True)
    brain.loss(logits, torch.zeros(1, 4, 4, 4, dtype=torch.long)).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_shape": (1, 1, 24, 24, 24)}, "give the network 4 input channels"),
        ({"input_shape": (4, 24, 24, 24)}, "brain volumes are"),
        ({"classes": 3}, "brain volumes have 4 labels, the network has 3 classes"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"count": 0}, "count must be at least 1, got 0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"name": "brian"}, "there is no task 'brian'; choose one of tissue, "),
    ],
)
def test_misfits_are_explained(change: dict, message: str) -> None:
    arguments = {"name": "brain", "input_shape": SHAPE, "classes": 4, "batch_size": 1, "count": 1, "seed": 0}
    with pytest.raises(ValueError, match=message):
        batches(**{**arguments, **change})


def test_tasks_are_keyed_by_their_name() -> None:
    assert all(name == task.name and task.title and task.source and task.about for name, task in TASKS.items())
