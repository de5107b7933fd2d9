"""Predicted beside measured step times, and what plans of equal measured time keep, by each method.

On one thread, a training step as `ranp.resources.time_steps` takes it. All that is compared takes turns in one process.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ranp.models import PAPER_NETWORKS
from ranp.types import Masks

from ..row import Row
from .timed_plans import BATCH, PRESET, STEPS, Timed, is_known

NETWORKS = (*PAPER_NETWORKS, "nnunet-plain")
PREDICTED = ("ranp-f", "ranp-m", "layerwise", "random")
SPARSITIES = (0.25, 0.5, 0.75)
CONTESTANTS: dict[str, dict[str, Any]] = {
    "ranp-f": {"method": "ranp-f"},
    "ranp-m": {"method": "ranp-m"},
    "ranp-t": {"method": "ranp-t"},
    "ranp-t, snapped up": {"method": "ranp-t", "snap": "add"},
    "ranp-t, snapped down": {"method": "ranp-t", "snap": "drop"},
}
SNAPPED, BASELINE = ("ranp-t, snapped up", "ranp-t, snapped down"), "ranp-f"
HALF, MACS, ROUNDS = 0.5, 0.25, 3
FASTER, NETWORKS_FASTER = 1.3, 2
SECONDS = 20.0
"""That the timing of one set of plans may take."""

HOW = f"a training step at batch {BATCH}, one thread, median of {STEPS}"


def measure() -> list[Row]:
    with _one_thread(), tempfile.TemporaryDirectory() as folder:
        rows, gains = [], list[float]()
        for name in NETWORKS:
            print(f"  {name} ...", file=sys.stderr, flush=True)
            timed = Timed.prepared(name, Path(folder))
            rows += predictions(timed)
            halves = at_half(timed)
            if BASELINE in halves:
                rows += _half_rows(timed, halves)
            rows += at_equal_macs(timed)
            if BASELINE in halves and all(is_known(CONTESTANTS[title]) for title in SNAPPED):
                rows.append(at_equal_importance(timed, halves[BASELINE]))
                gains.append(rows[-1].figure)
    if gains:
        rows.append(_gain(gains))
    return rows


def predictions(timed: Timed) -> list[Row]:
    """How far predictions lie from what is measured."""
    plans = {
        f"{method} {sparsity}": timed.plan({"method": method}, sparsity=sparsity)
        for method in PREDICTED
        for sparsity in SPARSITIES
    }
    measured = timed.measured(list(plans.values()), SECONDS)
    points = tuple(
        (title, timed.prices.at(kept), seconds)
        for (title, kept), seconds in zip({"full": None, **plans}.items(), measured, strict=True)
    )
    errors = [abs(predicted / seconds - 1) for _, predicted, seconds in points[1:]]
    table = timed.prices.table
    how = (
        f"{len(errors)} plans of {', '.join(PREDICTED)} at sparsities {', '.join(map(str, SPARSITIES))}; {HOW}; the "
        f"table has edges in steps of {table.step} and {table.measured:.0%} of a step timed, its repeats spread by "
        f"{table.spread:.0%}"
    )
    title = f"{timed.name} {PRESET}"
    return [
        Row(
            f"error of predicted step times, median: {title}", float(np.median(errors)), "share", 0.07, how,
            points=points,
        ),
        Row(f"... 95th percentile: {title}", float(np.percentile(errors, 95)), "share", 0.15, "the same plans"),
    ]  # fmt: skip


def at_half(timed: Timed) -> dict[str, tuple[Masks, float, float]]:
    """By contestant the plan whose *measured* time is nearest to half of the full step's, its share and its seconds.

    What a prediction was off is taken from the next budget.
    """
    aims = {title: HALF for title, settings in CONTESTANTS.items() if is_known(settings)}
    found: dict[str, tuple[Masks, float, float]] = {}
    for _ in range(ROUNDS):
        plans = _possible(timed, {title: ("time", aim) for title, aim in aims.items()})
        aims = {title: aims[title] for title in plans}
        full, *measured = timed.measured(list(plans.values()), SECONDS / 2)
        for (title, kept), seconds in zip(plans.items(), measured, strict=True):
            share = seconds / full
            if title not in found or abs(share - HALF) < abs(found[title][1] - HALF):
                found[title] = kept, share, seconds
            aims[title] = min(1.0, aims[title] * HALF / share)
    return found


def at_equal_macs(timed: Timed) -> list[Row]:
    """Seconds of each contestant's plan of a quarter of the MACs."""
    plans = _possible(timed, {title: ("macs", MACS) for title, settings in CONTESTANTS.items() if is_known(settings)})
    full, *measured = timed.measured(list(plans.values()), SECONDS / 2)
    return [
        Row(
            name=f"{title} at {MACS:.0%} of the MACs: {timed.name} {PRESET}",
            ours=seconds,
            unit="s",
            limit=None,
            how=f"{_kept(timed, kept)}; {HOW}",
            beside=full,
            beside_name="full network",
            ratio=full / seconds,
            sense="at least",
        )
        for (title, kept), seconds in zip(plans.items(), measured, strict=True)
    ]


def at_equal_importance(timed: Timed, baseline: tuple[Masks, float, float]) -> Row:
    """The snapped plan that keeps as much importance as the baseline's in the fewest predicted seconds, beside it."""
    aim = timed.importance(baseline[0])
    plans = {title: _least(timed, CONTESTANTS[title], aim) for title in SNAPPED}
    title = min(plans, key=lambda title: timed.prices.at(plans[title]))
    _, theirs, ours = timed.measured([baseline[0], plans[title]], SECONDS / 2)
    return Row(
        name=f"snapped ranp-t at equal importance: {timed.name} {PRESET}",
        ours=ours,
        unit="s",
        limit=None,
        how=f"{BASELINE} keeps {aim:.1%} of the balanced importance; {title} {_kept(timed, plans[title])}; {HOW}",
        beside=theirs,
        beside_name=BASELINE,
        ratio=theirs / ours,
        sense="at least",
    )


def _least(timed: Timed, settings: Mapping[str, Any], aim: float) -> Masks:
    """The plan of the largest sparsity that keeps so much importance, by bisection."""
    low, high = 0.0, 1.0  # sparsities: enough stays at the first
    kept = timed.plan(settings, sparsity=low)
    for _ in range(10):
        middle = (low + high) / 2
        smaller = timed.plan(settings, sparsity=middle)
        if timed.importance(smaller) >= aim:
            low, kept = middle, smaller
        else:
            high = middle
    return kept


def _half_rows(timed: Timed, found: Mapping[str, tuple[Masks, float, float]]) -> list[Row]:
    base = timed.importance(found[BASELINE][0])
    return [
        Row(
            name=f"importance kept by {title} at half of the time: {timed.name} {PRESET}",
            ours=(ours := timed.importance(kept)),
            unit="share",
            limit=None,
            how=f"{_kept(timed, kept)}; measured {share:.1%} of the full step, {1e3 * seconds:.3g} ms; {HOW}",
            beside=base,
            beside_name=BASELINE,
            ratio=ours / base,
            sense="at least",
        )
        for title, (kept, share, seconds) in found.items()
    ]


def _gain(gains: list[float]) -> Row:
    faster = sum(gain >= FASTER for gain in gains)
    how = f"times as fast as {BASELINE} at equal importance: {', '.join(f'{gain:.2f}' for gain in gains)}"
    name = f"networks on which snapped ranp-t is {FASTER} times as fast"
    return Row(name, faster, "", NETWORKS_FASTER, how, sense="at least")


def _possible(timed: Timed, budgets: Mapping[str, tuple[str, float]]) -> dict[str, Masks]:
    """The contestants' plans within their budgets; one that cannot meet its own is left out, with a word."""
    found = {}
    for title, budget in budgets.items():
        try:
            found[title] = timed.plan(CONTESTANTS[title], budget=budget)
        except ValueError as error:
            print(f"  {title} on {timed.name}: {error}", file=sys.stderr)
    return found


def _kept(timed: Timed, kept: Masks) -> str:
    return (
        f"keeps {timed.importance(kept):.0%} of the balanced importance, {timed.neurons(kept):.0%} of the neurons, "
        f"{timed.macs(kept):.0%} of the MACs"
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
