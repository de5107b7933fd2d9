"""A figure that ships, trained again on another number of threads: it comes out within the nudge of its recipe.

Two threads add numbers in another order than one, and what that rounds otherwise is a trifle like the nudge's. The
cheapest network of the races that were run by a converging recipe, and whose nudge was measured, stands for all:
``make test-slow ARGS="-k another_number_of_threads"``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
import torch

from ranp.checks import Check, Entry, Nudged, Race, read_nudges, read_races, run_check
from ranp.checks.nudge import nudge_of
from tests.checks.made_races import by_name, made

THREADS = 2


@dataclass(frozen=True)
class Shipped:
    """One entry of a race, and by how much a trifle moves the score of its network's recipe."""

    check: Check
    entry: Entry
    threads: int
    nudge: float

    @property
    def alone(self) -> Check:
        """The check that trains this one network from this one seed."""
        return replace(
            self.check, contestants=(self.check.contestants[self.entry.contestant],), seeds=(self.entry.seed,)
        )


def shipped(races: Mapping[str, Race], nudges: Mapping[str, Nudged]) -> list[Shipped]:
    """The entries that can be looked at, the cheapest first.

    A nudge of zero is below what the score can tell, so it says nothing of a trifle's size.
    """
    found = []
    for race in races.values():
        moved = {} if (known := nudge_of(race.check, nudges)) is None else known.moved
        threads = {seed: _threads(run["machine"]) for run in race.runs for seed in run["seeds"]}
        found += [
            Shipped(race.check, entry, threads[entry.seed], moved[entry.label])
            for entry in race.entries
            if race.check.recipe_name == "converging" and entry.score is not None and moved.get(entry.label)
        ]
    return sorted(found, key=lambda each: each.entry.cpu_seconds)


def _threads(machine: str) -> int:
    told = re.search(r"(\d+) threads? used", machine)
    assert told is not None, machine
    return int(told[1])


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.usefixtures("threads")
def test_a_shipped_figure_comes_out_again_on_another_number_of_threads() -> None:
    found = [each for each in shipped(read_races(), read_nudges()) if each.threads != THREADS]
    if not found:
        pytest.skip("no network was raced by a converging recipe whose nudge was measured, and above zero")
    one = found[0]
    [again] = run_check(one.alone)
    assert again.score is not None, again.reason
    assert one.entry.score is not None
    print(f"{one.check.subject.title}, {one.entry.label}: {one.entry.score} -> {again.score}, nudge {one.nudge}")
    assert abs(again.score - one.entry.score) <= one.nudge


def test_the_cheapest_with_a_nudge_is_taken_and_trained_alone() -> None:
    base = made({"full": (0.9, 0.91), "ranp-f": (0.8, None), "random": (0.7, 0.7)})
    seconds = {"full": 90.0, "ranp-f": 20.0, "random": 10.0}
    entries = tuple(replace(each, cpu_seconds=seconds[each.label] + each.seed) for each in base.entries)
    runs = ({"seeds": [0], "machine": "a machine, 2 cores, 1 threads used"}, {"seeds": [1], "machine": "1 thread used"})
    race = replace(base, entries=entries, runs=runs)
    pair = (race.check.contestants[0], race.check.contestants[1])
    moved = tuple(
        (share, Entry(place, label, 0, score=0.5 + share * 1e4 * place))
        for place, label in enumerate(("full", "ranp-f"))
        for share in (0.0, 1e-6)
    )
    known = {"brain, converging": Nudged(replace(race.check, contestants=pair), moved, ())}
    [found] = shipped(by_name(race), known)  # not random, which has no nudge, and not full, whose nudge is zero
    assert (found.entry.label, found.entry.seed, found.threads) == ("ranp-f", 0, 1)
    assert found.nudge == pytest.approx(0.01)
    assert (found.alone.labels, found.alone.seeds) == (("ranp-f",), (0,))
    quick = replace(race, check=replace(race.check, recipe=None))
    assert shipped(by_name(quick), known) == []
    assert shipped(by_name(race), {}) == []
