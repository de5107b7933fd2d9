"""How much a budget leaves: what is accepted, in which spelling it is kept, and advice that holds."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranp.selection import BUDGETS, SETTINGS, STEP_BUDGETS, PruningConfig, allowed, limit_text, limits_of
from ranp.selection.amounts import least_text

UNITS = STEP_BUDGETS["peak"].units


@pytest.mark.parametrize(
    ("given", "kept", "size"),
    [
        ("8GiB", "8GiB", 8 * 2**30),
        ("6 GB", "6GB", 6e9),
        (" 500 mib ", "500MiB", 500 * 2**20),
        ("1.50e3KB", "1500kB", 1.5e6),
        ("17B", "17B", 17),
        (0.5, 0.5, 500),
        (1, 1.0, 1000),
    ],
)
def test_an_amount_is_kept_in_one_spelling(given: Any, kept: Any, size: float) -> None:
    config = PruningConfig(budget=("peak", given))
    assert config.budgets == (("peak", kept),)
    assert allowed(config.budgets[0], 1000) == pytest.approx(size, rel=1e-12)
    assert PruningConfig(budget=("peak", kept)) == config


@pytest.mark.parametrize(
    "amount",
    [
        *("8XB", "8", "GiB", "", "0GiB", "-1GiB", "nanGiB", "infGiB", "1e400GiB", "8GiB of it", "8GiB\n9"),
        *(0, -0.5, 1.5, 8, math.nan, math.inf, True, None, ["8GiB"], 2**70),
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(amount: Any) -> None:
    with pytest.raises(
        ValueError, match=r"the peak budget must be above 0 and at most 1 .* such as '8GiB', not"
    ) as told:
        PruningConfig(budget=("peak", amount))
    assert "\n" not in str(told.value)


def test_counts_have_shares_alone() -> None:
    for kind in BUDGETS:
        with pytest.raises(
            ValueError, match=rf"the {kind} budget must be above 0 .*\(of the full network\), not '8GiB'"
        ):
            PruningConfig(budget=(kind, "8GiB"))


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ((), "must be a pair such as"),
        (("macs",), "must be a pair such as"),
        ((("macs", 0.1), 3), "must be a pair such as"),
        ({"macs": 0.1}, "must be a pair such as"),
        ((("macs", 0.1), ("macs", 0.2)), "two budgets of macs; give the smaller one"),
        ((("macs", 0.1), ("flops", 0.2)), "budget must be one of macs, .*, peak, time, inference, not 'flops'"),
        ((("macs", 0.1), (["macs"], 0.2)), "must be a pair such as"),
    ],
)
def test_what_is_no_budget_is_refused(budget: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PruningConfig(budget=budget)


def test_one_budget_is_a_pair_and_several_are_pairs_of_any_kind_of_sequence() -> None:
    one, several = PruningConfig(budget=[["macs", 0.3]]), PruningConfig(budget=[["macs", 0.3], ["peak", "6 GiB"]])  # type: ignore[arg-type]
    assert one == PruningConfig(budget=("macs", 0.3))
    assert one.budget == ("macs", 0.3)
    assert several.budget == several.budgets == (("macs", 0.3), ("peak", "6GiB"))
    assert PruningConfig(sparsity=0.5).budgets == ()
    with pytest.raises(ValueError, match="a sparsity or a budget, not both"):
        PruningConfig(sparsity=0.5, budget=several.budget)


def test_the_page_offers_what_the_graph_prices() -> None:
    assert not BUDGETS.keys() & STEP_BUDGETS.keys()
    SETTINGS["target"].form.check("target", "macs")


@given(st.integers(1, 2**45), st.sampled_from(sorted(UNITS)), st.floats(1e-3, 1e3))
def test_the_least_that_is_told_allows_it_and_little_more(least: int, unit: str, asked: float) -> None:
    kind, _, amount = least_text(("peak", f"{asked}{unit}"), least, 2.0**50).partition("=")
    [limit] = limits_of((kind, amount))
    assert least <= allowed(limit, 2.0**50) <= least * 1.02 + 1
    assert limit_text(*limit) == f"peak={amount}"


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_the_least_share_allows_it(least: int, rest: int) -> None:
    kind, _, share = least_text(("peak", 0.5), least, least + rest).partition("=")
    assert least <= allowed((kind, float(share)), least + rest)
