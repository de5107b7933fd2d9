"""Checks whose networks are pruned to the peak memory of a training step."""

import json
from dataclasses import replace

from ranp.checks import Check, Contestant, run_check
from ranp.models import Recipe
from ranp.selection import PruningConfig
from ranp.subject import Subject

RECIPE = Recipe(steps=1, batch_size=3, train_examples=4, test_examples=2)
CONFIG = PruningConfig("random", budget=(("macs", 0.6), ("peak", 0.6)))


def test_a_network_meets_the_peak_at_the_batch_that_it_trains_with() -> None:
    subject = Subject("unet3d", "classroom-shapes", arguments={"base_channels": 4})
    check = Check(subject, (Contestant(), Contestant(CONFIG)), recipe=RECIPE)
    full, pruned = run_check(check)
    assert (full.reason, pruned.reason) == (None, None)
    assert full.peak_training_bytes is not None
    assert pruned.peak_training_bytes is not None
    assert pruned.peak_training_bytes <= 0.6 * full.peak_training_bytes
    assert pruned.macs is not None
    assert full.macs is not None
    assert pruned.macs <= 0.6 * full.macs


def test_budgets_travel_as_json() -> None:
    check = Check(Subject("unet3d"), (Contestant(), Contestant(CONFIG)))
    again = Check.from_dict(json.loads(json.dumps(check.as_dict())))
    assert again == check
    assert again.budgets == (("macs", 0.6), ("peak", 0.6))


def test_a_peak_that_cannot_be_met_is_the_reason() -> None:
    contestant = Contestant(replace(CONFIG, budget=("peak", "1kB")))
    subject = Subject("unet3d", "classroom-shapes", arguments={"base_channels": 4})
    [entry] = run_check(Check(subject, (contestant,), recipe=RECIPE))
    assert entry.reason is not None
    assert "a budget of peak=1kB cannot be met" in entry.reason
