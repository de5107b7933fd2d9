"""Exercises that ask for a function: it is called with random arguments, and compared with what the library does.

An exercise names one of `PUZZLES`; a file holds no code. The function is the reader's own, and runs in the notebook in
which it was written.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from ranp.graph import ChannelGraph, trace
from ranp.importance import CRITERIA, REDUCTIONS
from ranp.selection import select
from ranp.types import Masks, Scores

CASES = 12
"""Random calls that a function is compared on."""

Arguments = tuple[Any, ...]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Puzzle:
    """What a function is to do: ``draw`` makes the arguments of a call, ``ours`` what is right for them.

    ``mistakes`` are functions as they are often written, by name, so that each can be told what is wrong with it.
    """

    signature: str
    draw: Callable[[torch.Generator], Arguments]
    ours: Function
    mistakes: Mapping[str, Function]


def _draw_layer(generator: torch.Generator) -> Arguments:
    neurons, channels, side = (int(torch.randint(2, 6, (), generator=generator)) for _ in range(3))
    shape = (neurons, channels, side, side, side)
    weight, weight_gradient = (torch.randn(shape, generator=generator) for _ in range(2))
    bias, bias_gradient = (torch.randn(neurons, generator=generator) for _ in range(2))
    return weight, bias, weight_gradient, bias_gradient


def _mpmg(weight: Tensor, bias: Tensor, weight_gradient: Tensor, bias_gradient: Tensor) -> Tensor:
    per_weight = CRITERIA["mpmg"].per_weight
    of_weights, of_bias = per_weight(weight, weight_gradient), per_weight(bias, bias_gradient)
    return REDUCTIONS["sum"](torch.cat([of_weights.flatten(1), of_bias[:, None]], dim=1))


def _signed(weight: Tensor, bias: Tensor, weight_gradient: Tensor, bias_gradient: Tensor) -> Tensor:
    return ((weight * weight_gradient).flatten(1).sum(1) + bias * bias_gradient).abs()


def _draw_scores(generator: torch.Generator) -> Arguments:
    sizes = torch.randint(3, 12, (3,), generator=generator).tolist()
    scores = {f"layer{number}": torch.rand(size, generator=generator) for number, size in enumerate(sizes)}
    sparsity = round(float(torch.rand((), generator=generator)) * 0.8 + 0.1, 2)
    return scores, sparsity, ("layer2",)


def _threshold(scores: Scores, sparsity: float, whole: tuple[str, ...]) -> Masks:
    return select(scores, sparsity, whole)


def _own_line_each(scores: Scores, sparsity: float, whole: tuple[str, ...]) -> Masks:
    return {name: select({name: each}, sparsity, whole if name in whole else ())[name] for name, each in scores.items()}


def _lowest_kept(scores: Scores, sparsity: float, whole: tuple[str, ...]) -> Masks:
    return select({name: 1 - each for name, each in scores.items()}, sparsity, whole)


def _whole_left_out(scores: Scores, sparsity: float, whole: tuple[str, ...]) -> Masks:
    pool = {name: each for name, each in scores.items() if name not in whole}
    return {**select(pool, sparsity), **{name: torch.ones_like(scores[name], dtype=torch.bool) for name in whole}}


class _Sum(nn.Module):
    """So many convolutions whose outputs are added up: a channel of the sum is a neuron of each."""

    def __init__(self, layers: int, neurons: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv3d(1, neurons, 1) for _ in range(layers))
        self.head = nn.Conv3d(neurons, 1, 1)

    def forward(self, volume: Tensor) -> Tensor:
        total = self.branches[0](volume)
        for branch in list(self.branches)[1:]:
            total = total + branch(volume)
        found: Tensor = self.head(total)
        return found


@cache
def _tied(layers: int, neurons: int) -> ChannelGraph:
    with torch.device("meta"):
        return trace(_Sum(layers, neurons), (torch.empty(1, 1, 2, 2, 2),))


def _draw_votes(generator: torch.Generator) -> Arguments:
    layers, neurons = (int(torch.randint(low, 6, (), generator=generator)) for low in (2, 4))
    share = 0.2 + 0.6 * float(torch.rand((), generator=generator))
    votes = torch.rand((neurons, layers), generator=generator) < share
    return votes, tuple(f"branches.{number}" for number in range(layers))


def _any(votes: Tensor, layers: tuple[str, ...]) -> Tensor:
    wanted = dict(zip(layers, votes.T, strict=True))
    return _tied(len(layers), len(votes)).resolve(wanted)[layers[0]]


PUZZLES: dict[str, Puzzle] = {
    "mpmg": Puzzle(
        signature="score(weight, bias, weight_gradient, bias_gradient)",
        draw=_draw_layer,
        ours=_mpmg,
        mistakes={
            "signs first": _signed,
            "gradient alone": lambda _weight, _bias, weight, bias: weight.abs().flatten(1).sum(1) + bias.abs(),
            "no bias": lambda weight, _bias, gradient, _of_bias: (weight * gradient).abs().flatten(1).sum(1),
            "mean": lambda *given: _mpmg(*given) / (1 + given[0][0].numel()),
        },
    ),
    "threshold": Puzzle(
        signature="masks(scores, sparsity, whole)",
        draw=_draw_scores,
        ours=_threshold,
        mistakes={
            "a line each": _own_line_each,
            "lowest kept": _lowest_kept,
            "share kept": lambda scores, sparsity, whole: select(scores, 1 - sparsity, whole),
            "whole left out": _whole_left_out,
            "nothing whole": lambda scores, sparsity, _whole: select(scores, sparsity),
        },
    ),
    "any tie": Puzzle(
        signature="rule(votes, layers)",
        draw=_draw_votes,
        ours=_any,
        mistakes={
            "all": lambda votes, _layers: votes.all(dim=1),
            "majority": lambda votes, layers: votes.sum(dim=1) * 2 > len(layers),
            "first layer": lambda votes, _layers: votes[:, 0],
        },
    ),
}
"""What exercises may ask for, by name."""


@dataclass(frozen=True)
class Tried:
    """How a function did: what is wrong with it, in a sentence, and which known mistake it makes on every call.

    One that nobody has ``written`` yet returns None.
    """

    problem: str | None = None
    mistake: str | None = None
    written: bool = True


def tried(name: str, function: Function) -> Tried:
    """Call the function as ours is called, and compare.

    >>> tried("any tie", lambda votes, layers: votes.any(dim=1))
    Tried(problem=None, mistake=None, written=True)
    >>> tried("any tie", lambda votes, layers: votes.any()).problem
    'A tensor of shape (5,) is wanted, and yours is of shape ().'
    """
    found, calls = [], _calls(name)
    for given, expected in calls:
        try:
            answer = function(*deepcopy(given))
        except Exception as error:  # the reader's code may raise anything
            said = " ".join(str(error).split())[:200]
            return Tried(f"Called as {PUZZLES[name].signature}, your function raises {type(error).__name__}: {said}.")
        if answer is None:
            return Tried(written=False)
        problem = _misshapen(answer, expected)
        if problem is not None:
            return Tried(problem)
        found.append(answer)
    agreed = sum(_agree(answer, expected) for answer, (_, expected) in zip(found, calls, strict=True))
    if agreed == len(calls):
        return Tried()
    makes = (
        mistake
        for mistake, known in PUZZLES[name].mistakes.items()
        if all(_agree(answer, known(*deepcopy(given))) for answer, (given, _) in zip(found, calls, strict=True))
    )
    return Tried(f"{agreed} of {len(calls)} random calls agree with ours.", next(makes, None))


@cache
def _calls(name: str) -> tuple[tuple[Arguments, Any], ...]:
    """The random calls of a puzzle with what is right for them, the same each time."""
    puzzle = PUZZLES[name]
    drawn = [puzzle.draw(torch.Generator().manual_seed(seed)) for seed in range(CASES)]
    return tuple((given, puzzle.ours(*deepcopy(given))) for given in drawn)


def _misshapen(answer: Any, expected: Any) -> str | None:
    """What is wrong with the answer before one looks at its values, in a sentence."""
    if isinstance(expected, dict):
        if not isinstance(answer, dict) or answer.keys() != expected.keys():
            got = f"one of {', '.join(map(str, answer))}" if isinstance(answer, dict) else type(answer).__name__
            return f"A dict of {', '.join(expected)} is wanted, and yours is {got}."
        problems = (_misshapen(answer[key], each) for key, each in expected.items())
        return next((f"At '{key}': {said}" for key, said in zip(expected, problems, strict=True) if said), None)
    tensor = _tensor(answer)
    if tensor is None:
        return f"A tensor is wanted, and your function returns {type(answer).__name__}."
    if tensor.shape != expected.shape:
        return f"A tensor of shape {tuple(expected.shape)} is wanted, and yours is of shape {tuple(tensor.shape)}."
    if expected.dtype == torch.bool and tensor.dtype != torch.bool:
        return (
            f"True or False is wanted of each neuron, and yours are of {tensor.dtype}; compare, as in scores >= line."
        )
    return None


def _agree(answer: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return all(_agree(answer[key], each) for key, each in expected.items())
    return torch.allclose(torch.as_tensor(answer).double(), expected.double(), rtol=1e-4, atol=1e-6)


def _tensor(answer: Any) -> Tensor | None:
    try:
        return torch.as_tensor(answer)
    except (TypeError, ValueError, RuntimeError):
        return None
