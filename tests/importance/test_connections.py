"""Every weight's contribution: against autograd by hand, and added up against the importance of every criterion."""

import pytest
import torch

from ranp.data import batches, loss
from ranp.graph import trace
from ranp.importance import CRITERIA, REDUCTIONS, connections, importance
from ranp.models import build, example_inputs, find_preset
from tests.importance.trained import moved

PRESET = find_preset("unet3d", "classroom")


@pytest.fixture(scope="module")
def subject() -> tuple:  # type: ignore[type-arg]
    model = build("unet3d", "classroom", seed=0, base_channels=2)
    layers = list(trace(model, example_inputs("unet3d", "classroom")).layers.values())
    data = batches(PRESET.task, PRESET.input_shapes[0], PRESET.arguments["classes"], batch_size=1, count=2, seed=0)
    return model, data, loss(PRESET.task), layers


@pytest.mark.parametrize(
    ("criterion", "reduce"), [*((name, "sum") for name in CRITERIA), *(("mpmg", name) for name in REDUCTIONS)]
)
def test_contributions_add_up_to_the_importance(
    criterion: str,
    reduce: str,
    subject: tuple,  # type: ignore[type-arg]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a criterion in rounds, to that of the first."""
    monkeypatch.setitem(CRITERIA, criterion, CRITERIA[criterion].once)
    before, data, function, layers = subject
    model = moved(before)
    scores = importance(model, data, function, criterion, reduce, layers, before=before)
    found = connections(model, data, function, criterion, reduce, layers, before=before)
    assert all(agree.all() for agree in found.agree(scores).values())
    highest = max(score.max() for score in scores.values())
    other = {name: score + 0.01 * highest for name, score in scores.items()}
    assert not any(agree.all() for agree in found.agree(other).values())


def test_contributions_are_weights_times_gradients(subject: tuple) -> None:  # type: ignore[type-arg]
    model, data, function, layers = subject
    found = connections(model, data, function, layers=layers)
    model.train()
    by_hand = 0
    layer = layers[0]
    weight = dict(model.named_parameters())[layer.weight]
    for inputs, target in data:
        (gradient,) = torch.autograd.grad(function(model(inputs), target), [weight])
        by_hand = by_hand + (weight * gradient).abs().flatten(1) / len(data)
    rows = found.contributions[layer.name][:, : weight[0].numel()]
    assert torch.allclose(rows, by_hand, rtol=1e-5)  # type: ignore[arg-type]
    assert torch.equal(found.weights[layer.name][:, : weight[0].numel()], weight.detach().flatten(1))


def test_no_batch_is_refused(subject: tuple) -> None:  # type: ignore[type-arg]
    model, _, function, layers = subject
    with pytest.raises(ValueError, match="no batch"):
        connections(model, [], function, layers=layers)
