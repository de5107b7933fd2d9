"""The Train check page by what a visitor sees, its figures from numbers, and a queue that outlives the app."""

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from explorer import compute
from explorer.compute import Visitor, visitors
from explorer.state import default_state, quote_reason
from explorer.training import queue, requests, sweeping, wording
from explorer.training.charts.learning import learning as learning_figure
from explorer.training.charts.race import race_costs, race_scores
from explorer.training.charts.trials import parallel, pareto
from explorer.training.facts import LearningCurve, Measure, TrialFacts
from explorer.training.requests import Length
from explorer.units import binary_bytes
from ranp.checks import CONTROLS, NAMED, RACED, Answers, Check, Entry, Example, Examples, Progress, Race, Summary
from ranp.checks.check import pair
from ranp.checks.contestants import Shared, Start
from ranp.models import Recipe
from ranp.queue import Database, enqueue, jobs, work
from ranp.queue.database import FORM_KEY
from ranp.queue.job import QueueFullError
from ranp.selection import PruningConfig
from ranp.subject import Subject
from ranp.training import Alone, Point

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "explorer" / "app.py")
DICE = Measure("dice", "Dice", True)
EPE = Measure("epe", "end-point error", False, unbounded=True)
ENTRIES = (
    Entry(0, "full", 0, score=0.7), Entry(0, "full", 1, score=0.9), Entry(1, "ranp-f", 0, reason="a layer is empty"),
)  # fmt: skip
OTHER = pair(Subject("unet3d"), PruningConfig())
RECIPE = Recipe(steps=6, batch_size=2, learning_rate=1e-2, train_examples=4, test_examples=2, evaluations=2)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of its own, that nobody works for."""
    monkeypatch.setenv("RANP_DATABASE", str(tmp_path / "studies.db"))
    monkeypatch.setenv("RANP_WORKER", "none")
    monkeypatch.setattr(queue, "READ_SECONDS", 0.0)
    return str(tmp_path / "studies.db")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks as the page asks for them, of a narrower network and on a handful of examples."""
    ask = requests.plan_check

    def narrow(*settings: Any) -> Check:
        check = ask(*settings)
        return replace(check, subject=replace(check.subject, arguments={"base_channels": 6}), recipe=RECIPE)

    monkeypatch.setattr(requests, "plan_check", narrow)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker in this process that makes its figures up: how they are stored and shown is what is tested."""
    monkeypatch.setattr("ranp.queue.worker.run_check", made_up)


EXAMPLES = Examples(
    "voxel-parts",
    "labels",
    "slice",
    (
        Example(
            np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
            np.array([[[0, 0, 1], [255, 1, 0]], [[0, 0, 0], [0, 4, 0]]], np.uint8),
        ),
    ),
    slices=2,
)
"""One example whose answer is the contestant's number everywhere."""


def made_up(check: Check, report: Any, finished: Any, finished_before: Any, pictured: Any = None) -> list[Entry]:
    """Scores that tell networks and seeds apart; the largest sparsity empties a layer."""
    found = []
    for seed in check.seeds:
        for index, contestant in enumerate(check.contestants):
            report(Progress(index, contestant.label, seed, 0, None, 0.5, 10.0))
            sparsity = (contestant.pruning.sparsity or 0.5) if contestant.pruning else 0.0
            entry = Entry(index, contestant.label, seed, "layer conv1 has no neuron left" if sparsity > 0.6 else None)
            if not entry.failed:
                score, macs = 0.8 - sparsity / 4 + seed / 100, round(1000 * (1 - sparsity))
                curve = tuple(Point(step, step / 10, 1.0, {"miou": score * step / 4}) for step in (2, 4))
                figures = {"miou": score, "miou_instance": score / 2}
                entry = replace(entry, score=score, figures=figures, curve=curve, steps=4, macs=macs, activations=macs)
            if pictured is not None and seed == check.seeds[0]:
                pictured(
                    EXAMPLES, Answers(index, entry.label, seed, (np.full((2, 2, 3), index, np.uint8),), (index / 3,))
                )
            finished(entry)
            found.append(entry)
    return found


def visit(tab: str = wording.TABS[0], **query: str) -> AppTest:
    """Open the page by its address. `AppTest` knows pages that are files only, so its page is set by hand."""
    app = AppTest.from_file(APP, default_timeout=120)
    app._page_hash = calc_hash("training")
    app.session_state["train_tab"] = tab
    for name, value in {"preset": "classroom-shapes", **query}.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(element.value for kind in kinds for element in kind)


def begin(app: AppTest) -> AppTest:
    """Ask for a check of five steps."""
    steps = next(box for box in app.number_input if box.label == wording.STEPS)
    steps.set_value(5).run()
    return app.button(key="start_check").click().run()


@pytest.mark.parametrize(
    ("preset", "words"), [("classroom-tissue", "average of 152 adults"), ("classroom", "Procedural")]
)
def test_the_page_says_what_is_learnt_from(url: str, preset: str, words: str) -> None:
    app = visit(preset=preset)
    assert not app.exception
    assert not app.error
    assert words in said(app)


def test_a_size_that_takes_hours_has_its_ways_out(url: str) -> None:
    app = visit(preset="brats", target="macs", budget="0.25")
    assert not app.exception
    assert wording.TOO_LONG in said(app)
    [commands] = [code.value for code in app.code if "--device cuda" in code.value]
    prune, train = commands.split("\npython -m ranp train ")
    assert "unet3d --preset brats" in prune
    assert "--budget macs=0.25" in prune
    assert prune.endswith("--out plan.zip")
    assert train == "unet3d --preset brats --plan plan.zip --seed-list 0 --device cuda"
    assert wording.SMALLER in said(app)
    assert wording.REAL_DATA in said(app)
    app.button(key="way_smaller").click().run()
    assert not app.exception
    assert wording.TOO_LONG not in said(app)
    assert not app.button(key="start_check").disabled


def test_a_scan_that_is_not_installed_is_told_on_the_page(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ValueError("it needs nilearn, which is not installed; run pip install 'ranp-explorer[tissue]'")

    monkeypatch.setattr("ranp.data.tissue.template", missing)
    app = visit(preset="classroom-tissue", seed="77")
    assert not app.exception
    assert [error.value for error in app.error] == [
        "it needs nilearn, which is not installed; run pip install 'ranp-explorer[tissue]'"
    ]


def test_a_plan_at_fast_widths_is_trained_as_it_is(url: str) -> None:
    """By the table of the page, which the worker reads."""
    state = replace(default_state(compute.choices()), method="random", snap="add", sparsity=0.6)
    compute.tracing(state).result()
    table = compute.table_of(state)
    assert table is not None
    compute.calling(state, table.batch).result()
    check = requests.plan_check(state, Length(5))
    assert check.time_table is not None
    trained = Start(check, Shared(check), state.seed, Alone("cpu")).plan(check.contestants[1])
    assert trained is not None
    kept = trained.kept
    plain = compute.plan(replace(state, snap="off")).kept
    assert {name: int(mask.sum()) for name, mask in kept.items()} == compute.plan(state).kept_counts
    assert any(int(mask.sum()) > int(plain[name].sum()) for name, mask in kept.items())
    race = requests.race_check(state, Length(5), ["ranp-f"], "macs", 0.4)
    assert [each.pruning.snap for each in race.contestants if each.pruning] == ["off"]


def test_the_page_says_which_plan_it_will_train_and_at_what_cost(url: str) -> None:
    app = visit(method="ranp-m", sparsity="0.3")
    start = default_state(compute.choices(), "unet3d", "classroom-shapes")
    state = replace(start, method="ranp-m", alpha=0.0, sparsity=0.3)
    plan, batch = compute.plan(state), requests.batch_of(state, requests.Length(8))
    (told,) = [part.value for part in app.markdown if part.value.startswith("**Trains")]
    left = [100 * getattr(plan.pruned, cost) / getattr(plan.full, cost) for cost in ("macs", "activations", "params")]
    assert told.startswith("**Trains RANP-m, sparsity 30.0 %**, which leaves")
    assert [f"{share:.1f} %" for share in left] == re.findall(r"[\d.]+ %", told)[1:4]
    assert f"{requests.recipe_steps(state)['quick']} steps of batch {batch} each, from one seed" in told
    full, pruned = compute.peaks_at(state, batch) or (0, 0)
    assert not full or f"a step holds {binary_bytes(pruned)} instead of {binary_bytes(full)}" in told


def test_a_check_waits_runs_and_shows_what_came_out(url: str, no_training: None) -> None:
    app = begin(visit(sparsity="0.3"))
    assert not app.exception
    assert not app.error
    (job,) = jobs(Database(url))
    assert job.state == "waiting"
    assert job.check is not None
    assert [contestant.label for contestant in job.check.contestants] == ["full", "ranp-f"]
    assert job.check.contestants[1].pruning is not None
    assert job.check.contestants[1].pruning.sparsity == 0.3
    assert job.check.used_recipe.steps == 5
    assert app.query_params["check"] == job.id or app.query_params["check"] == [job.id]
    assert wording.NO_WORKER in said(app)
    assert work(Database(url), idle_seconds=0) == 1

    # The app starts again: all that is left of the visit is its link.
    again = visit(check=job.id)
    assert not again.exception
    assert "one seed: nothing can be said" in said(again)
    frame = again.dataframe[0].value
    assert list(frame["Network"]) == ["full", "RANP-f"]
    entries = jobs(Database(url))[0].entries
    assert list(frame["mean IoU of parts"]) == [f"{entry.score:.3f}" for entry in entries]
    assert {"CPU time", "Wall time", "MACs", "Memory (training)"} < set(frame)


def test_a_visitor_may_ask_for_three_and_call_off_their_own(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit()
    for _ in range(queue.EACH):
        app = begin(app)
    assert "in the queue" in said(begin(app))
    assert len(jobs(Database(url))) == queue.EACH
    shown = app.session_state["_train_shown"]
    monkeypatch.setattr(visitors, "asking", lambda: Visitor("other", "somebody else"))
    monkeypatch.setattr(visitors, "present", lambda visitor: True)
    queue.call_off(shown)
    assert "cancelled" not in {job.state for job in jobs(Database(url))}
    monkeypatch.setattr(visitors, "present", lambda visitor: False)  # whoever asked has left
    queue.call_off(shown)
    assert [job.id for job in jobs(Database(url)) if job.state == "cancelled"] == [shown]
    assert "was called off: called off before it began" in said(visit(check=shown))


class People:
    """Who asks for checks, from which tab and where, and who has left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.visitor = Visitor("", "")
        self.gone: set[str] = set()
        monkeypatch.setattr(visitors, "asking", lambda: self.visitor)
        monkeypatch.setattr(visitors, "present", lambda visitor: visitor.person not in self.gone)
        monkeypatch.setattr(queue, "_sessions", {})

    def ask(self, person: str, tab: int = 0, address: str = "") -> str:
        self.visitor = Visitor(f"{person} {tab}", person, address)
        return queue.ask(OTHER, "mine")


def test_all_tabs_of_a_person_share_their_checks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = People(monkeypatch)
    for tab in range(queue.EACH):
        people.ask("ann", tab)
    with pytest.raises(queue.TooManyError, match="3 checks of yours are in the queue"):
        people.ask("ann", 99)
    people.ask("ben")
    assert [job.mine for job in queue.checks()] == [False, False, False, True]


def test_an_address_has_half_of_the_places_for_checks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = People(monkeypatch)
    monkeypatch.setattr(queue, "FROM_ONE_ADDRESS", 2)
    people.ask("forged 1", address="192.0.2.2")
    people.ask("forged 2", address="192.0.2.2")
    with pytest.raises(queue.TooManyError, match="2 checks from where you are wait already"):
        people.ask("forged 3", address="192.0.2.2")
    people.ask("ben", address="192.0.2.1")


@pytest.mark.parametrize(("minutes", "crowded", "ended"), [(0, 3, ["ann"]), (0, 4, []), (60, 3, [])])
def test_checks_of_who_left_long_ago_end_where_others_need_the_room(
    url: str, monkeypatch: pytest.MonkeyPatch, minutes: int, crowded: int, ended: list[str]
) -> None:
    people = People(monkeypatch)
    monkeypatch.setattr(queue, "CROWDED", crowded)
    monkeypatch.setattr(queue, "LIMITS_HERE", replace(queue.LIMITS_HERE, expire_minutes=minutes))
    asked = {people.ask(person): person for person in ("ann", "cem")}
    enqueue(Database(url), OTHER)  # by a command: there is nobody who could leave
    people.gone.add("ann")
    people.ask("ben")
    found = {job.id: job for job in jobs(Database(url))}
    assert [asked[id] for id, job in found.items() if job.state == "cancelled"] == ended
    assert {job.reason for job in found.values()} == {None, *([queue.EXPIRED] if ended else [])}


def test_links_to_no_check_say_so(url: str) -> None:
    assert "There is no check" in said(visit(check="<script>"))
    assert not visit(check="0" * 32).exception


def test_a_race_is_at_equal_macs_and_an_emptied_layer_fails(url: str, no_training: None) -> None:
    app = visit(wording.TABS[1])
    app.multiselect(key="race_methods").set_value(["ranp-f", "vanilla"]).run()
    app.slider(key="race_macs").set_value(5).run()
    app.button(key="start_race").click().run()
    assert not app.exception
    (job,) = jobs(Database(url))
    assert job.check is not None
    assert [one.pruning and one.pruning.budget for one in job.check.contestants] == [None, *[("macs", 0.05)] * 2]
    assert wording.UNFAIR not in said(app)
    assert work(Database(url), idle_seconds=0) == 1
    app.segmented_control(key="race_terms").set_value("sparsity").run()
    assert "- `RANP-f` beside the full one: one seed: nothing can be said" in said(app)
    live, shipped = (box for box in app.expander if box.label.startswith("The other networks beside each other"))
    assert list(live.dataframe[0].value["Network"]) == ["Vanilla neuron pruning"]
    assert len(shipped.dataframe[0].value) == len(RACED) * (len(RACED) - 1) // 2
    app.button(key="start_controls").click().run()
    assert work(Database(url), idle_seconds=0) == 1
    app.run()
    assert "beside `RANP-f, weights kept`: one seed: nothing can be said" in said(app)
    assert "Difference to RANP-f" in {column for table in app.dataframe for column in table.value}
    assert not app.exception
    assert wording.UNFAIR in said(app)


def test_controls_have_the_budget_and_the_weights_of_their_neurons(url: str, no_training: None) -> None:
    app = visit(wording.TABS[1])
    app.slider(key="race_macs").set_value(30).run()
    app.button(key="start_controls").click().run()
    assert not app.exception
    (job,) = jobs(Database(url))
    assert job.check is not None
    pruned = [one.pruning for one in job.check.contestants if one.pruning]
    assert [config.budget for config in pruned] == [("macs", 0.3)] * 5
    assert {config.fill for config in pruned} == {"yes"}
    assert job.check.labels == tuple(f"{name}, weights kept" for name in ("ranp-f", *CONTROLS))


def test_everybody_who_may_race_has_a_title() -> None:
    assert list(wording.CONTESTANTS) == list(NAMED)


def test_without_shipped_races_the_page_says_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "read_races", dict)
    assert wording.NO_SHIPPED in said(visit(wording.TABS[1]))
    race = Race("voxel-parts", pair(Subject("unet3d", "classroom-shapes"), PruningConfig(), seeds=(0, 1)), ENTRIES, ())
    monkeypatch.setattr(queue, "read_races", lambda: {"voxel-parts": race, "other": replace(race, check=OTHER)})
    app = visit(wording.TABS[1])
    assert wording.NO_SHIPPED not in said(app)
    (frame,) = [table.value for table in app.dataframe]
    assert list(frame["mean IoU of parts"]) == ["0.800 ± 0.141", "failed"]
    assert list(frame["Failed"]) == ["0 of 2", "1 of 1"]
    assert "`RANP-f` beside the full one: 1 of 1 runs failed" in said(app)


def test_a_sweep_begins_stops_and_is_taken_along(url: str, no_training: None) -> None:
    app = visit(wording.TABS[2])
    assert wording.NO_SWEEPS in said(app)
    app.multiselect(key="sweep_methods").set_value(["ranp-f"]).run()
    next(box for box in app.number_input if box.label == wording.STEPS).set_value(5).run()
    app.button(key="start_sweep").click().run()
    assert not app.exception
    assert not app.error
    (name,) = sweeping.names()
    assert len(sweeping.sweep(name).trials) == 4  # the full network, and three sparsities
    assert work(Database(url), idle_seconds=0) == 4
    app = visit(wording.TABS[2])
    assert not app.exception
    facts = sweeping.sweep(name)
    assert (facts.number("done"), facts.number("failed")) == (3, 1)
    assert "layer conv1 has no neuron left" in list(app.dataframe[0].value["Reason"])
    assert not app.error
    assert {trial.number for trial in facts.trials if trial.best} == {
        trial.number for trial in Database(url).study(name).best_trials
    }
    lines = sweeping.csv(name).decode().splitlines()
    assert len(lines) == 5
    assert sweeping.parquet(name)[:4] == b"PAR1"
    app.multiselect(key="sweep_methods").set_value(["ranp-f", "random"]).run()
    next(box for box in app.number_input if box.label == wording.STEPS).set_value(5).run()
    app.button(key="start_sweep").click().run()
    assert "3 trials added" in said(app)
    app.button(key="stop_sweep").click().run()
    assert sweeping.sweep(name).number("cancelled") == 3


def test_a_trial_opens_as_it_was_trained() -> None:
    start = replace(
        default_state(requests.compute.choices(), "unet3d", "classroom"), protect=("encoder1.conv1",), min_neurons=3
    )
    limits = (("macs", 0.4), ("peak", 0.5))
    limited = requests.trial_state(start, ("unet3d", "classroom"), "ranp-f", 0, None, None, None, limits, 4)
    assert limited is not None
    assert (limited.limits, limited.batch) == (limits, 4)
    amount = (("peak", "6GiB"),)  # which no page prescribes
    assert requests.trial_state(start, ("unet3d", "classroom"), "ranp-f", 0, None, None, None, amount) is None
    state = requests.trial_state(start, ("unet3d", "classroom-shapes"), "blend", 2, 0.4, 0.3, 7.0)
    assert (state.preset, state.method, state.seed) == ("classroom-shapes", "blend", 2)
    assert (state.sparsity, state.alpha, state.lam, state.protect, state.min_neurons) == (0.4, 0.3, 7.0, (), 0)


def test_a_full_queue_and_a_foreign_study_are_told_in_a_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> str:
        raise QueueFullError("64 checks wait already")

    monkeypatch.setattr(queue, "enqueue", full)
    app = begin(visit())
    assert "64 checks wait already" in said(app)
    Database(url).checks().set_user_attr(FORM_KEY, 99)
    app = visit()
    assert not app.exception
    assert "was made by ranp" in said(app)


def test_a_deleted_database_is_told_once(url: str) -> None:
    begin(visit())
    for file in Path(url).parent.glob("studies.db*"):
        file.unlink()
    app = visit()
    assert "was deleted or replaced" in said(app)
    assert not app.exception
    app = visit()
    assert wording.NO_JOBS in said(app)


def test_a_database_that_is_none_is_told(url: str) -> None:
    Path(url).write_bytes(b"this is no database, whatever its name says" * 50)
    app = visit()
    assert not app.exception
    assert "cannot be opened" in said(app)


def test_one_worker_is_started_and_no_second(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.delenv("RANP_WORKER")
    monkeypatch.setattr(queue, "start_local_worker", lambda database, threads: started.append(threads) or True)
    assert queue.wake()
    assert queue.wake()
    assert len(started) == 1
    assert started[0] >= 1


def curve(*scores: float, spread: float | None = None) -> LearningCurve:
    steps = tuple(10.0 * (place + 1) for place in range(len(scores)))
    return LearningCurve("ranp-f <b>", 1, steps, scores, (spread,) * len(scores), (2,) * len(scores))


def result(label: str, contestant: int, score: float | None, macs: float | None, reason: str = "") -> Summary:
    failures, reasons = 2 * (score is None), (reason,) * bool(reason)
    return Summary(contestant, label, 2, failures, score, 0.01, macs=macs, activations=macs, reasons=reasons)


def test_curves_have_fixed_axes_bands_and_no_markup() -> None:
    figure = learning_figure([curve(0.2, 0.4, spread=0.1)], DICE, "steps", 100)
    band, line = figure.data
    assert list(band.y) == pytest.approx([0.3, 0.5, 0.3, 0.1])
    assert list(line.y) == [0.2, 0.4]
    assert line.name == "ranp-f &lt;b&gt;"
    assert tuple(figure.layout.xaxis.range) == (0, 103)
    assert tuple(figure.layout.yaxis.range) == (0, 1.03)
    assert "(higher is better)" in figure.layout.yaxis.title.text
    assert tuple(learning_figure([curve(3.2, 2.9)], EPE, "steps", 100).layout.yaxis.range) == pytest.approx((0, 4.12))


def test_a_failed_entry_of_a_race_stays_in_its_row() -> None:
    found = [result("full", 0, 0.8, 100.0), result("vanilla", 1, None, None, "layer conv1 has no neuron left")]
    scores = race_scores(found, DICE)
    assert [trace.y[0] for trace in scores.data] == [0, 1]
    assert scores.data[1].text[0].strip() == "no network: a layer is empty"
    assert list(race_costs(found).data[0].x) == [1.0, None]
    assert "conv1" in wording.failed(found[1])


def test_trials_on_the_front_are_filled_and_axes_fixed() -> None:
    trials = [
        TrialFacts(0, "a", "done", "ranp-f", 0.3, None, None, 0, 0.8, 50.0, 5.0, best=True),
        TrialFacts(1, "b", "done", "random", 0.3, None, None, 0, 0.7, 60.0, 6.0),
        TrialFacts(2, "c", "failed", "random", 0.9, None, None, 0),
    ]
    beaten, best = pareto(trials, DICE, "macs").data
    assert [point[0] for point in best.customdata] == [0]
    assert [point[0] for point in beaten.customdata] == [1]
    assert [dimension.label for dimension in parallel(trials, DICE).data[0].dimensions] == [
        "method", "score", "MACs", "Memory",
    ]  # fmt: skip


def test_a_reason_cannot_write_markdown() -> None:
    assert quote_reason("[x](http://y) `z`") == "\\[x\\](http\\://y) \\`z\\`"
    assert math.isfinite(len(quote_reason("x" * 10_000)))


@pytest.mark.slow
def test_ten_visitors_a_killed_worker_and_a_restarted_app(
    url: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for through the page; two workers, one killed in the middle; a new app shows all ten ended, none twice."""
    for number in range(10):
        monkeypatch.setattr(visitors, "asking", lambda number=number: Visitor(f"tab {number}", f"visitor {number}"))
        assert not begin(visit()).error
    ids = [job.id for job in jobs(Database(url))]
    assert len(set(ids)) == 10
    command = [sys.executable, "-m", "ranp", "worker", "--database", url, "--poll", "0.2"]
    command += ["--heartbeat", "1", "--grace", "6", "--threads", "1"]
    workers = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}) for _ in range(2)]
    try:
        _wait(lambda: any((job.worker or "").endswith(f":{workers[0].pid}") for job in jobs(Database(url))
                          if job.state == "running"))  # fmt: skip
        workers[0].send_signal(signal.SIGKILL)
        queue._opened.clear()  # the app starts again
        queue._read.clear()
        queue._sessions.clear()
        _wait(lambda: all(check.state == "done" for check in queue.checks()))
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    app = visit(check=ids[0])
    assert not app.exception
    assert {check.id for check in queue.checks()} == set(ids)
    trials = Database(url).study().trials
    done = Counter(trial.user_attrs["job"] for trial in trials if trial.state.name == "COMPLETE")
    assert done == Counter(ids)
    assert sorted(job.attempt for job in jobs(Database(url))) == [1] * 9 + [2]  # the killed worker's began again


def _wait(true: Any, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)
