"""Checks of networks that are cut down while they train: labels, bills, equal bills, and a run that is killed."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ranp.checks import Check, Contestant, Entry, Progress, Saver, run_check, summarise
from ranp.models import Recipe
from ranp.plan import Plan, load_plan
from ranp.queue import Grid
from ranp.queue.sweep import check_of
from ranp.schedules import SCHEDULES, STEP
from ranp.selection import PruningConfig
from ranp.subject import Metric, Subject, allow
from tests.checks.test_after_training import CODE

CONFIG = PruningConfig("ranp-f", budget=("macs", 0.4), fill="yes")
RECIPE = Recipe(steps=12, batch_size=4, learning_rate=0.03, evaluations=3)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "learned.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("RANP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "learned", raising=False)
    allow(["learned"])
    return tmp_path


def ours() -> Subject:
    return Subject(
        model="learned:network",
        inputs=("1x1x6x6x6",),
        data="learned:batches",
        loss="learned:loss",
        metrics=(Metric("accuracy", "learned:accuracy"),),
    )


def check(*schedules: str, **more: object) -> Check:
    pruned = (Contestant(CONFIG, schedule=schedule) for schedule in schedules)
    return Check(ours(), (Contestant(), *pruned), recipe=RECIPE, **more)  # type: ignore[arg-type]


def test_every_schedule_ends_within_the_budget_with_a_bill(here: Path) -> None:
    asked = check(*SCHEDULES)
    plans: list[Plan | None] = []
    saver = Saver(asked, here / "trained")

    def keep(entry: Entry, plan: Plan | None, model: object) -> None:
        plans.append(plan)
        saver(entry, plan, model)  # type: ignore[arg-type]

    entries = run_check(asked, keep=keep)
    assert [entry.reason for entry in entries] == [None] * (1 + len(SCHEDULES))
    assert [entry.label for entry in entries] == [
        "full",
        "ranp-f",
        *(f"ranp-f, {name}" for name in SCHEDULES if name != "init"),
    ]
    full = entries[0]
    assert full.total_macs == STEP * 12 * 4 * full.macs == sum(charge.macs for charge in full.bill)
    for entry, plan in zip(entries[1:], plans[1:], strict=True):
        assert entry.steps == 12
        assert entry.macs is not None
        assert entry.macs <= 0.4 * full.macs
        assert plan is not None
        assert plan.pruned.macs == entry.macs == entry.sizes[-1].macs
        least = 0.7 if entry.label.endswith("thresholds") else 0.9  # one neuron more of its first layer is too many
        assert least < entry.used["macs"] <= 1
        assert entry.total_macs == sum(charge.macs for charge in entry.bill)
        assert entry.total_seconds == pytest.approx(sum(charge.seconds for charge in entry.bill))
        scored = "scoring" in {charge.phase for charge in entry.bill}
        assert scored != entry.label.endswith("propagate"), "utilities are of gradients that training has anyway"
        assert entry.total_peak_bytes is not None
        assert entry.total_peak_bytes >= entry.peak_training_bytes
    by_label = {entry.label: entry for entry in entries}
    assert by_label["ranp-f"].sizes[0].macs == by_label["ranp-f"].macs, "small from the start"
    assert by_label["ranp-f"].total_macs < full.total_macs < by_label["ranp-f, soft"].total_macs
    assert by_label["ranp-f, early"].total_peak_bytes == full.peak_training_bytes
    assert [Entry.from_dict(json.loads(json.dumps(entry.as_dict()))) for entry in entries] == entries
    assert summarise(entries)[2].total_macs == entries[2].total_macs
    assert load_plan(saver.place(3, 0)).kept_counts == plans[3].kept_counts  # type: ignore[union-attr]
    assert not list((here / "cache" / "runs").glob("*.safetensors")), "complete runs leave nothing"


def test_what_scores_nothing_needs_no_memory_for_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ValueError("nobody asked for scores")

    monkeypatch.setattr("ranp.checks.contestants.Start.scored", refused)
    full, pruned = run_check(check("propagate"))
    assert (full.reason, pruned.reason) == (None, None)
    assert pruned.total_peak_bytes == full.peak_training_bytes


@pytest.mark.parametrize("criterion", ["mpmg", "bn-scale"])
def test_a_run_that_goes_on_after_its_scores_ends_with_the_same_peak(criterion: str) -> None:
    pruned = Contestant(replace(CONFIG, criterion=criterion), schedule="early:at=2")
    asked = Check(ours(), (pruned,), recipe=replace(RECIPE, steps=4, batch_size=1, evaluations=4))
    [whole] = run_check(asked)

    def stop(progress: Progress) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_check(asked, stop)
    steps: list[int] = []
    [again] = run_check(asked, lambda progress: steps.append(progress.step))
    assert 1 not in steps, "it went on"
    assert again.reason is None
    assert again.total_peak_bytes == whole.total_peak_bytes


def test_bills_can_be_equal() -> None:
    entries = run_check(check("init", "gradual", "after", equal="total"))
    full = entries[0]
    assert (full.reason, full.steps) == (None, 12)
    for entry in entries[1:]:
        over = entry.total_macs - full.total_macs
        assert -1 < over < STEP * 4 * full.macs + 8 * 4 * full.macs, "up to a step, and the last norm statistics"
    assert entries[1].steps > 12, "a smaller network takes more steps for its bill"
    assert entries[2].steps < 12, "in so short a run, scoring four times costs more than smaller steps save"


def test_documents_of_before_are_read_and_nonsense_is_refused() -> None:
    asked = check("gradual")
    document = asked.as_dict()
    assert Check.from_dict(json.loads(json.dumps(document))) == asked
    for each in document["contestants"]:
        del each["schedule"]
    assert [each.schedule for each in Check.from_dict(document).contestants] == ["init", "init"]
    old = {"contestant": 0, "label": "full", "seed": 0, "curve": [], "score": 0.5}
    assert Entry.from_dict(old).bill == ()
    with pytest.raises(ValueError, match="the full network loses nothing"):
        Contestant(schedule="after")
    with pytest.raises(ValueError, match="schedule must be one of init"):
        Contestant(CONFIG, schedule="later")


def test_a_grid_tries_schedules() -> None:
    grid = Grid(ours(), ("ranp-f",), budgets=((("macs", 0.4),),), several={"schedule": ("init", "gradual:rounds=2")})
    study = {"template": grid.template().as_dict()}
    checks = [check_of(study, point, {}) for point in grid.points()]
    assert [each.contestants[0].label for each in checks] == ["full", "ranp-f", "ranp-f, gradual, rounds 2"]
    with pytest.raises(ValueError, match="schedule must be one of"):
        replace(grid, several={"schedule": ("later",)})


@pytest.mark.parametrize("criterion", ["pgp", "bn-scale", "activation-density", "di", "taylor-activations", "fpgm"])
def test_criteria_of_trained_networks_work_while_a_network_is_trained(criterion: str) -> None:
    """Also in a second round, where `pgp` compares what is left with the same neurons as they began."""
    schedule = "after:rounds=2,pretraining=0.25" if criterion in ("pgp", "di") else "early:at=2"
    pruned = Contestant(replace(CONFIG, criterion=criterion), schedule=schedule)
    asked = Check(ours(), (pruned,), recipe=replace(RECIPE, steps=4, evaluations=1))
    [entry] = run_check(asked)
    assert entry.reason is None
    assert entry.used["macs"] <= 1
    charged = {charge.phase: charge.macs for charge in entry.bill}.get("scoring", 0)
    assert (charged > 0) is (criterion not in ("pgp", "fpgm")), "what looks at weights alone takes no pass"


def test_what_training_changed_cannot_be_asked_before() -> None:
    with pytest.raises(ValueError, match=r"'pgp' compares weights with those before training.*add --schedule after"):
        Contestant(replace(CONFIG, criterion="pgp"))
    assert Contestant(replace(CONFIG, criterion="pgp", method="random")).label, "nobody asks it"
    [entry] = run_check(Check(ours(), (Contestant(replace(CONFIG, criterion="bn-scale")),), recipe=RECIPE))
    assert "needs trained norms, and all scales here are 1" in str(entry.reason)


KILLED = """
import os, signal, sys
from ranp.checks import Check, run_check
from ranp.subject import allow
import json

allow(["learned"])
def report(progress):
    if progress.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    print(progress.step, flush=True)
(entry,) = run_check(Check.from_dict(json.loads(sys.argv[1])), report)
print(json.dumps(entry.as_dict()))
"""


def test_killed_in_the_middle_it_goes_on_from_its_last_round(here: Path) -> None:
    asked = check("gradual:start=0.1,end=0.8")
    asked = replace(asked, contestants=asked.contestants[1:])

    def started(cache: str, kill_at: int) -> subprocess.CompletedProcess[str]:
        (here / "killed.py").write_text(KILLED)
        told = [sys.executable, "killed.py", json.dumps(asked.as_dict()), str(kill_at)]
        paths = os.pathsep.join([str(here), str(Path(__file__).parents[2])])
        env = {**os.environ, "RANP_CACHE": str(here / cache), "PYTHONPATH": paths}
        return subprocess.run(told, capture_output=True, text=True, env=env, check=False)

    whole = started("one", -1)
    cut = started("other", 7)
    assert cut.returncode == -signal.SIGKILL, cut.stderr
    again = started("other", -1)
    assert again.returncode == 0, again.stderr
    steps = [line for line in again.stdout.split() if line.isdecimal()]
    assert (steps[:2], steps[-2:]) == (["0", "6"], ["12", "0"]), "from the round at step 6"
    first, second = (Entry.from_dict(json.loads(each.stdout.splitlines()[-1])) for each in (whole, again))
    assert second.figures == first.figures
    assert second.sizes == first.sizes
    assert [point.figures for point in second.curve] == [point.figures for point in first.curve]
    assert second.total_macs == first.total_macs
