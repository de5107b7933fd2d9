"""Exercises that ask for a function: ours beside slow answers, and what is said to functions that do something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import ranp
from ranp.__main__ import main
from ranp.exercises import find, grade, read_exercises
from ranp.exercises.coding import CASES, PUZZLES, tried

ASKED = {"write-mpmg": "mpmg", "write-threshold": "threshold", "write-a-tie": "any tie"}


def by_loops(weight: Tensor, bias: Tensor, weight_gradient: Tensor, bias_gradient: Tensor) -> list[float]:
    scores = []
    for neuron in range(len(weight)):
        pairs = zip(weight[neuron].flatten().tolist(), weight_gradient[neuron].flatten().tolist(), strict=True)
        scores.append(sum(abs(w * g) for w, g in pairs) + abs(float(bias[neuron] * bias_gradient[neuron])))
    return scores


def by_sorting(scores: dict[str, Tensor], sparsity: float, whole: tuple[str, ...]) -> dict[str, Any]:
    ranked = sorted((float(value) for each in scores.values() for value in each), reverse=True)
    staying = set(ranked[: int(len(ranked) * (1 - sparsity))])
    return {
        name: torch.tensor([name in whole or value in staying for value in each.tolist()])
        for name, each in scores.items()
    }


def by_votes(votes: Tensor, layers: tuple[str, ...]) -> Tensor:
    return torch.tensor([any(row) for row in votes.tolist()])


WRITTEN: dict[str, Callable[..., Any]] = {"mpmg": by_loops, "threshold": by_sorting, "any tie": by_votes}


@pytest.mark.parametrize("exercise", ASKED)
def test_a_function_that_was_written_another_way_is_right(exercise: str) -> None:
    assert find(exercise).solution == ASKED[exercise]
    assert grade(find(exercise), WRITTEN[ASKED[exercise]]).passed


def test_the_mpmg_of_the_exercise_is_the_librarys() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv3d(2, 3, 2), nn.Flatten(), nn.LazyLinear(1))
    volume, target = torch.randn(2, 2, 3, 3, 3), torch.randn(2, 1)
    model(volume)
    loss = nn.functional.mse_loss(model(volume), target)
    given = torch.autograd.grad(loss, [model[0].weight, model[0].bias])
    scores = ranp.importance(model, [(volume, target)], nn.functional.mse_loss)
    ours = PUZZLES["mpmg"].ours(model[0].weight, model[0].bias, *given)
    torch.testing.assert_close(ours.detach(), scores["0"], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", PUZZLES)
def test_every_mistake_is_told_from_ours_and_from_the_others(name: str) -> None:
    for mistake, function in PUZZLES[name].mistakes.items():
        found = tried(name, function)
        assert found.mistake == mistake
        assert found.problem is not None
        assert found.problem.endswith(f"of {CASES} random calls agree with ours.")


def test_a_function_that_nobody_has_written_is_no_answer() -> None:
    verdict = grade(find("write-a-tie"), lambda votes, layers: None)
    assert verdict.passed is None
    assert "Write the paper's rule of ties" in str(verdict)


def spoil(votes: Tensor, layers: tuple[str, ...]) -> Tensor:
    found = votes.any(dim=1)
    votes.fill_(True)
    return found


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda votes: votes, "Called as rule(votes, layers), your function raises TypeError"),
        (lambda votes, layers: votes, "is wanted, and yours is of shape"),
        (lambda votes, layers: votes.any(dim=1).float(), "compare, as in scores >= line"),
        (lambda votes, layers: "all", "your function returns str"),
        (lambda votes, layers: votes.any(dim=1) ^ True, "It is the maximum over the votes of a channel."),
        ("votes.any(1)", "A function is wanted, not 'votes.any(1)'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(function: Any, said: str) -> None:
    verdict = grade(find("write-a-tie"), function)
    assert verdict.passed is False
    assert said in str(verdict)


def test_masks_without_a_layer_are_told_which_are_wanted() -> None:
    verdict = grade(find("write-threshold"), lambda scores, sparsity, whole: {"layer0": scores["layer0"] > 0})
    assert "A dict of layer0, layer1, layer2 is wanted, and yours is one of layer0." in str(verdict)


def test_a_function_that_changes_what_it_is_given_spoils_no_other_call() -> None:
    assert grade(find("write-a-tie"), spoil).passed
    assert grade(find("write-a-tie"), by_votes).passed


def test_a_shell_grades_no_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-exercise", "write-mpmg", "sum"]) == 1
    assert "write it in the notebook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("solution: os.system, wrong: []", "expected one of mpmg, threshold, any tie"),
        ("solution: mpmg, wrong: [{answer: typo, hint: Wrong}]", "none of the mistakes signs first"),
        ("solution: mpmg, wrong: [{answer: [typo], hint: Wrong}]", "none of the mistakes signs first"),
    ],
)
def test_a_file_names_code_of_ours_alone(tmp_path: Path, entry: str, said: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"- {{name: mine, answer: code, task: Write it., {entry}}}")
    with pytest.raises(ValueError, match=said):
        read_exercises(tmp_path / "mine.yaml")
