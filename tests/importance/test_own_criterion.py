"""A criterion of one's own: it scores as the library's where it says the same, and is refused in a sentence."""

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor

from ranp.importance import CRITERIA, connections, criterion_name, importance
from ranp.plan import load_plan, prune
from ranp.selection import PruningConfig
from tests.cases import CASES


def sensitivity(weight: Tensor, gradient: Tensor) -> Tensor:
    return (weight * gradient).abs()


def signed(weight: Tensor, gradient: Tensor) -> Tensor:
    return weight * gradient


def broken(weight: Tensor, gradient: Tensor) -> Tensor:
    raise KeyError("no such\nweight")


class Scaled:
    """An object that is called."""

    def __call__(self, weight: Tensor, gradient: Tensor) -> Tensor:
        return 2 * (weight * gradient).abs()


def score(criterion: Any, reduce: str = "sum") -> Any:
    case = CASES["upsampler"]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importance(case.model, case.batches, case.loss, criterion, reduce)


@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_a_function_that_says_the_same_scores_the_same(reduce: str) -> None:
    ours, own, twice = (score(criterion, reduce) for criterion in ("mpmg", sensitivity, Scaled()))
    assert all(torch.equal(ours[name], own[name]) for name in ours)
    assert all(torch.allclose(2 * ours[name], twice[name]) for name in ours)


def test_every_weight_comes_with_its_gradient_and_nothing_is_left_in_the_table() -> None:
    case, seen = CASES["upsampler"](), []

    def look(weight: Tensor, gradient: Tensor) -> Tensor:
        seen.append((weight.shape, gradient.shape))
        return weight.abs()

    before = dict(CRITERIA)
    importance(case.model, case.batches[:1], case.loss, look)
    assert all(weight == gradient for weight, gradient in seen)
    assert len(seen) == len(list(case.model.parameters()))
    assert before == CRITERIA


def test_connections_take_it_too() -> None:
    case = CASES["upsampler"]()
    ours, own = (connections(case.model, case.batches, case.loss, criterion) for criterion in ("mpmg", sensitivity))
    assert all(torch.equal(ours.scores[name], own.scores[name]) for name in ours.scores)


def test_the_plan_records_its_name_and_nothing_else(tmp_path: Any) -> None:
    from ranp.graph import trace

    case = CASES["unet3d"]()
    graph = trace(case.model, case.batches[0][0])
    scores = importance(case.model, case.batches, case.loss, sensitivity, layers=list(graph.layers.values()))
    prune(graph, scores, PruningConfig(sparsity=0.3)).save(tmp_path / "plan")
    config = load_plan(tmp_path / "plan").config
    assert config.criterion == criterion_name(sensitivity) == f"{__name__}:sensitivity"
    with pytest.raises(ValueError, match=r"sensitivity' is code of somebody's own, .* pass the function itself"):
        score(config.criterion)


@pytest.mark.parametrize(
    ("criterion", "complaint"),
    [
        (signed, r"the criterion '.*:signed' returned -.*; importance is at least 0"),
        (broken, r"the criterion '.*:broken' failed with KeyError: 'no such\\nweight'$"),
        (lambda weight, _: weight.abs().sum(), r"must return a float for each weight, .* not \[\] of float32"),
        (lambda weight, _: weight > 0, r"must return a float for each weight, .* of bool"),
        (lambda weight, _: 1.0, r"must return a float for each weight, .*, not float"),
        (lambda weight, _: weight.abs() / 0 * 0, "returned a number that is not finite"),
        (lambda weight: weight, "failed with TypeError"),
        (7, r"criterion must be a name or a function of \(weight, gradient\), not 7"),
        ("mpgm", "criterion must be one of mpmg"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(criterion: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        score(criterion)
    assert "\n" not in str(caught.value)


def test_what_it_may_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """A criterion that writes into the weight that it is shown."""
    case = CASES["upsampler"]()
    before = {name: value.clone() for name, value in case.model.state_dict().items()}

    def writes(weight: Tensor, gradient: Tensor) -> Tensor:
        found = (weight * gradient).abs()
        weight.zero_()
        return found

    importance(case.model, case.batches[:1], case.loss, writes)
    assert all(torch.equal(before[name], value) for name, value in case.model.state_dict().items())
