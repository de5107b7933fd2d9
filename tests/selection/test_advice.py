"""Numbers that are advice work when they are taken at their word."""

import re
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ranp.graph import ChannelGraph, trace
from ranp.plan import prune
from ranp.selection import PruningConfig, allowance, at_least, at_most
from ranp.selection.counts.line import sparsity_keeping
from ranp.types import Scores


@given(st.floats(0, 1), st.integers(0, 6))
def test_rounding_stays_on_the_safe_side_and_close(limit: float, digits: int) -> None:
    step = 1 / 10**digits
    assert at_most(limit, digits) <= limit <= at_least(limit, digits)
    assert limit - at_most(limit, digits) < step * (1 + 1e-9)
    assert at_least(limit, digits) - limit < step * (1 + 1e-9)
    for found in (at_most(limit, digits), at_least(limit, digits)):
        assert float(f"{found:.{digits}f}") == found, "what is printed is the number itself"


@given(st.integers(0, 10_000))
def test_a_number_of_few_digits_is_its_own_advice(steps: int) -> None:
    assert at_most(steps / 10_000) == at_least(steps / 10_000) == steps / 10_000


@given(st.integers(1, 5000), st.data())
def test_a_sparsity_that_is_told_keeps_as_many(neurons: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(1, neurons))
    assert int(neurons * (1 - at_most(sparsity_keeping(neurons, kept)))) >= kept


@given(st.integers(1, 10**6), st.integers(1, 10**9))
def test_the_least_budget_that_is_told_allows_what_costs_as_much(cost: int, rest: int) -> None:
    full = cost + rest
    assert cost <= allowance(at_least(cost / full), full)
    assert Fraction(allowance(1.0, full)) < full + 1, "and not a unit more than there is"


@pytest.fixture(scope="module")
def graph() -> ChannelGraph:
    network = nn.Sequential(nn.Conv3d(1, 23, 3), nn.ReLU(), nn.Conv3d(23, 37, 3), nn.ReLU(), nn.Conv3d(37, 3, 1))
    return trace(network, (torch.empty(1, 1, 6, 6, 6),))


@pytest.mark.parametrize("seed", range(12))
def test_what_a_plan_that_cannot_be_built_advises_can_be_built(seed: int, graph: ChannelGraph) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores: Scores = {
        name: torch.rand(layer.neurons, generator=generator) ** 8 * 10 ** torch.randn((), generator=generator)
        for name, layer in graph.layers.items()
    }
    plan = prune(graph, scores, PruningConfig("vanilla", 0.98))
    with pytest.raises(ValueError, match="prune to at most") as told:
        plan.check_feasible()
    advised = float(re.findall(r"at most ([0-9.]+)", str(told.value))[0])
    assert prune(graph, scores, PruningConfig("vanilla", advised)).feasible
    with pytest.raises(ValueError, match="the least is") as told:
        prune(graph, scores, PruningConfig("vanilla", budget=("macs", 0.0001)))
    least = float(re.findall(r"macs=([0-9.]+) at", str(told.value))[0])
    assert prune(graph, scores, PruningConfig("vanilla", budget=("macs", least))).feasible
