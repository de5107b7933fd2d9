"""Running a training check: every contestant is built, pruned and trained from every seed, one after the other.

For seed s: weights from s; importance from four procedural or real batches of two, as the explorer draws them from s;
a pruned network's new weights from 500 + s; training examples from 1000 + s; test examples from 9999, the same for all.
A contestant that cannot be built or trained becomes an entry with the reason, and the others go on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import torch
from torch import nn

import ranp.data
from ranp.check import Check, Contestant
from ranp.config import METHODS, PruningConfig
from ranp.data import Batch
from ranp.graph import ChannelGraph, Cost
from ranp.importance import importance
from ranp.layer_summary import summarise
from ranp.memory import peak_training_bytes
from ranp.metrics import METRICS
from ranp.models import build
from ranp.outcome import Entry
from ranp.parallel import Alone
from ranp.plan import Plan, prune
from ranp.ranking import ranked_scores
from ranp.rounding import rounded_up
from ranp.scoring import Scoring, draw_batches, score_preset
from ranp.shrink import shrink
from ranp.subject import Network, library_network
from ranp.training import Pools, Step, train
from ranp.types import Scores

TEST_SEED = 9999


class CancelledError(Exception):
    """Somebody asked for the check to end; the entries that were finished have been reported."""


@dataclass(frozen=True)
class Progress:
    """Where a check is: which entry is being trained, and how much of the whole is done."""

    contestant: int
    label: str
    seed: int
    step: Step | None
    """None while the network is being built and scored."""
    done: float
    """Share of the check, 0 to 1, counted in entries and their steps."""
    remaining_seconds: float | None
    """None until there is something to judge it by."""


def run_check(
    check: Check,
    report: Callable[[Progress], None] | None = None,
    finished: Callable[[Entry], None] | None = None,
    processes: Alone | None = None,
    finished_before: Sequence[Entry] = (),
) -> list[Entry]:
    """Train all contestants from all seeds; entries by seed, then contestant.

    ``report`` is called at every step and may raise `CancelledError` to end the check. ``finished`` is given each entry
    as it is done; those of ``finished_before`` are taken over from a run that was cut short. With several
    ``processes``, every one of them calls this with the same check. Raises ``ValueError`` where nothing can be trained
    at all: data that cannot be read, arguments that the architecture does not take.
    """
    processes = processes or Alone(check.device)
    entries: list[Entry] = []
    track = _Track(check, report)
    subject = Subject(check)
    subject.prepare()
    for seed in check.seeds:
        start = _Start(check, subject, seed, processes)
        seconds = None
        for index, contestant in enumerate(check.contestants):
            track.begin(index, contestant, seed)
            known = next((each for each in finished_before if (each.contestant, each.seed) == (index, seed)), None)
            entry = known or _entry(start, index, contestant, seconds, track.watch)
            if check.equal == "time" and seconds is None and not entry.failed:
                seconds = entry.cpu_seconds if processes.device.type == "cpu" else entry.wall_seconds
            entries.append(entry)
            track.end()
            if finished is not None and known is None:
                finished(entry)
    return entries


class Subject:
    """What all seeds of a check share: the traced network and the test examples."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.network: Network = library_network(
            check.architecture, check.preset, dict(check.arguments), check.seeds[0], check.init
        )
        self.classes: int = self.network.provenance.arguments["classes"]

    def prepare(self) -> None:
        """Trace, and draw or read the test examples: what fails here fails for every contestant."""
        _ = self.graph, self.test

    @cached_property
    def graph(self) -> ChannelGraph:
        """The channel graph."""
        return self.network.trace()

    @cached_property
    def test(self) -> Batch:
        """All test examples as one batch."""
        return self.pool(self._check.used_recipe.test_examples, TEST_SEED, "test")

    def pool(self, examples: int, seed: int, split: str) -> Batch:
        """So many examples, or as many as the folder holds, as one batch."""
        check, shape = self._check, self.network.input_shapes[0]
        if check.data is None:
            return ranp.data.batches(check.task, shape, self.classes, examples, 1, seed)[0]
        folder = Path(check.data)
        loaded = ranp.data.load(check.task, folder, shape, self.classes, examples, 1, seed, split, skip_bad=True)
        return loaded.batches[0]


class _Start:
    """What the contestants of one seed share: the full network's weights, the scores and the examples."""

    def __init__(self, check: Check, subject: Subject, seed: int, processes: Alone) -> None:
        self.check, self.subject, self.seed, self.processes = check, subject, seed, processes
        self._scores: dict[tuple[str, str], Scores] = {}

    @cached_property
    def pools(self) -> Pools:
        train_pool = self.subject.pool(self.check.used_recipe.train_examples, 1000 + self.seed, "train")
        return Pools(self.check.task, self.subject.classes, train_pool, self.subject.test)

    def model(self) -> nn.Module:
        check = self.check
        return build(check.architecture, check.preset, self.seed, check.init, **check.arguments)

    def plan(self, contestant: Contestant) -> Plan | None:
        """None for the full network."""
        if contestant.pruning is None:
            return None
        config = replace(contestant.pruning, seed=self.seed)
        method = METHODS[config.method].scores
        scores = self.scores(config) if method == "sensitivity" else None
        model = self.model() if method == "magnitude" else None
        graph = self.subject.graph
        plan = prune(graph, scores, config, model)
        if contestant.multiple > 1:
            kept = rounded_up(graph, plan.kept, ranked_scores(graph, scores, config, model), contestant.multiple)
            plan = replace(plan, kept=kept, layers=summarise(graph, kept), pruned=graph.cost(kept))
        plan.check_feasible()
        return plan

    def scores(self, config: PruningConfig) -> Scores:
        """Importance, as the explorer computes it; from the cache where it was computed before."""
        key = (config.criterion, config.reduce)
        if key not in self._scores:
            self._scores[key] = score_check(self.check, self.subject, config, self.seed, self.model(), self.processes)
        return self._scores[key]


def built_contestant(check: Check, contestant: Contestant, subject: Subject) -> tuple[nn.Module, Cost]:
    """The network that a contestant starts to train with, from the check's first seed, and its cost."""
    start = _Start(check, subject, check.seeds[0], Alone(check.device))
    plan = start.plan(contestant)
    return _built(start, contestant, plan), subject.graph.cost() if plan is None else plan.pruned


def score_check(
    check: Check, subject: Subject, config: PruningConfig, seed: int, model: nn.Module, processes: Alone
) -> Scores:
    """Importance of every neuron of ``model`` from the batches of ``seed``, shared among the processes."""
    scoring = Scoring(config.criterion, config.reduce, seed=seed, device=processes.device.type)
    folder = None if check.data is None else Path(check.data)
    batches = draw_batches(check.architecture, check.preset, check.arguments, scoring, folder)
    if len(batches) < processes.world:
        raise ValueError(f"{len(batches)} batches to score on are too few for {processes.world} processes")
    if processes.world > 1:
        mine = batches[processes.rank :: processes.world]
        layers = list(subject.graph.layers.values())
        return importance(
            model,
            mine,
            ranp.data.loss(check.task),
            config.criterion,
            config.reduce,
            layers,
            processes.device,
            combine=processes.total,
        )
    return score_preset(model, subject.graph, check.architecture, check.preset, check.arguments, batches, scoring)


def _entry(
    start: _Start, index: int, contestant: Contestant, seconds: float | None, watch: Callable[[Step], None]
) -> Entry:
    """Build, prune and train one contestant; an entry with the reason where that fails."""
    entry = Entry(index, contestant.label, start.seed)
    check = start.check
    pools = start.pools
    try:
        plan = start.plan(contestant)
        entry = _priced(entry, start, plan)
        model = _built(start, contestant, plan)
        trained = train(model, pools, check.used_recipe, start.seed, seconds, check.speed, start.processes, watch)
    except (ValueError, MemoryError, RuntimeError) as error:
        return replace(entry, reason=_reason(error))
    return replace(
        entry,
        score=trained.figures[METRICS[check.task].score],
        figures=trained.figures,
        curve=trained.curve,
        steps=trained.steps,
        wall_seconds=trained.wall_seconds,
        cpu_seconds=trained.cpu_seconds,
    )


def _built(start: _Start, contestant: Contestant, plan: Plan | None) -> nn.Module:
    if plan is None:
        return start.model()
    init = cast(Literal["xavier", "orthogonal"], start.check.init) if contestant.weights == "new" else None
    return shrink(start.model(), start.subject.graph, plan.kept, init, 500 + start.seed)


def _priced(entry: Entry, start: _Start, plan: Plan | None) -> Entry:
    graph, network = start.subject.graph, start.subject.network
    cost = graph.cost() if plan is None else plan.pruned
    shapes = network.shapes_only()
    model = shapes if plan is None else shrink(shapes, graph, plan.kept, verify=False)
    peak = peak_training_bytes(model, network.inputs(start.check.used_recipe.batch_size))
    return replace(
        entry,
        sparsity=0.0 if plan is None else plan.achieved_sparsity,
        macs=cost.macs,
        params=cost.params,
        activations=cost.activations,
        peak_training_bytes=peak,
    )


def _reason(error: Exception) -> str:
    """One sentence; out of memory is told from other failures, which are ours and go on."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in text:
        return f"out of memory: take a smaller batch, or a smaller network ({text[:200]})"
    if isinstance(error, ValueError):
        return text
    raise error


class _Track:
    """Counts entries and steps into a share of the whole, and time into what remains."""

    def __init__(self, check: Check, report: Callable[[Progress], None] | None) -> None:
        self._report = report
        self._entries = len(check.seeds) * len(check.contestants)
        self._ended = 0
        self._began = time.perf_counter()
        self._now = (0, "", 0)

    def begin(self, index: int, contestant: Contestant, seed: int) -> None:
        self._now = (index, contestant.label, seed)
        self._tell(None)

    def end(self) -> None:
        self._ended += 1
        self._tell(None)

    def watch(self, step: Step) -> None:
        self._tell(step)

    def _tell(self, step: Step | None) -> None:
        if self._report is None:
            return
        done = (self._ended + (0.0 if step is None else step.done)) / self._entries
        passed = time.perf_counter() - self._began
        self._report(Progress(*self._now, step, done, passed / done - passed if done > 0 else None))
