"""The contestants of a check: what one seed's have in common, and the network that each starts to train with.

For seed s: weights from s; importance from four procedural or real batches of two, or from four of one's own, as the
explorer draws them from s; a pruned network's new weights, training and test examples as `ranp.checks.seeds` says.
With a checkpoint its weights are scored, and kept, from every seed; networks that start anew draw theirs as without.
Where nobody says how a network of one's own is initialised, its factory draws all weights: those that a pruned network
starts anew with from another seed, of which it takes those of the neurons that stay.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from torch import nn

import ranp.data
from ranp.checks import seeds
from ranp.checks.check import Check, Contestant
from ranp.checks.controls.alike import network_key
from ranp.checks.given import masks_of_plan
from ranp.checks.scores import score_check, score_left, scoring_batches
from ranp.data import Batch
from ranp.fitting import plan_within
from ranp.graph import ChannelGraph, Cost
from ranp.importance import scoring_passes
from ranp.models import Preset
from ranp.own import is_name
from ranp.plan import Plan, check_fits, plan_from_masks, prune, shrink
from ranp.resources import peak_training_bytes
from ranp.schedules import Scored
from ranp.selection import METHODS, Pricer, Pricers, PruningConfig
from ranp.subject import Network, Scoring, load_own, own_loss, score_own
from ranp.timing import STEP_OF, TimeTable, time_pricers
from ranp.training import Alone, Material, OwnMaterial, Pair, Pools, Ran
from ranp.types import Scores

log = logging.getLogger(__name__)


class Shared:
    """What all seeds of a check share: the traced network and what the networks are tested on."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.network: Network = check.subject.network(check.seeds[0])
        self._pricers: dict[str, Pricer] = {}

    def prepare(self) -> None:
        """Trace, and draw or read what is tested on: what fails here fails for every contestant."""
        _ = self.graph, self.test if self.own is None else self.own.test

    @cached_property
    def graph(self) -> ChannelGraph:
        """The channel graph."""
        return self.network.trace()

    @cached_property
    def own(self) -> OwnMaterial | None:
        """The batches, the loss and the metrics that the user names; None for a task of the library."""
        subject, recipe = self._check.subject, self._check.used_recipe
        if subject.model is None:
            return None
        assert subject.data is not None, "checked at construction"
        assert subject.loss is not None, "checked at construction"
        model, spec = self.network.model, self.network.spec
        return OwnMaterial(
            subject.data, subject.loss, subject.metrics, model, spec, recipe.batch_size, recipe.test_examples
        )

    def pricers(self, config: PruningConfig) -> Pricers:
        """What tells the seconds that the settings need, by the check's time table, of a step of the table's batch."""
        kinds = [kind for kind in STEP_OF if kind in dict(config.budgets)]
        if config.lacks_seconds or config.snaps:
            kinds = list(dict.fromkeys(("time", *kinds)))
        for kind in (kind for kind in kinds if kind not in self._pricers):
            self._pricers.update(time_pricers(self._table, self.network.shapes(), self.graph, budgets=(kind,)))
        return {kind: self._pricers[kind] for kind in kinds if kind in self._pricers}

    @cached_property
    def _table(self) -> TimeTable:
        assert self._check.time_table is not None, "checked at construction"
        return self._check.time_table.read()

    def material(self, seed: int) -> Material:
        """What the networks of one seed learn from and are judged by."""
        if self.own is not None:
            return self.own
        train_pool = self.pool(self._check.used_recipe.train_examples, seeds.training_examples(seed), "train")
        return Pools(self._preset.task, self.classes, train_pool, self.test)

    @cached_property
    def test(self) -> Batch:
        """All test examples of a task as one batch."""
        return self.pool(self._check.used_recipe.test_examples, seeds.examples_to_test(self._check.seeds), "test")

    def pool(self, examples: int, seed: int, split: str) -> Batch:
        """So many examples of a task, or as many as the folder holds, as one batch."""
        task, shape, data = self._preset.task, self.network.input_shapes[0], self._check.subject.data
        if data is None:
            return ranp.data.batches(task, shape, self.classes, examples, 1, seed, split)[0]
        loaded = ranp.data.load(task, Path(data), shape, self.classes, examples, 1, seed, split, skip_bad=True)
        return loaded.batches[0]

    @cached_property
    def full_peak(self) -> int | None:
        """The peak memory of a training step of the full network."""
        return self.peak(self.network.shapes(), self._check.used_recipe.batch_size)

    def peak(self, shapes: nn.Module, batch: int, optimizer: str = "adamw") -> int | None:
        """The same of any network that is left of it; None for one of one's own of which it cannot be told."""
        try:
            return peak_training_bytes(shapes, self.network.inputs(batch), optimizer)
        except ValueError as error:
            if self.network.preset is not None:
                raise
            log.warning("peak training memory is unknown: %s", error)
            return None

    @property
    def classes(self) -> int:
        """The number of a task's outputs."""
        found: int = self.network.provenance.arguments["classes"]
        return found

    @property
    def _preset(self) -> Preset:
        assert self.network.preset is not None, "a network of one's own has no task"
        return self.network.preset


class Start:
    """What the contestants of one seed share: the full network's weights, the scores and the examples."""

    def __init__(self, check: Check, shared: Shared, seed: int, processes: Alone) -> None:
        self.check, self.shared, self.seed, self.processes = check, shared, seed, processes
        self._scored: dict[tuple[str, str], Scored] = {}
        self._batches: list[int] | None = None
        """How many examples the batches have that are scored on."""

    @cached_property
    def material(self) -> Material:
        """What all of them learn from and are judged by."""
        return self.shared.material(self.seed)

    @property
    def task(self) -> str:
        """The library's task that they are trained for; empty for one's own."""
        preset = self.shared.network.preset
        return "" if preset is None else preset.task

    def model(self) -> nn.Module:
        """The full network with this seed's weights, anew each time."""
        return self.check.subject.network(self.seed).model

    def plan(self, contestant: Contestant) -> Plan | None:
        """What stays of the contestant's network; None for the full one."""
        if contestant.pruning is None:
            return None
        if contestant.plan is not None:
            return self._given(contestant.plan, str(contestant.plan_sha256))
        config = self.config(contestant)
        method = METHODS[config.method].scores
        scores = self.scores(config) if method == "sensitivity" else None
        model = self.model() if method == "magnitude" else None
        plan = self.planned(self.shared.graph, scores, config, model)
        plan.check_feasible()
        return plan

    def _given(self, path: str, sha256: str) -> Plan:
        """The plan of a file, for this network; ``ValueError`` where it is another one now, or does not fit."""
        found, graph = masks_of_plan(path, sha256), self.shared.graph
        check_fits(found, graph, "")
        return plan_from_masks(graph, found)

    def key(self, contestant: Contestant, plan: Plan | None) -> str:
        """By which networks of this seed that start to train as the same one are known."""
        return network_key(contestant, plan, by_counts=self.check.subject.init is not None)

    def planned(
        self, graph: ChannelGraph, scores: Scores | None, config: PruningConfig, model: nn.Module | None
    ) -> Plan:
        """The plan for the full network, or for what is left of it; ``model`` where it is looked at.

        Seconds are those of the full network cut once.
        """
        pricers = self.shared.pricers(config)
        if "peak" not in dict(config.budgets):
            return prune(graph, scores, config, model, pricers=pricers)
        batch = self.check.used_recipe.batch_size
        return plan_within(graph, scores, config, model or self.shared.network.shapes(), batch, others=pricers)

    def config(self, contestant: Contestant) -> PruningConfig:
        """The settings that the contestant's network is pruned by from this seed, with code of one's own."""
        assert contestant.pruning is not None, "the full network has no settings"
        return _with_own_code(replace(contestant.pruning, seed=self.seed))

    def scores(self, config: PruningConfig) -> Scores:
        """Importance, as the explorer computes it; a task's from the cache where it was computed before."""
        found = self.scored(config).scores
        assert found is not None, "scores were asked for"
        return found

    def scored(self, config: PruningConfig) -> Scored:
        """The same with what it took the first time."""
        key = (config.criterion, config.reduce)
        if key not in self._scored:
            self._scored[key] = self._score(config, self.model(), self.shared.graph, left=False)
        return self._scored[key]

    def scored_now(
        self, config: PruningConfig, model: nn.Module, graph: ChannelGraph, before: nn.Module | None = None
    ) -> Scored:
        """Importance in what is left of the network by now, where the method asks for it; ``before`` is the same with
        the weights that training began with."""
        if METHODS[config.method].scores != "sensitivity":
            return Scored(None)
        return self._score(config, model, graph, True, before)

    def scoring_batch(self, config: PruningConfig) -> int:
        """The most examples that are scored on at once; nothing is scored for it."""
        seen = scoring_passes(config.criterion)[1]
        if seen != "one" and self._batches is None:  # a run that went on has scored before it was cut short
            self._batches = self._sizes(config)
        return max(_looked_at(self._batches or [], seen), default=0)

    def _sizes(self, config: PruningConfig) -> list[int]:
        own, sizes = self.shared.own, list[int]()
        if own is None:
            return [len(target) for _, target in scoring_batches(self.check, config, self.seed, self.processes)]
        scoring = self._scoring(config)
        for _ in _counted(own.to_score(scoring.batch_size, scoring.seed, scoring.count), sizes):
            pass
        return sizes

    def _score(
        self, config: PruningConfig, model: nn.Module, graph: ChannelGraph, left: bool, before: nn.Module | None = None
    ) -> Scored:
        own, sizes = self.shared.own, list[int]()
        with Ran() as spent:
            if own is None:
                batches = scoring_batches(self.check, config, self.seed, self.processes)
                sizes = [len(target) for _, target in batches]
                if left:
                    scores = score_left(self.check, graph, config, model, batches, before)
                else:
                    scores = score_check(self.check, graph, config, self.seed, model, self.processes, batches)
            else:
                scoring = self._scoring(config)
                drawn = _counted(own.to_score(scoring.batch_size, scoring.seed, scoring.count), sizes)
                loss = own_loss(str(self.check.subject.loss))
                scores = score_own(model, graph, drawn, loss, scoring, before=before)
        passes, seen = scoring_passes(config.criterion)
        if seen == "all":
            self._batches = sizes
        return Scored(scores, passes, sum(_looked_at(sizes, seen)), spent.work(self.processes.device))

    def _scoring(self, config: PruningConfig) -> Scoring:
        return Scoring(config.criterion, config.reduce, seed=self.seed, device=self.processes.device.type)

    def built(self, contestant: Contestant, plan: Plan | None) -> nn.Module:
        """The network that the contestant starts to train with."""
        graph, subject, seed = self.shared.graph, self.check.subject.untrained, seeds.new_weights(self.seed)
        if plan is None:
            return self.model() if contestant.weights == "kept" else subject.network(self.seed).model
        if contestant.weights == "kept":
            return shrink(self.model(), graph, plan.kept)
        if subject.init is None:  # only the factory knows how its weights are drawn
            return shrink(subject.network(seed).model, graph, plan.kept)
        return shrink(self.model(), graph, plan.kept, cast(Literal["xavier", "orthogonal"], subject.init), seed)


def _looked_at(batches: list[int], seen: Literal["all", "first", "one"]) -> list[int]:
    """Of how many examples the batches are that a criterion looks at."""
    return {"all": batches, "first": batches[:1], "one": [1]}[seen]


def _counted(pairs: Iterator[Pair], sizes: list[int]) -> Iterator[Pair]:
    """The batches, whose numbers of examples are put down as they pass."""
    for pair in pairs:
        sizes.append(len(pair[0].tensors[0]))
        yield pair


def _with_own_code(config: PruningConfig) -> PruningConfig:
    """The settings with the functions that they name, where those are the user's own."""
    own = {name: load_own(value) for name in ("criterion", "coupling") if is_name(value := getattr(config, name))}
    return replace(config, **own)


def built_contestant(check: Check, contestant: Contestant, shared: Shared) -> tuple[nn.Module, Cost]:
    """The network that a contestant starts to train with, from the check's first seed, and its cost."""
    start = Start(check, shared, check.seeds[0], Alone(check.device))
    plan = start.plan(contestant)
    return start.built(contestant, plan), shared.graph.cost() if plan is None else plan.pruned
