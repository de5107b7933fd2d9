"""Training checks on a very small 3D-UNet: what is the same for all contestants, what is reported, what goes wrong."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

import ranp.data
from ranp.__main__ import main
from ranp.checks import CancelledError, Check, Contestant, Entry, Progress, race, run_check, summarise
from ranp.checks.check import pair
from ranp.models import Recipe, build
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Alone, Pools, Speed, train
from ranp.training.loop import judge
from ranp.training.material import DivergedError
from ranp.training.pools import orders

SMALL = Recipe(steps=6, batch_size=2, learning_rate=1e-2, train_examples=4, test_examples=2, evaluations=2)
TINY = {"base_channels": 4}
HALF = PruningConfig("ranp-f", sparsity=0.5)


def check(*contestants: Contestant, **settings: object) -> Check:
    subject = Subject("unet3d", arguments=TINY, data=settings.pop("data", None))
    return Check(subject, contestants, **{"recipe": SMALL, **settings})


def pools(examples: int = 4) -> Pools:
    whole = [ranp.data.batches("brain", (1, 4, 24, 24, 24), 4, examples, 1, seed)[0] for seed in (1, 2)]
    return Pools("brain", 4, *whole)


def without_times(entry: Entry) -> Entry:
    curve = tuple(replace(point, seconds=0.0) for point in entry.curve)
    bill = tuple(replace(charge, seconds=0.0) for charge in entry.bill)
    return replace(entry, curve=curve, wall_seconds=0.0, cpu_seconds=0.0, bill=bill, total_seconds=0.0)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return run_check(check(Contestant(), Contestant(HALF), Contestant(replace(HALF, sparsity=0.0), weights="kept")))


def test_a_check_is_a_function_of_its_seeds(entries: list[Entry]) -> None:
    again = run_check(check(Contestant(), Contestant(HALF)))
    assert [without_times(entry) for entry in again] == [without_times(entry) for entry in entries[:2]]
    (other,) = run_check(check(Contestant(), seeds=(1,)))
    assert other.curve[0].loss != entries[0].curve[0].loss


def test_nothing_removed_and_weights_kept_is_the_full_network(entries: list[Entry]) -> None:
    """So all contestants start from one set of weights, see the same batches, and are judged alike."""
    full, _, same = entries
    assert same.sparsity == 0
    alike = replace(same, contestant=0, label="full", network=full.network, bill=full.bill, total_macs=full.total_macs)
    assert without_times(alike) == without_times(full)
    assert [charge.phase for charge in same.bill] == ["scoring", *(charge.phase for charge in full.bill)]


def test_new_weights_are_other_weights(entries: list[Entry]) -> None:
    (new,) = run_check(check(Contestant(replace(HALF, sparsity=0.0))))
    assert new.macs == entries[0].macs
    assert new.curve[0].loss != entries[0].curve[0].loss


def test_an_entry_says_what_was_spent(entries: list[Entry]) -> None:
    full, half, _ = entries
    assert full.steps == half.steps == SMALL.steps
    assert [point.step for point in full.curve] == [3, 6]
    assert half.macs < full.macs
    assert half.params < full.params
    assert half.peak_training_bytes < full.peak_training_bytes
    assert 0.4 < half.sparsity < 0.6
    assert full.cpu_seconds > 0
    assert full.score == full.figures["dice"]
    assert full.figures == full.curve[-1].figures


def test_it_learns() -> None:
    trained = train(
        build("unet3d", base_channels=4), pools(), replace(SMALL, steps=40, learning_rate=2e-2, evaluations=4), 0
    )
    assert trained.curve[-1].loss < 0.7 * trained.curve[0].loss


def test_a_step_is_the_one_written_out_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clipped so short that even Adam, which forgets a gradient's length, shows it."""
    monkeypatch.setattr("ranp.training.loop.CLIP", 1e-6)
    model, data = build("unet3d", base_channels=4), pools()
    by_hand = build("unet3d", base_channels=4)
    train(model, data, replace(SMALL, steps=1), seed=3)
    (chosen,) = next(zip(orders(4, 2, seed=3), strict=False))
    by_hand.train()
    loss = ranp.data.loss("brain")(by_hand(data.train[0][chosen]), data.train[1][chosen])
    loss.backward()
    nn.utils.clip_grad_norm_(by_hand.parameters(), 1e-6)
    torch.optim.AdamW(by_hand.parameters(), lr=SMALL.learning_rate / 5, betas=(0.95, 0.999), weight_decay=1e-4).step()
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_orders_pass_over_all_examples() -> None:
    batches = [batch for batch, _ in zip(orders(6, 2, seed=0), range(6), strict=False)]
    assert sorted(torch.cat(batches[:3]).tolist()) == sorted(torch.cat(batches[3:]).tolist()) == list(range(6))
    assert torch.cat(batches[:3]).tolist() != torch.cat(batches[3:]).tolist()


def test_time_instead_of_steps() -> None:
    full, small = run_check(check(Contestant(), Contestant(replace(HALF, sparsity=0.6)), equal="time"))
    assert small.curve[-1].step == small.steps
    assert small.cpu_seconds >= full.cpu_seconds
    assert small.steps > full.steps


def test_judging_leaves_the_network_as_it_was() -> None:
    model, data = build("unet3d", base_channels=4), pools()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    judge(model, data, 2, Speed(), Alone())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training


def test_a_run_that_diverges_says_so_and_the_others_go_on() -> None:
    wild = replace(SMALL, learning_rate=1e30)
    with pytest.raises(DivergedError, match=r"diverged; lower the learning rate"):
        train(build("unet3d", base_channels=4), pools(), wild, 0)
    found = run_check(check(Contestant(), Contestant(HALF), recipe=wild))
    assert [entry.failed for entry in found] == [True, True]
    assert "lower the learning rate" in found[0].reason
    assert found[0].score is None


def test_an_emptied_layer_is_a_failed_entry_with_its_reason() -> None:
    fair, unfair = (
        run_check(race(Subject("unet3d", arguments=TINY), ("vanilla",), recipe=SMALL, **target))
        for target in ({"budget": ("macs", 0.05)}, {"budget": None, "sparsity": 0.95})
    )
    for full, vanilla in (fair, unfair):
        assert not full.failed
        assert "conv" in vanilla.reason
        assert vanilla.score is None
    assert "cannot be met without emptying" in fair[1].reason


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_is_a_reason(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr("ranp.checks.run.train", full)
    (entry,) = run_check(check(Contestant()))
    assert entry.reason.startswith("out of memory: take a smaller batch")


def test_other_errors_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("ranp.checks.run.train", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        run_check(check(Contestant()))


def test_cancelling_keeps_what_is_finished() -> None:
    done: list[Entry] = []

    def report(progress: Progress) -> None:
        if progress.contestant == 1 and progress.step == 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        run_check(check(Contestant(), Contestant(HALF)), report, done.append)
    assert [entry.label for entry in done] == ["full"]


def test_progress_only_grows_and_ends_at_one() -> None:
    seen: list[Progress] = []
    run_check(check(Contestant(), Contestant(HALF), seeds=(0, 2)), seen.append)
    shares = [progress.done for progress in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert seen[-1].remaining_seconds == 0
    assert len([progress for progress in seen if progress.step]) >= 3 * SMALL.steps


def test_a_deleted_data_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        run_check(check(Contestant(), data=str(tmp_path / "gone")))


def test_channels_last_changes_only_rounding(entries: list[Entry]) -> None:
    (fast,) = run_check(check(Contestant(), speed=Speed(channels_last=True)))
    assert fast.curve[0].loss == pytest.approx(entries[0].curve[0].loss, rel=1e-2)


def test_bfloat16_trains() -> None:
    plain, short = (
        train(build("unet3d", base_channels=4), pools(), SMALL, 0, speed=Speed(bfloat16=on)) for on in (0, 1)
    )
    assert short.curve[0].loss != plain.curve[0].loss
    assert short.curve[0].loss == pytest.approx(plain.curve[0].loss, rel=0.1)


def test_channels_in_steps() -> None:
    plain, stepped = run_check(check(Contestant(HALF), Contestant(replace(HALF, multiple=4))))
    assert stepped.macs > plain.macs
    assert stepped.label == "ranp-f, channels in steps of 4"


def test_a_check_travels_as_json() -> None:
    subject = Subject("unet3d", arguments=TINY)
    asked = race(subject, ("ranp-f", "random"), seeds=(3, 1), recipe=SMALL, speed=Speed(bfloat16=True))
    assert Check.from_dict(json.loads(json.dumps(asked.as_dict()))) == asked
    one = pair(Subject("psmnet"), replace(HALF, protect=("head1.score",)))
    assert Check.from_dict(json.loads(json.dumps(one.as_dict()))) == one


def test_channels_in_steps_of_an_earlier_version_are_read() -> None:
    asked = json.loads(json.dumps(pair(Subject("unet3d"), HALF).as_dict()))
    asked["contestants"][1]["multiple"] = 4
    del asked["contestants"][1]["pruning"]["multiple"]
    assert Check.from_dict(asked).contestants[1].pruning == replace(HALF, multiple=4)


def test_an_entry_travels_as_json(entries: list[Entry]) -> None:
    assert [Entry.from_dict(json.loads(json.dumps(entry.as_dict()))) for entry in entries] == entries


@pytest.mark.parametrize(
    "document", [{}, {"architecture": "unet3d"}, {**pair(Subject("unet3d"), HALF).as_dict(), "newer": 1}]
)
def test_a_check_of_another_version_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="another version"):
        Check.from_dict(document)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"seeds": ()}, "between 1 and 100 seeds"),
        ({"seeds": (1, 1)}, "must differ"),
        ({"seeds": (-1,)}, "at least 0"),
        ({"equal": "energy"}, "equal must be one of"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(Contestant(), **settings)


def test_a_summary_is_over_the_seeds_that_ended() -> None:
    found = summarise(
        [
            Entry(1, "random", 0, score=0.5, macs=10, steps=2, wall_seconds=1.0),
            Entry(1, "random", 1, reason="'conv' is empty"),
            Entry(1, "random", 2, score=0.7, macs=20, steps=2, wall_seconds=3.0),
            Entry(0, "full", 0, score=0.9),
        ]
    )
    assert [summary.label for summary in found] == ["full", "random"]
    random = found[1]
    assert (random.seeds, random.mean, random.macs) == (3, pytest.approx(0.6), 15)
    assert random.spread == pytest.approx(math.sqrt(0.02))
    assert random.seconds_per_step == pytest.approx(1.0)
    assert (random.steps, random.wall_seconds, random.failures) == (2, 2.0, 1)
    assert random.reasons == ("'conv' is empty",)
    assert found[0].spread is None


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "result.json")
    network = ["unet3d", "--preset", "classroom-shapes"]
    assert main(["train", *network, "--steps", "1", "--budget", "macs=0.5", "--json", "--out", out]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [summary["label"] for summary in result["summary"]] == ["full", "ranp-f"]
    assert result["score"] == "miou"
    assert json.loads(Path(out).read_text())["entries"] == result["entries"]
