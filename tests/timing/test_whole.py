"""What operations leave over of whole steps: fitted to two networks of made-up seconds, and judged by a third."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

import ranp
from ranp.graph import ChannelGraph
from ranp.timing import TimePrices, Work, read_work, table_bytes, table_from, whole
from tests.timing.test_timing import made_up

CONSTANT, PER_ELEMENT = 0.25, 3e-6


@pytest.fixture(scope="module")
def network() -> tuple[nn.Module, ChannelGraph]:
    model = nn.Sequential(nn.Conv3d(1, 12, 3), nn.BatchNorm3d(12), nn.ReLU(), nn.Conv3d(12, 8, 3), nn.Conv3d(8, 2, 1))
    return model, ranp.trace(model, (torch.empty(1, 1, 8, 8, 8),))


@pytest.fixture(scope="module")
def work(network: tuple[nn.Module, ChannelGraph]) -> Work:
    return read_work(*network, "training", 2)


def test_each_element_takes_as_much_more_as_the_table_says(network: tuple[nn.Module, ChannelGraph], work: Work) -> None:
    """In total, by module and on a curve; counted again from the operations that a shrunk network calls."""
    model, graph = network
    bare = made_up(work, constant=0.0)
    table = replace(bare, per_element={"training": PER_ELEMENT, "inference": 1.0})
    before, after = TimePrices(graph, work, bare), TimePrices(graph, work, table)
    kept = whole.part_of(graph, 0.5)
    small = ranp.shrink(model, graph, kept, verify=False)
    again = read_work(small, ranp.trace(small, (torch.empty(1, 1, 8, 8, 8),)), "training", 2)
    elements = sum(
        example.elements(example.full)
        for task in again.tasks.values()
        if not task.by_width
        for example in task.examples
    )
    assert after.elements(kept) == elements > 0
    assert after.at(kept) - before.at(kept) == pytest.approx(PER_ELEMENT * elements)
    assert sum(after.by_owner(kept).values()) == pytest.approx(after.at(kept))
    lifetimes = {name: mask.long() * 2 for name, mask in kept.items()}
    assert after.curve(lifetimes, 2).tolist() == pytest.approx([after.at(kept)] * 2)


def test_what_is_left_over_is_found_again(network: tuple[nn.Module, ChannelGraph], work: Work) -> None:
    """Steps that take what the model says but for a tenth of the middle network's, which is its error alone."""
    graph = network[1]
    true = replace(made_up(work, constant=CONSTANT), per_element={"training": PER_ELEMENT})
    prices = TimePrices(graph, work, true)
    thin, half = plans = [whole.part_of(graph, share) for share in (whole.THIN, whole.HALF)]
    measured = {"training": [prices.at(thin), prices.at(half) / 1.1, prices.at()]}
    found = whole.fitted(made_up(work, constant=9.0), graph, [work], plans, measured)
    assert found.constants["training"] == pytest.approx(CONSTANT)
    assert found.per_element["training"] == pytest.approx(PER_ELEMENT)
    assert found.errors["training"] == pytest.approx(0.1)
    assert TimePrices(graph, work, found).at() == pytest.approx(prices.at())


def test_a_step_that_takes_less_than_its_operations_leaves_nothing_over(
    network: tuple[nn.Module, ChannelGraph], work: Work
) -> None:
    graph = network[1]
    bare = TimePrices(graph, work, made_up(work, constant=0.0))
    plans = [whole.part_of(graph, share) for share in (whole.THIN, whole.HALF)]
    measured = {"training": [bare.at(plans[0]) / 2, bare.at(plans[1]) / 2, bare.at() / 2]}
    found = whole.fitted(made_up(work), graph, [work], plans, measured)
    assert (found.constants["training"], found.per_element["training"]) == (0.0, 0.0)
    assert found.errors["training"] == pytest.approx(1.0)


def test_a_table_of_the_first_version_is_priced_as_it_was(network: tuple[nn.Module, ChannelGraph], work: Work) -> None:
    graph, table = network[1], replace(made_up(work), per_element={"training": PER_ELEMENT})
    document = json.loads(table_bytes(table))
    assert document["ranp_time_table"] == 2
    assert table_from(json.dumps(document).encode(), "table.json").per_element == {"training": PER_ELEMENT}
    with pytest.raises(ValueError, match="lacks the key 'per_element'"):
        table_from(json.dumps({key: each for key, each in document.items() if key != "per_element"}).encode(), "t.json")
    first = {key: each for key, each in document.items() if key not in ("per_element", "measured")}
    old = table_from(json.dumps({**first, "ranp_time_table": 1}).encode(), "table.json")
    assert (old.per_element, old.measured) == ({}, 1.0)
    bare = replace(table, per_element={})
    assert TimePrices(graph, work, old).at() == pytest.approx(TimePrices(graph, work, bare).at(), rel=1e-3)
