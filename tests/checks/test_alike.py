"""Which contestants are one network, and how much of its budget each has; against training them."""

import re
from dataclasses import replace

import pytest

from ranp.checks import Check, Contestant, Entry, named, reached, run_check, same_networks
from ranp.models import Recipe
from ranp.selection import NEAR, NEVER_EMPTY, PruningConfig
from ranp.subject import Subject

SUBJECT = Subject("unet3d", "classroom-shapes", arguments={"base_channels": 4})
SHORT = Recipe(steps=2, batch_size=1, learning_rate=0.01, train_examples=2, test_examples=1, evaluations=1)
USUAL = PruningConfig("layerwise", budget=("macs", 0.25), fill="yes", **NEVER_EMPTY)
NAMES = ("layerwise", "worst")


@pytest.fixture(scope="module")
def check() -> Check:
    configs = [named(name, USUAL, "layerwise") for name in NAMES]
    contestants = [Contestant(config, weights) for config in configs for weights in ("new", "kept")]
    return Check(SUBJECT, (Contestant(), *contestants), recipe=SHORT)


@pytest.fixture(scope="module")
def entries(check: Check) -> list[Entry]:
    return run_check(check)


def by_label(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.label: entry for entry in entries}


def test_networks_of_the_same_counts_train_alike_with_new_weights_and_not_with_kept_ones(entries: list[Entry]) -> None:
    found = by_label(entries)
    losses = {label: [point.loss for point in entry.curve] for label, entry in found.items()}
    new, kept = (
        [losses[f"{name}{end}"] for name in ("layerwise", "worst, widths of layerwise")]
        for end in ("", ", weights kept")
    )
    assert new[0] == new[1]
    assert kept[0] != kept[1]
    networks = [found[label].network for label in losses]
    assert len(set(networks)) == len(set(map(tuple, losses.values())))


def test_that_is_said(entries: list[Entry]) -> None:
    assert same_networks(entries) == [
        "'layerwise' and 'worst, widths of layerwise' are the same network: as many neurons of each layer stay, and "
        "new weights forget which."
    ]


def test_every_contestant_has_its_budget(check: Check, entries: list[Entry]) -> None:
    for entry in entries[1:]:
        assert NEAR <= entry.used["macs"] <= 1
        assert entry.macs == pytest.approx(entry.used["macs"] * 0.25 * entries[0].macs)
    [said] = reached(check, entries)
    assert re.match(r"MACs, 25% allowed: layerwise 24\.\d\d%; layerwise, weights kept 24\.\d\d%; ", said)
    assert "Not within" not in said


def test_who_has_less_is_named_and_seeds_are_a_range(check: Check) -> None:
    pair = replace(check, contestants=(Contestant(USUAL), Contestant(replace(USUAL, method="random"))), seeds=(0, 1))
    entries = [
        Entry(0, "layerwise", 0, used={"macs": 0.84}),
        Entry(0, "layerwise", 1, used={"macs": 0.88}),
        Entry(1, "random", 0, used={"macs": 0.999}),
    ]
    assert reached(pair, entries) == [
        "MACs, 25% allowed: layerwise 21.00 to 22.00%; random 24.98%. Not within 0.5% of what is allowed: layerwise."
    ]
    amount = replace(USUAL, budget=("peak", "8GiB"))
    other = replace(check, contestants=(Contestant(amount),))
    said = "Peak training memory, 8GiB allowed: layerwise 99.70% of it."
    assert reached(other, [Entry(0, "layerwise", 0, used={"peak": 0.997})]) == [said]


def test_contestants_are_alike_only_from_every_seed() -> None:
    def entry(place: int, name: str, seed: int, network: str | None) -> Entry:
        return Entry(place, name, seed, network=network)

    assert same_networks([entry(0, "a", 0, "counts x"), entry(1, "b", 0, "counts y")]) == []
    assert same_networks([entry(0, "a", 0, None), entry(1, "b", 0, None)]) == []
    both = [entry(0, "a", 0, "counts x"), entry(1, "b", 0, "counts x")]
    assert len(same_networks(both)) == 1
    assert same_networks([*both, entry(0, "a", 1, "counts x"), entry(1, "b", 1, "counts y")]) == []
    kept = [entry(0, "a", 0, "neurons kept x"), entry(1, "b", 0, "neurons kept x")]
    assert same_networks(kept) == ["'a' and 'b' are the same network: the same neurons stay."]
