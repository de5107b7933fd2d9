"""What code of one's own does wrong while it is trained: one sentence each, and the others go on."""

import json
import sys
from pathlib import Path

import pytest

from ranp.__main__ import main
from ranp.checks import Check, Contestant, Entry, run_check
from ranp.models import Recipe
from ranp.queue import Database, enqueue, find_job, work
from ranp.selection import PruningConfig
from ranp.subject import Metric, Subject, allow

CODE = """
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset, IterableDataset

def network():
    return nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv3d(8, 6, 1), nn.ReLU(), nn.Conv3d(6, 2, 1))

def batch(channels=1, examples=2):
    volume = torch.rand(examples, channels, 4, 4, 4)
    return volume, (volume[:, 0] > 0.5).long()

def batches(): return [batch() for _ in range(8)]
def loss(output, target): return F.cross_entropy(output, target)
def accuracy(output, target): return (output.argmax(1) == target).float().mean()

# Factories

def needs(width, depth=3): return network()
def number(): return 3
def printing():
    print("width 8")
    return network()
def raising(): raise KeyError("no weights here")
def leaving(): sys.exit("no licence")

# Data

def nothing(): return []
def no_iterator(): return iter(())
def once(): return ONCE
ONCE = iter(batches())
def alone(): return [batch()]
def one_example(): return Lone()
def no_pairs(): return [torch.zeros(2, 1, 4, 4, 4) for _ in range(8)]
def triples(): return [(*batch(), 3) for _ in range(8)]
def no_examples(): return [batch(examples=0) for _ in range(8)]
def other_shape(): return [batch(channels=9) for _ in range(8)]
def one_of_other_shape(): return ([batch(), batch(channels=9)], batches())
def endless():
    while True:
        yield batch()
def endless_in_parts(): return endless(), endless()
def with_nan():
    found = batches()
    for volume, _ in found:
        volume[0, 0, 0, 0, 0] = float("nan")
    return found
def text(): return "volumes"
def breaks():
    yield batch()
    raise OSError("disk on fire")
class Lone(Dataset):
    def __len__(self): return 1
    def __getitem__(self, place): return batch()
class Unmeasured(Dataset):
    def __getitem__(self, place): return batch()
class Broken(Dataset):
    def __len__(self): return 8
    def __getitem__(self, place): raise FileNotFoundError(f"scan {place} is not there")

# Losses

def vector(output, target): return F.cross_entropy(output, target, reduction="none")
def plain(output, target): return 0.5
def negative(output, target): return -output.softmax(1)[:, 1].mean()
def apart(output, target): return F.cross_entropy(output.detach(), target)
def unfitting(output, target): return F.cross_entropy(output, target[:1])
def nan(output, target): return output.sum() * float("nan")
def leaves(output, target): sys.exit(4)

# Metrics

calls = []
def late(output, target):
    calls.append(output)
    if len(calls) > 2:
        raise ZeroDivisionError("nobody is left")
    return 1.0
def several(output, target): return torch.zeros(3)
def figures(output, target): return {"dice": 1.0, "iou": 1.0}
def unknown(output, target): return float("nan")

# Optimizers

def no_optimizer(parameters): return list(parameters)
def closing(parameters): return torch.optim.LBFGS(parameters)
"""
RECIPE = Recipe(4, 2, 1e-2, 8, 2, evaluations=2)
HALF = Contestant(PruningConfig("random", sparsity=0.3))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_mistakes", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_mistakes.py").write_text(CODE)
    allow(["own_mistakes"])
    return tmp_path


def subject(**names: str) -> Subject:
    """The named functions, others as they should be."""
    metrics = tuple(Metric(name, f"own_mistakes:{name}") for name in names.pop("metric", "").split())
    paths = {"model": "network", "data": "batches", "loss": "loss", **names}
    return Subject(
        **{name: f"own_mistakes:{each}" for name, each in paths.items()}, inputs=("1x1x4x4x4",), metrics=metrics
    )


def entries(**names: str) -> list[Entry]:
    return run_check(Check(subject(**names), (Contestant(), HALF), recipe=RECIPE))


NOTHING_TO_TRAIN = {
    "a factory that needs arguments": ({"model": "needs"}, "'own_mistakes:needs' needs the argument 'width', and is"),
    "a factory of no module": ({"model": "number"}, "must return a torch.nn.Module, not int"),
    "a factory that raises": ({"model": "raising"}, "'own_mistakes:raising' failed with KeyError: 'no weights here'"),
    "a factory that leaves": ({"model": "leaving"}, "'own_mistakes:leaving' failed with SystemExit: no licence"),
    "no batch": ({"data": "nothing"}, "gives too little to learn from some and be judged on the rest"),
    "an empty iterator": ({"data": "no_iterator"}, "gives too little to learn from"),
    "an iterator that is used up": ({"data": "once"}, "'own_mistakes:once' gives the same iterator each time"),
    "a single batch": ({"data": "alone"}, "return two at least, or \\(train, test\\)"),
    "a single example": ({"data": "one_example"}, "return two at least, or \\(train, test\\)"),
    "no pairs": ({"data": "no_pairs"}, "batch 1 is a Tensor, expected a pair of \\(inputs, target\\)"),
    "triples": ({"data": "triples"}, "batch 1 is 3 entries, expected a pair"),
    "batches without examples": ({"data": "no_examples"}, "batch 1 is empty: its input is of shape 0x1x4x4x4"),
    "no batches": ({"data": "text"}, "must return batches of \\(inputs, target\\), a Dataset or a DataLoader, not str"),
    "a dataset without length": ({"data": "Unmeasured"}, "has no length; give it __len__, or make it an Iterable"),
    "a dataset that raises": ({"data": "Broken"}, "'own_mistakes:Broken' failed with FileNotFoundError: scan"),
    "data that raise": ({"data": "breaks"}, "'own_mistakes:breaks' failed with OSError: disk on fire"),
    "no such function": ({"metric": "dice"}, "the module 'own_mistakes' has no 'dice'"),
}


@pytest.mark.parametrize(("names", "words"), NOTHING_TO_TRAIN.values(), ids=NOTHING_TO_TRAIN)
def test_where_nothing_can_be_trained_the_check_says_why(names: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        entries(**names)
    assert "\n" not in str(raised.value)


FAILED = {
    "another shape": ({"data": "other_shape"}, "the network rejects the inputs of a batch, 2x9x4x4x4: "),
    "nan in the data": ({"data": "with_nan"}, "a batch holds nan or infinity, so the loss is nan; mend the data"),
    "a vector as the loss": ({"loss": "vector"}, "must return a tensor of one number, not shape (2, 4, 4, 4)"),
    "a plain number": ({"loss": "plain"}, "must return a tensor of one number, not float"),
    "a loss apart": ({"loss": "apart"}, "'own_mistakes:apart' does not depend on the network's weights"),
    "a loss that rejects": ({"loss": "unfitting"}, "'own_mistakes:unfitting' failed with ValueError: Expected input"),
    "a loss of nan": ({"loss": "nan"}, "the loss is nan at step 1: the run diverged; lower the learning rate"),
    "a loss that leaves": ({"loss": "leaves"}, "'own_mistakes:leaves' failed with SystemExit: 4"),
    "a vector as a metric": ({"metric": "several"}, "'own_mistakes:several' must return one number, not shape (3,)"),
    "figures as a metric": ({"metric": "figures"}, "must return one number, not 2 of them; name one for each"),
    "a metric of nan": ({"metric": "unknown"}, "the metric 'own_mistakes:unknown' is nan on a held-out batch"),
    "no optimizer": ({"optimizer": "no_optimizer"}, "must return a torch.optim.Optimizer, not list"),
    "an optimizer of another kind": (
        {"optimizer": "closing"},
        "'own_mistakes:closing' needs the argument 'closure'",
    ),
}


@pytest.mark.parametrize(("names", "words"), FAILED.values(), ids=FAILED)
def test_a_run_that_fails_is_an_entry_that_says_why(names: dict[str, str], words: str) -> None:
    for entry in entries(**names):
        assert entry.score is None
        assert words in (entry.reason or "")
        assert "\n" not in (entry.reason or "")


def test_a_metric_that_raises_on_the_way_ends_its_run_alone() -> None:
    """The held-out batch is judged twice a run: the first run passes, the second fails at its first."""
    full, half = entries(metric="late")
    assert full.reason is None
    assert full.score == 1.0
    assert half.reason == "'own_mistakes:late' failed with ZeroDivisionError: nobody is left"


def test_a_batch_of_another_shape_ends_each_run_where_it_comes() -> None:
    for entry in entries(data="one_of_other_shape"):
        assert "rejects the inputs of a batch, 2x9x4x4x4" in (entry.reason or "")


@pytest.mark.parametrize("names", [{"loss": "negative"}, {"data": "endless"}, {"data": "endless_in_parts"}], ids=str)
def test_what_is_allowed_is_said_nothing_of(names: dict[str, str]) -> None:
    for entry in entries(**names):
        assert entry.reason is None
        assert entry.steps == RECIPE.steps


def test_what_is_printed_does_not_spoil_the_object(capsys: pytest.CaptureFixture[str]) -> None:
    named = ["--model", "own_mistakes:printing", "--input", "1x1x4x4x4"]
    learnt = ["--data", "own_mistakes:batches", "--loss", "own_mistakes:loss", "--steps", "1"]
    assert main(["train", *named, *learnt, "--method", "random", "--sparsity", "0.3", "--json"]) == 0
    said = capsys.readouterr()
    assert [entry["reason"] for entry in json.loads(said.out)["entries"]] == [None, None]
    assert "width 8" in said.err


def test_no_worker_is_lost(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "studies.db"))
    named = ({"model": "leaving"}, {"data": "text"}, {"loss": "leaves"}, {"metric": "several"}, {})
    ids = [enqueue(database, Check(subject(**each), (HALF,), recipe=RECIPE)) for each in named]
    assert work(database, idle_seconds=0) == 5
    assert [find_job(database, id).state for id in ids] == ["failed"] * 4 + ["done"]
    assert all(find_job(database, id).reason for id in ids[:4])


NAMED = ["--model", "own_mistakes:network", "--input", "1x1x4x4x4"]
DATA = ["--data", "own_mistakes:batches", "--loss", "own_mistakes:loss"]
REFUSED = {
    "no data": (NAMED, "needs something to learn from: add --data"),
    "no input": (["--model", "own_mistakes:network", *DATA], "--model needs the shape of its input"),
    "no loss": ([*NAMED, *DATA[:2]], "needs --loss"),
    "a metric of a preset": (["unet3d", "--metric", "dice=a:b"], "--metric goes with --model"),
    "a metric without a name": ([*NAMED, *DATA, "--metric", "own_mistakes:accuracy"], "is no metric; write a name"),
    "a metric without a path": ([*NAMED, *DATA, "--metric", "dice=own_mistakes"], "is no metric; write a name"),
    "a name that is taken": ([*NAMED, *DATA, "--metric", "loss=own_mistakes:accuracy"], "would be there twice"),
    "two rates": (
        [*NAMED, *DATA, "--optimizer", "own_mistakes:closing", "--learning-rate", "1"],
        "--optimizer brings its own learning rate",
    ),
    "two networks": (["unet3d", *NAMED, *DATA], "not both"),
    "no network": ([], "name an architecture"),
}


def left(arguments: list[str]) -> object:
    """The exit code of a command; the parser leaves by itself."""
    try:
        return main(arguments)
    except SystemExit as exit:
        return exit.code


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_mistakes_in_what_is_asked_for(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert left(["train", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
