"""Training of what a user names: a network, data, a loss and metrics of one's own, in all forms that they come in."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ranp.__main__ import main
from ranp.checks import RACED, Check, Contestant, Entry, run_check
from ranp.models import Recipe
from ranp.plan import load_plan
from ranp.selection import PruningConfig
from ranp.subject import Metric, Subject, allow, subject_of_plan
from ranp.training import Speed

CODE = """
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, IterableDataset

def network():
    return nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.ReLU(), nn.Conv3d(6, 2, 1))

def drawn(seed):
    generator = torch.Generator().manual_seed(seed)
    volume = torch.rand(1, 6, 6, 6, generator=generator)
    return volume, (volume[0] > 0.5).long()

def batch(seed):
    examples = [drawn(2 * seed), drawn(2 * seed + 1)]
    return torch.stack([one for one, _ in examples]), torch.stack([one for _, one in examples])

def batches():
    return [batch(seed) for seed in range(10)]

def parts():
    return batches()[:8], batches()[8:]

def named(split):
    return parts()[split == "test"]

def loader():
    return DataLoader(Examples(), batch_size=2, shuffle=True)

def endless():
    seed = 0
    while True:
        yield batch(seed)
        seed += 1

class Examples(Dataset):
    def __len__(self):
        return 20
    def __getitem__(self, place):
        return drawn(place)

class Streamed(IterableDataset):
    def __iter__(self):
        return map(drawn, range(20))

class Unmeasured(Dataset):
    def __getitem__(self, place):
        return drawn(place)

def loss(output, target):
    return F.cross_entropy(output, target)

def accuracy(output, target):
    return (output.argmax(1) == target).float().mean()

def error(output, target):
    return 1 - accuracy(output, target)

def optimizer(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)

# Several outputs, in every container, and several inputs

class Deep(nn.Module):
    def __init__(self, pack):
        super().__init__()
        self.first, self.fine, self.coarse = nn.Conv3d(1, 6, 3, padding=1), nn.Conv3d(6, 2, 1), nn.Conv3d(6, 2, 1)
        self.pack = pack
    def forward(self, volume):
        inner = self.first(volume).relu()
        return self.pack(self.fine(inner), self.coarse(inner))

@dataclass
class Answer:
    fine: torch.Tensor
    coarse: torch.Tensor

def as_list(): return Deep(lambda *parts: list(parts))
def as_tuple(): return Deep(lambda *parts: parts)
def as_dict(): return Deep(lambda fine, coarse: {"fine": fine, "coarse": coarse})
def as_dataclass(): return Deep(Answer)

def deep_loss(output, target):
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, Answer):
        output = [output.fine, output.coarse]
    return sum(weight * F.cross_entropy(one, target) for weight, one in zip((1.0, 0.5), output, strict=True))

class TwoScans(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv3d(1, 6, 3, padding=1), nn.Conv3d(6, 2, 1)
    def forward(self, scans):
        one, two = scans.values() if isinstance(scans, dict) else scans
        return self.last(self.first(one + two).relu())

def dicts():
    return [({"t1": volume, "t2": volume}, label) for volume, label in batches()]

def lists():
    return [([volume, volume], label) for volume, label in batches()]
"""

STEPS = Recipe(steps=6, batch_size=2, learning_rate=1e-2, train_examples=16, test_examples=4, evaluations=2)
HALF = Contestant(PruningConfig("ranp-f", budget=("macs", 0.5)))
ACCURACY = (Metric("accuracy", "own_training:accuracy"),)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's, whose modules this process may import."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_training", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_training.py").write_text(CODE)
    allow(["own_training"])
    return tmp_path


def subject(model: str = "network", data: str = "batches", loss: str = "loss", **more: Any) -> Subject:
    names = {name: f"own_training:{each}" for name, each in (("model", model), ("data", data), ("loss", loss))}
    return Subject(**{**names, "inputs": ("1x1x6x6x6",), **more})


def trained(named: Subject, *contestants: Contestant, **settings: Any) -> list[Entry]:
    return run_check(Check(named, contestants or (Contestant(), HALF), **{"recipe": STEPS, **settings}))


def curve(entry: Entry) -> list[tuple[float, dict[str, float]]]:
    return [(point.loss, dict(point.figures)) for point in entry.curve]


def test_full_and_pruned_are_trained_and_judged() -> None:
    full, half = trained(subject(metrics=ACCURACY))
    assert full.reason is None
    assert half.reason is None
    assert full.score == full.figures["accuracy"] == full.curve[-1].figures["accuracy"]
    assert set(full.figures) == {"loss", "accuracy"}
    assert half.macs <= full.macs / 2
    assert full.peak_training_bytes > half.peak_training_bytes > 0


def test_it_learns() -> None:
    recipe = Recipe(60, 2, 3e-2, 16, 4, evaluations=3)
    (full,) = trained(subject(), Contestant(), recipe=recipe)
    assert full.score == full.figures["loss"]
    assert full.score < 0.7 * full.curve[0].loss


def test_figures_are_those_of_the_held_out_batches_written_out_plainly() -> None:
    """The last batch of every five; judged before and after one step by hand."""
    one = Recipe(1, 2, 1e-2, 16, 4, evaluations=1)
    (full,) = trained(subject(metrics=ACCURACY), Contestant(), recipe=one)
    import own_training

    learnt = [own_training.batch(seed) for seed in range(10) if seed % 5 != 4]
    held = [own_training.batch(seed) for seed in (4, 9)]
    found = []
    for volume, label in learnt:
        torch.manual_seed(0)
        model = own_training.network().train()
        value = own_training.loss(model(volume), label)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        torch.optim.AdamW(model.parameters(), lr=1e-2 / 5, betas=(0.95, 0.999), weight_decay=1e-4).step()
        judged = [own_training.loss(model.eval()(volume), label).item() for volume, label in held]
        found.append((value.item(), sum(judged) / 2))
    expected = min(found, key=lambda pair: abs(pair[0] - full.curve[0].loss))
    assert (full.curve[0].loss, full.figures["loss"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("data", ["batches", "parts", "named", "loader", "endless", "Examples", "Streamed"])
def test_batches_come_in_any_form_and_in_an_order_that_follows_the_seed(data: str) -> None:
    first, again, nothing_removed = trained(
        subject(data=data), Contestant(), Contestant(), Contestant(PruningConfig(sparsity=0.0), "kept")
    )
    assert first.reason is None
    assert curve(first) == curve(again) == curve(nothing_removed)
    recipe = Recipe(30, 2, 1e-2, 16, 4, evaluations=2)  # longer than a pass
    (longer,) = trained(subject(data=data), Contestant(), recipe=recipe)
    assert longer.steps == 30


def test_no_example_is_learnt_from_and_judged_on() -> None:
    from ranp.subject import OwnBatches

    for data in ("batches", "parts", "named", "loader", "endless", "Examples", "Streamed"):
        found = OwnBatches(f"own_training:{data}")
        test = {tuple(one.flatten().tolist()) for volume, _ in found.test(2, 4) for one in volume}
        stream = found.train(2, seed=3)
        train = {tuple(one.flatten().tolist()) for volume, _ in (next(stream) for _ in range(30)) for one in volume}
        assert len(test) >= 4, data
        assert len(train) >= 8, data
        assert not test & train, data


def test_another_seed_is_another_order() -> None:
    from ranp.subject import OwnBatches

    for data in ("batches", "parts", "named", "loader", "Examples"):
        orders = []
        for seed in (0, 0, 1):
            stream = OwnBatches(f"own_training:{data}").train(2, seed)
            orders.append(torch.cat([next(stream)[0] for _ in range(4)]))
        assert torch.equal(orders[0], orders[1]), data
        assert not torch.equal(orders[0], orders[2]), data


@pytest.mark.parametrize("form", ["list", "tuple", "dict", "dataclass"])
def test_outputs_in_any_container_are_the_losss_business(form: str) -> None:
    full, half = trained(subject(model=f"as_{form}", loss="deep_loss"))
    assert (full.reason, half.reason) == (None, None)
    assert half.macs < full.macs


@pytest.mark.parametrize(
    ("data", "given"), [("dicts", '{"t1": "1x1x6x6x6", "t2": "1x1x6x6x6"}'), ("lists", '["1x1x6x6x6", "1x1x6x6x6"]')]
)
def test_inputs_in_containers(data: str, given: str) -> None:
    full, half = trained(subject(model="TwoScans", data=data, inputs=(given,)))
    assert (full.reason, half.reason) == (None, None)


def test_less_is_better_where_the_name_says_so() -> None:
    named = subject(metrics=(Metric("error", "own_training:error", higher_is_better=False), *ACCURACY))
    (full,) = trained(named, Contestant())
    assert named.score == ("error", "error", False)
    assert full.score == pytest.approx(1 - full.figures["accuracy"])
    assert subject().score.higher_is_better is False


def test_an_optimizer_of_ones_own_takes_other_steps_at_its_own_rate() -> None:
    (ours,) = trained(subject(), Contestant())
    (theirs,) = trained(subject(optimizer="own_training:optimizer"), Contestant())
    assert ours.curve[0].loss != theirs.curve[0].loss
    (library,) = run_check(
        Check(
            Subject("unet3d", "classroom-shapes", {"base_channels": 4}, optimizer="own_training:optimizer"),
            (Contestant(),),
            recipe=STEPS,
        )
    )
    assert library.reason is None


def test_new_weights_are_other_weights_and_an_initialisation_is_followed() -> None:
    whole = PruningConfig(sparsity=0.0)
    kept, new = trained(subject(), Contestant(whole, "kept"), Contestant(whole))
    assert kept.curve[0].loss != new.curve[0].loss
    (drawn,) = trained(subject(init="orthogonal"), Contestant())
    assert drawn.curve[0].loss not in (kept.curve[0].loss, new.curve[0].loss)


def test_faster_training_works_for_it_too() -> None:
    (plain,) = trained(subject(), Contestant())
    (fast,) = trained(subject(), Contestant(), speed=Speed(channels_last=True))
    assert fast.curve[0].loss == pytest.approx(plain.curve[0].loss, rel=1e-3)


def test_a_subject_travels_as_json() -> None:
    check = Check(subject(metrics=ACCURACY, optimizer="own_training:optimizer", init="xavier"), (Contestant(), HALF))
    assert Check.from_dict(json.loads(json.dumps(check.as_dict()))) == check


NAMES = ["--data", "own_training:batches", "--loss", "own_training:loss", "--input", "1x1x6x6x6"]


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ["train", "--model", "own_training:network", *NAMES, "--steps", "4", "--budget", "macs=0.5"]
    metrics = ["--metric", "accuracy=own_training:accuracy", "--metric", "error=own_training:error:lower"]
    assert main([*command, *metrics, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["score"], result["higher_is_better"]) == ("accuracy", True)
    assert result["subject"]["model"] == "own_training:network"
    assert [entry["reason"] for entry in result["entries"]] == [None, None]
    assert Check.from_dict(result["check"]).subject == Subject.from_dict(result["subject"])
    assert main(command) == 0
    assert "loss on held-out batches" in capsys.readouterr().out


def test_a_race_of_ones_own_goes_on_where_it_stopped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    named = ["race", "--model", "own_training:network", *NAMES, "--metric", "error=own_training:error:lower"]
    command = [*named, "--steps", "2", "--budget", "macs=0.5", "--out", str(tmp_path / "race.json")]
    assert main([*command, "--seeds", "1", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["races"]["own_training:network"]
    assert main([*command, "--seeds", "2", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)["races"]["own_training:network"]
    assert [run["seeds"] for run in second["runs"]] == [[0], [1]]
    assert second["subject"] == first["subject"]
    assert [each["label"] for each in second["summary"]] == ["full", *RACED]
    assert main([*command, "--markdown"]) == 0
    table = capsys.readouterr().out
    assert "**own_training:network**: error (lower is better), pruned to at most 50% of the MACs, 2 steps" in table
    assert "not run yet" not in table


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "own_training:network", *NAMES, "--seeds", "1"], "a race of your own needs --out FILE"),
        (["brain", "--model", "own_training:network", *NAMES], "the task 'brain' or --model, not both"),
        (["brain", "--steps", "3"], "--steps goes with --model"),
        (["--optimizer", "own_training:optimizer"], "--optimizer goes with --model"),
    ],
)
def test_races_that_make_no_sense(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_plan_says_by_name_what_it_was_scored_on(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["prune", "--model", "own_training:network", *NAMES, "--budget", "macs=0.5", "--out", "plan", "--json"]
    metric = ["--metric", "error=own_training:error:lower"]
    assert main([*command, *metric]) == 0
    assert subject_of_plan(load_plan("plan")) == subject(metrics=(Metric("error", "own_training:error", False),))
    assert main(command) == 0
    capsys.readouterr()
    plan = load_plan("plan")
    assert plan.provenance.data == "batches from own_training:batches, loss own_training:loss"
    assert subject_of_plan(plan) == subject()
    (full, same) = trained(subject_of_plan(plan), Contestant(), Contestant(plan.config))
    assert full.reason is None
    assert same.macs == plan.pruned.macs
    assert main(["prune", "unet3d", "--set", "base_channels=4", "--method", "random", "--out", "other", "--json"]) == 0
    other = subject_of_plan(load_plan("other"))
    assert (other.title, other.arguments["base_channels"]) == ("unet3d, classroom", 4)
