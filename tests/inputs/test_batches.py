"""What data loaders yield, read as the network takes it, or told in a sentence."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ranp
from ranp.importance.signals import to_device
from ranp.inputs import Arguments, InputSpec, arguments_and_target
from ranp.inputs.batches import arguments

IMAGE, OTHER, LABEL = torch.ones(2, 1, 4, 4), 2 * torch.ones(2, 1, 4, 4), torch.zeros(2, 2, 4, 4)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.entry, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 2, 1)

    def run(self, image: Tensor) -> Tensor:
        return self.head(F.relu(self.entry(image)))


class Positional(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.run(x)


class Two(Net):
    def forward(self, x: Tensor, scale: float, other: Tensor) -> Tensor:
        return self.run(x * scale + other)


class Named(Net):
    def forward(self, image: Tensor, other: Tensor | None = None) -> Tensor:
        return self.run(image if other is None else image + other)


class Entries(Net):
    def forward(self, entries: dict[str, Tensor]) -> Tensor:
        return self.run(entries["image"] + entries["other"])


class Listed(Net):
    def forward(self, images: list[Tensor]) -> Tensor:
        return self.run(images[0] + images[1])


@dataclass(frozen=True)
class Read:
    """How a network was traced, a batch, and what the network must then be called with."""

    kind: type[Net]
    traced: InputSpec
    batch: Any
    expected: Arguments


def _read(kind: type[Net], traced: Arguments, batch: Any, expected: Arguments | None = None) -> Read:
    return Read(kind, InputSpec.of(traced), batch, expected or traced)


BOTH = {"image": IMAGE, "other": OTHER}
ONE, TWO = Arguments((IMAGE,)), Arguments((IMAGE, 3.0, OTHER))
KEYWORDS, ENTRIES, LIST = Arguments((), BOTH), Arguments((BOTH,)), Arguments(([IMAGE, OTHER],))
TRUTH = {"other": OTHER, "truth": LABEL, "image": IMAGE}
READ = {
    "a tensor": _read(Positional, ONE, (IMAGE, LABEL)),
    "a list of a tensor": _read(Positional, ONE, [[IMAGE], LABEL]),
    "tensors alone, with a number between": _read(Two, TWO, ((IMAGE, OTHER), LABEL)),
    "all arguments": _read(Two, TWO, ((IMAGE, 2.0, OTHER), LABEL), Arguments((IMAGE, 2.0, OTHER))),
    "keywords": _read(Named, KEYWORDS, (BOTH, LABEL)),
    "keywords, None left out": _read(Named, Arguments((), {"image": IMAGE, "other": None}), ({"image": IMAGE}, LABEL)),
    "both": _read(Named, Arguments((IMAGE,), {"other": OTHER}), (((IMAGE,), {"other": OTHER}), LABEL)),
    "one dict": _read(Entries, ENTRIES, ({**BOTH, "path": "a"}, LABEL)),
    "one list": _read(Listed, LIST, ([IMAGE, OTHER], LABEL)),
    "one list, collated to a tuple": _read(Listed, LIST, ((IMAGE, OTHER), LABEL)),
    "a dict of MONAI's": _read(Positional, ONE, {"image": IMAGE, "label": LABEL, "image_meta_dict": {"affine": LABEL}}),
    "a dict by keyword": _read(Named, KEYWORDS, TRUTH),
    "a dict by entry": _read(Entries, ENTRIES, TRUTH),
    "a dict, ordered": _read(Positional, ONE, OrderedDict(x=IMAGE, y=LABEL)),
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_a_batch_is_read_as_the_network_was_traced(read: Read) -> None:
    torch.manual_seed(0)
    model = read.kind()
    assert ranp.trace(model, read.traced).inputs == read.traced
    given, target = arguments_and_target(read.batch, 1, model, read.traced)
    assert torch.equal(given.call(model), read.expected.call(model))
    assert target is LABEL
    parameters = (model.head.weight, model.head.bias)
    loss = F.mse_loss(read.expected.call(model), LABEL)
    weight, bias = (
        (value * gradient).detach().abs()
        for value, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True)
    )
    found = ranp.importance(model, [read.batch], F.mse_loss, inputs=read.traced)
    torch.testing.assert_close(found["head"], weight.sum((1, 2, 3)) + bias)


@pytest.mark.parametrize("criterion", ["synflow-once", "grasp", "mnmg"])
@pytest.mark.parametrize("name", ["keywords", "one dict", "tensors alone, with a number between", "a dict of MONAI's"])
def test_every_kind_of_criterion_reads_it(criterion: str, name: str) -> None:
    torch.manual_seed(0)
    read = READ[name]
    found = ranp.importance(read.kind(), [read.batch], F.mse_loss, criterion, inputs=read.traced)
    assert all(score.any() for score in found.values())


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        (Named, {"image": IMAGE, "other": OTHER}, Arguments((), {"image": IMAGE, "other": OTHER})),
        (Entries, {"image": IMAGE, "other": OTHER}, Arguments(({"image": IMAGE, "other": OTHER},))),
        (Two, (IMAGE, 2.0, OTHER), Arguments((IMAGE, 2.0, OTHER))),
        (Positional, IMAGE, Arguments((IMAGE,))),
    ],
)
def test_without_a_trace_the_names_of_the_parameters_decide(kind: type[Net], inputs: Any, expected: Arguments) -> None:
    found = arguments(inputs, kind(), None)
    assert (found.args, dict(found.kwargs)) == (expected.args, dict(expected.kwargs))


UNREAD = {
    "three entries": ((IMAGE, OTHER, LABEL), r"batch 1 is 3 entries, expected a pair of \(inputs, target\)"),
    "a tensor, which would come apart": (IMAGE, "batch 1 is a Tensor, expected a pair"),
    "a dict of three tensors": (
        {"image": IMAGE, "label": LABEL, "weight": OTHER},
        r"entries 'image', 'label', 'weight', and which .* \(\(batch\['image'\], batch\['label'\]\) for batch in",
    ),
    "a dict of other names": (
        {"ct": IMAGE, "truth": LABEL},
        r"'ct', 'truth', .* pass pairs, for instance \(\(batch\['ct'\], batch\['truth'\]\) for batch",
    ),
    "a dict of no tensor": ({"path": "a.nii"}, r"entries 'path', .* \(\(batch\['inputs'\], batch\['target'\]\)"),
}


@pytest.mark.parametrize(("batch", "told"), UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("criterion", ["mpmg", "synflow-once", "grasp"])
def test_a_batch_that_cannot_be_read_is_told_in_a_sentence(batch: Any, told: str, criterion: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        ranp.importance(Positional(), [batch], F.mse_loss, criterion)
    assert "\n" not in str(caught.value)


class Target(NamedTuple):
    classes: Tensor
    boxes: Tensor


def test_a_named_tuple_survives_the_way_to_the_device() -> None:
    moved = to_device(Target(LABEL, OTHER), torch.device("cpu"))
    assert isinstance(moved, Target)
    assert torch.equal(moved.boxes, OTHER)
