"""Patches of the real scan: what is learnt from and what is tested on lie apart, and thresholds do not solve it."""

import sys
from itertools import product

import numpy as np
import pytest
import torch

from ranp.data import METRICS, batches, loss, stream, tissue
from ranp.data.template import template

SHAPE = (1, 1, 24, 24, 24)


def draw(seed: int, count: int = 2, batch_size: int = 2, split: str = "train", shape: tuple[int, ...] = SHAPE):
    return batches("tissue", shape, 3, batch_size, count, seed, split)


def test_shapes_and_types() -> None:
    for image, label in draw(0):
        assert image.shape == (2, 1, 24, 24, 24)
        assert image.dtype == torch.float32
        assert label.shape == (2, 24, 24, 24)
        assert label.dtype == torch.int64


def test_a_seed_repeats_and_seeds_and_splits_differ() -> None:
    assert torch.equal(draw(5)[1][0], draw(5)[1][0])
    assert not torch.equal(draw(5)[0][0], draw(6)[0][0])
    assert not torch.equal(draw(5)[0][0], draw(5, split="test")[0][0])
    assert torch.equal(draw(3, 4, 1)[2][0][0], draw(3, 1, 4)[0][0][2])


def test_the_scan_lies_as_the_phantom_does() -> None:
    """Depth from the neck up, height from the forehead back: the cerebellum is low and behind."""
    brain = template().brain
    assert brain.shape == (189, 233, 197)
    low, high = brain[:30].sum(dim=(0, 2)), brain[130:160].sum(dim=(0, 2))
    heights = torch.arange(233.0)
    assert (low * heights).sum() / low.sum() > (high * heights).sum() / high.sum() + 10
    assert brain[:20].sum() < brain[-60:-40].sum()


def test_the_scan_is_standardised_over_the_brain_and_has_both_tissues() -> None:
    image, label, brain = template()
    assert image[brain].mean().item() == pytest.approx(0, abs=1e-3)
    assert image[brain].std().item() == pytest.approx(1, abs=1e-3)
    share = torch.bincount(label.flatten(), minlength=3) / label.numel()
    assert share.tolist() == pytest.approx([0.80, 0.12, 0.07], abs=0.01)
    assert image[label == 2].mean() > image[label == 1].mean() + 1, "white matter is bright in T1"


def test_left_and_right_were_made_equal_and_front_and_back_were_not() -> None:
    """Why hemispheres cannot be held out."""
    label = template().label
    used = label > 0
    assert (label == label.flip(-1))[used].float().mean() > 0.9
    assert (label == label.flip(-2))[used].float().mean() < 0.7


@pytest.mark.parametrize("size", [(24, 24, 24), (8, 40, 16)])
def test_no_patch_that_is_tested_on_touches_one_that_is_learnt_from(size: tuple[int, ...]) -> None:
    heights = {
        split: [tissue._place(size, split, stream(seed, 0))[1] for seed in range(300)] for split in ("train", "test")
    }
    assert max(place.stop for place in heights["train"]) + 8 <= min(place.start for place in heights["test"])
    for split, (first, last) in tissue.HEIGHTS.items():
        assert all(first <= place.start and place.stop <= last for place in heights[split])
        assert len({place.start for place in heights[split]}) > 20


def test_patches_hold_enough_brain() -> None:
    for split in ("train", "test"):
        label = draw(2, 1, 40, split)[0][1]
        assert ((label > 0).flatten(1).float().mean(dim=1) > 0.2).all()
        assert all(len(one.unique()) == 3 for one in label)


def test_two_thresholds_on_the_intensities_are_not_enough() -> None:
    image, label = draw(9999, 1, 24, "test")[0]
    found = []
    for low, high in product(np.arange(-2, 1, 0.25), np.arange(-0.5, 2, 0.25)):
        answer = (image[:, 0] > low).long() + (image[:, 0] > max(low, high)).long()
        logits = torch.nn.functional.one_hot(answer, 3).movedim(-1, 1)
        found.append(METRICS["tissue"].summary(METRICS["tissue"].rows(logits, label, 3))["dice"])
    assert 0.6 < max(found) < 0.82


def test_loss_is_cross_entropy_over_what_is_known() -> None:
    logits = torch.randn(1, 3, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([0, 1, 2, 255, 255, 1, 1, 0]).view(1, 2, 2, 2)
    known = target.flatten() != 255
    chosen = logits.log_softmax(dim=1).flatten(2)[0, :, known].gather(0, target.flatten()[known][None])
    assert loss("tissue")(logits, target).item() == pytest.approx(-chosen.mean().item())


def test_a_patch_may_be_any_box_that_fits_into_its_part() -> None:
    image, label = tissue.held_out((1, 1, 8, 30, 17), 5, stream(0, 0))
    assert image.shape == (1, 8, 30, 17)
    assert label.shape == (8, 30, 17)


def test_the_package_is_found_and_never_imported() -> None:
    template()
    assert "nilearn" not in sys.modules


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [
        ((1, 2, 24, 24, 24), 3, "give the network 1 input channel"),
        ((1, 24, 24, 24), 3, r"patches of the scan are \(batch, 1, depth, height, width\), got \(1, 24, 24, 24\)"),
        ((1, 1, 24, 24, 24), 2, "the scan has 3 labels, the network has 2 classes"),
        ((1, 1, 24, 128, 24), 3, "at most 189 x 113 x 197 voxels, not 24 x 128 x 24; take smaller ones"),
        ((1, 1, 189, 113, 197), 3, "no patch of 189 x 113 x 197 voxels with 40% of brain was found"),
    ],
)
def test_misfits_are_explained(shape: tuple[int, ...], classes: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        batches("tissue", shape, classes, 1, 1, 0)


def test_another_split_is_refused() -> None:
    with pytest.raises(ValueError, match="split must be train or test, got 'valid'"):
        draw(0, split="valid")
