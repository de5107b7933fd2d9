"""Pictures of a check hold what the networks were shown and what they said, and travel as JSON."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ranp.checks import UNKNOWN, Check, Contestant, Pictures, before, read_pictures, run_check
from ranp.checks.check import pair
from ranp.checks.pictures import OFF_PIXELS, take
from ranp.checks.pictures.packing import MOST_VALUES, pack, unpack
from ranp.data import TASKS
from ranp.inputs import Arguments
from ranp.models import Recipe
from ranp.queue import Database, enqueue, find_pictures, work
from ranp.queue.record import is_result, picture_attributes, pictures_in
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Alone, Speed

RECIPE = Recipe(steps=1, batch_size=2, learning_rate=1e-3, train_examples=2, test_examples=4, evaluations=1)
TINY: dict[str, tuple[str, str, dict[str, Any]]] = {
    "tissue": ("unet3d", "classroom-tissue", {"base_channels": 2}),
    "brain": ("unet3d", "classroom", {"base_channels": 2}),
    "voxel-parts": ("unet3d", "classroom-shapes", {"base_channels": 2}),
    "motion": ("mobilenetv2", "classroom", {"width": 0.25}),
    "stereo": ("psmnet", "classroom", {"base_channels": 4}),
}
FORMS = {"tissue": "labels", "brain": "labels", "voxel-parts": "labels", "motion": "class", "stereo": "disparity"}


class Says(nn.Module):
    """A network that always gives the same answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, *_: Tensor) -> Any:
        return self.answer


class Held:
    """Material with these examples to be tested on."""

    def __init__(self, image: Tensor, target: Tensor) -> None:
        self.pair = Arguments((image,)), target

    def shown(self, count: int) -> tuple[Arguments, Tensor]:
        return self.pair


def taken(image: Tensor, target: Tensor, answer: Any, task: str = "") -> Any:
    return take(Says(answer), Held(image, target), task, (1, "ranp-f", 0), Alone(), Speed())  # type: ignore[arg-type]


def logits(labels: Tensor, classes: int) -> Tensor:
    return nn.functional.one_hot(labels, classes).movedim(-1, 1).float()


def check_of(task: str, *contestants: Contestant, **settings: Any) -> Check:
    name, preset, arguments = TINY[task]
    subject = Subject(name, preset, arguments=arguments)
    return Check(subject, contestants or (Contestant(),), recipe=RECIPE, **settings)


def test_every_task_is_tried() -> None:
    assert set(TINY) == set(FORMS) == set(TASKS)


@pytest.mark.parametrize("task", TINY)
def test_what_is_shown_before_a_check_is_what_it_keeps(task: str) -> None:
    found: list[Any] = []
    check = check_of(task, seeds=(3,))
    run_check(check, pictured=lambda *each: found.append(each))
    expected = before(check)
    assert expected is not None
    assert expected.form == FORMS[task]
    assert [shown.as_dict() for shown, _ in found] == [expected.as_dict()]
    assert len(json.dumps([[one.as_dict(), other.as_dict()] for one, other in found])) < 2**18


def test_labels_and_errors_are_those_that_are_counted_by_hand() -> None:
    image = torch.arange(2 * 1 * 2 * 3 * 4.0).reshape(2, 1, 2, 3, 4)
    truth = torch.zeros(2, 2, 3, 4, dtype=torch.long)
    truth[0, 0, 0] = torch.tensor([1, 2, 255, -1])
    said = truth.clamp(0, 2)
    said[0, 1, 2, 3] = 2
    said[0, 0, 0, 2] = 1  # where nobody knows
    shown, answers = taken(image, truth, logits(said, 3))
    assert shown.examples[0].truth.tolist()[0][0] == [1, 2, UNKNOWN, UNKNOWN]
    assert np.array_equal(answers.answers[0], said[0].numpy())
    assert answers.errors == pytest.approx((1 / 22, 0.0))
    assert shown.examples[0].image[0, 0, 0] == 0
    assert shown.examples[0].image[1, 2, 3] == 255


def test_a_disparity_is_told_to_a_fraction_of_a_pixel() -> None:
    truth = torch.rand(2, 8, 9, generator=torch.Generator().manual_seed(0)) * 30 + 1
    truth[0, 0, 0] = 0  # not known
    answer = truth + torch.where(torch.arange(9) < 3, 4.0, 0.5)
    shown, answers = taken(torch.rand(2, 3, 8, 9), truth, answer, task="stereo")
    levels = [each.truth.astype(float) for each in shown.examples]
    assert levels[0][0, 0, 0] == UNKNOWN
    assert np.allclose(levels[1] * shown.scale, truth[1].numpy(), atol=shown.scale)
    off = np.abs(answers.answers[1] - levels[1]) * shown.scale > OFF_PIXELS
    assert off[0].sum() == 8 * 3
    assert answers.errors[1] == pytest.approx((4 * 3 + 0.5 * 6) / 9, abs=1e-4)


LABELS = torch.randint(0, 2, (2, 4, 5), generator=torch.Generator().manual_seed(1))
VOLUME = torch.randint(0, 3, (1, 3, 4, 5), generator=torch.Generator().manual_seed(2))
OWN: dict[str, tuple[tuple[int, ...], Tensor, Any]] = {
    "a picture": ((2, 3, 4, 5), LABELS, logits(LABELS, 2)),
    "labels with a channel": ((2, 1, 4, 5), LABELS[:, None], logits(LABELS, 2)),
    "labels as numbers with a fraction": ((2, 1, 4, 5), LABELS[:, None].float(), logits(LABELS, 2)),
    "one channel, logits": ((2, 1, 4, 5), LABELS[:, None].float(), 8.0 * LABELS[:, None] - 4),
    "one channel, probabilities": ((2, 1, 4, 5), LABELS[:, None], 0.8 * LABELS[:, None] + 0.1),
    "one-hot": ((1, 2, 3, 4, 5), logits(VOLUME, 3), logits(VOLUME, 3)),
    "several outputs, the finest first": ((1, 2, 3, 4, 5), VOLUME, [logits(VOLUME, 3), torch.rand(1, 3, 1, 2, 2)]),
}


@pytest.mark.parametrize("name", OWN)
def test_a_segmentation_of_ones_own_is_pictured(name: str) -> None:
    size, target, output = OWN[name]
    shown, answers = taken(torch.rand(size), target, output)
    expected = VOLUME if len(size) == 5 else LABELS
    assert shown.form == "labels"
    assert all(np.array_equal(each.squeeze(), one) for each, one in zip(answers.answers, expected.numpy(), strict=True))
    assert set(answers.errors) == {0.0}


OTHER: dict[str, tuple[tuple[int, ...], Any, Any]] = {
    "a number for each voxel": ((2, 1, 4, 5), torch.rand(2, 1, 4, 5), torch.rand(2, 1, 4, 5)),
    "several labels a voxel": ((2, 1, 4, 5), torch.ones(2, 2, 4, 5), torch.rand(2, 2, 4, 5)),
    "an answer of another size": ((2, 1, 4, 5), LABELS, torch.rand(2, 2, 2, 2)),
    "an input of another size": ((2, 1, 8, 8), LABELS, logits(LABELS, 2)),
    "a dictionary": ((2, 1, 4, 5), LABELS, {"out": logits(LABELS, 2)}),
    "no target": ((2, 1, 4, 5), None, logits(LABELS, 2)),
    "a sequence": ((2, 7), torch.tensor([0, 1]), torch.rand(2, 2)),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_is_no_segmentation_is_not_pictured(name: str) -> None:
    size, target, output = OTHER[name]
    assert taken(torch.rand(size), target, output) is None


def test_a_network_that_cannot_answer_has_no_picture_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            raise RuntimeError("no answer")

    held: Any = Held(torch.rand(2, 1, 4, 5), LABELS)
    with caplog.at_level(logging.WARNING):
        assert take(Broken(), held, "", (0, "full", 0), Alone(), Speed()) is None
    assert "no answer" in caplog.text


@pytest.mark.parametrize("size", [(128, 128, 128), (5, 300, 70), (1, 256, 512), (200, 3, 3)])
def test_large_volumes_are_thinned_and_that_is_said(size: tuple[int, int, int]) -> None:
    ends = torch.zeros(size, dtype=torch.long)
    ends[[0, -1]] = 1
    answer = torch.stack([0.5 - ends, ends - 0.5])[None]
    shown, answers = taken(ends[None, None].float(), ends[None], answer)
    [example] = shown.examples
    assert example.truth.size <= MOST_VALUES
    assert example.truth.shape == example.image.shape == answers.answers[0].shape
    assert shown.slices == size[0]
    assert example.truth[[0, -1]].all(), "the first slice and the last one are kept"
    assert size[0] < 3 or not example.truth[1:-1].any()
    assert -(-size[1] // shown.every) == example.truth.shape[1]


def test_pictures_survive_the_trip_through_json() -> None:
    shown, answers = taken(torch.rand(2, 3, 4, 5), LABELS, logits(LABELS, 2))
    document = json.loads(json.dumps(picture_attributes(shown, answers)))
    found = pictures_in(document)
    assert isinstance(found, Pictures)
    assert found.examples.as_dict() == shown.as_dict()
    assert [each.as_dict() for each in found.answers] == [answers.as_dict()]
    assert all(is_result(key) for key in document), "another worker finds them"
    assert pictures_in({}) is None


def test_arrays_from_strangers_are_refused() -> None:
    good = pack(np.zeros((2, 2, 2), np.uint8))
    bomb = pack(np.zeros((1, 1, 2**20), np.uint8))
    hostile: list[Any] = [
        None,
        {**good, "shape": [2, 2]},
        {**good, "shape": [2, 2, 3]},
        {**good, "shape": [2, 2, 1]},
        {**good, "shape": [0, 2, 2]},
        {**good, "deflated": "!"},
        {**good, "deflated": "AAAA"},
        bomb,
        {**bomb, "shape": [1, 1, 8]},
        {**good, "more": 1},
    ]
    for document in hostile:
        with pytest.raises(ValueError, match=r"array|'shape'|'more'"):
            unpack(document)
    shown, answers = taken(torch.rand(2, 3, 4, 5), LABELS, logits(LABELS, 2))
    with pytest.raises(ValueError, match="of other pictures"):
        read_pictures(shown.as_dict(), [{**answers.as_dict(), "answers": [good]}])
    with pytest.raises(ValueError, match="'form'"):
        read_pictures({**shown.as_dict(), "form": "class\n"}, [])


def test_a_worker_keeps_the_pictures_of_a_check(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "studies.db"))
    subject = check_of("tissue").subject
    check = pair(subject, PruningConfig("random", sparsity=0.2), recipe=RECIPE, seeds=(0, 1))
    id = enqueue(database, check)
    assert find_pictures(database, id) is None
    assert work(database, idle_seconds=0) == 1
    found = find_pictures(database, id)
    assert found is not None
    assert [(answers.label, answers.seed) for answers in found.answers] == [("full", 0), ("random", 0)]
    assert found.examples.names == TASKS["tissue"].labels
