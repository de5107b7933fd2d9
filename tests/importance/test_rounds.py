"""Scoring in rounds: by hand on a chain, nested at every sparsity, and no layer emptied where one pass empties one."""

import copy

import torch
from torch import Tensor, nn

from ranp.graph import find_layers, trace
from ranp.graph.neuron_layers import ModuleLayer
from ranp.importance import CRITERIA, connections, importance
from ranp.importance.rounds import in_rounds
from ranp.models import build, initialise
from ranp.plan import prune
from ranp.selection import PruningConfig
from ranp.types import Scores


def chain() -> nn.Module:
    """1 -> 3 -> 2 -> 1, whose flows are products of a few whole numbers."""
    model = nn.Sequential(*(nn.Linear(*size, bias=False) for size in ((1, 3), (3, 2), (2, 1))))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[4.0], [2.0], [1.0]]))
        model[1].weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [1.0, 4.0, -2.0]]))
        model[2].weight.copy_(torch.tensor([[1.0, 1.0]]))
    return model


BATCH = (torch.ones(1, 1), None)


def no_loss(*_: object) -> Tensor:
    raise AssertionError("the loss is not asked")


def test_neurons_go_one_by_one_and_what_is_left_is_asked_again() -> None:
    """By hand: the flows are 8, 12, 5 and 11, 14, so the third neuron of the first layer goes; then 8, 12 and 8, 12,
    where of equal ones the later layer's goes first; and then 4, 8."""
    model, layers = chain(), find_layers(chain())

    def score(_: int) -> Scores:
        return importance(model, [BATCH], no_loss, "synflow-once")

    found = in_rounds(layers, dict(model.named_parameters()), 3, score)
    order = sorted((float(value), name, place) for name, values in found.items() for place, value in enumerate(values))
    assert [(name, place) for _, name, place in order][:3] == [("0", 2), ("1", 0), ("0", 0)]
    assert all(0 < value < 1 for value, _, _ in order)
    assert not model[0].weight[2].any()


def test_rounds_empty_no_layer_where_one_pass_does_and_the_model_comes_back_as_it_was() -> None:
    model = build("unet3d", "classroom", seed=0, base_channels=4)
    before = copy.deepcopy(model.state_dict())
    graph = trace(model, torch.empty(1, 4, 8, 8, 8))
    batch, layers = (torch.ones(graph.input_shapes[0]), None), list(graph.layers.values())
    scores = [importance(model, [batch], no_loss, name, layers=layers) for name in ("synflow-once", "synflow")]
    for sparsity in (0.5, 0.8, 0.9):
        config = PruningConfig("vanilla", sparsity)
        assert [prune(graph, each, config).feasible for each in scores] == [False, True]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_float32_flows_as_float64_and_beyond_its_range_float64_does() -> None:
    def deep(layers: int) -> nn.Module:
        return initialise(nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(layers))), seed=0)

    kinds = []
    for layers in (3, 60):  # R is about 1e44 in the latter
        model, batch = deep(layers), (torch.ones(1, 64), None)
        exact, quick = (
            connections(model, [batch], no_loss, name, layers=find_layers(model))
            for name in ("synflow-once", "synflow")
        )
        for name, rows in exact.contributions.items():
            torch.testing.assert_close(quick.contributions[name].double(), rows.double(), rtol=1e-4, atol=0)
        kinds.append(quick.contributions["0"].dtype)
    assert kinds == [torch.float32, torch.float64]


def test_progress_counts_rounds_and_batches_may_come_from_an_iterator() -> None:
    told: list[tuple[int, int | None]] = []
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    batches = iter([(torch.ones(3, 2), torch.zeros(3, 2)), (torch.ones(1, 2), torch.zeros(1, 2))])
    importance(model, batches, nn.functional.mse_loss, "mpmg-rounds", progress=lambda *at: told.append(at))
    rounds = CRITERIA["mpmg-rounds"].rounds
    assert told == [(number, rounds) for number in range(1, rounds + 1)]


def test_where_no_way_is_left_the_scores_before_decide() -> None:
    scores = iter([{"a": torch.tensor([1.0, 2.0, 3.0])}, {"a": torch.zeros(3)}])
    layer = ModuleLayer("a", "a", None, 0, 1)
    found = in_rounds([layer], {"a": torch.ones(3, 1)}, 4, lambda _: next(scores))
    assert found["a"].tolist() == sorted(found["a"].tolist())
    assert len(set(found["a"].tolist())) == 3
