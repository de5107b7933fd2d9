"""A contestant's schedule: what it works with, and where a run of it that is cut short goes on."""

from dataclasses import replace

from torch import nn

from ranp.checks.check import Contestant
from ranp.checks.contestants import Start
from ranp.fingerprint import fingerprint, weights_sha256
from ranp.graph import ChannelGraph, plain_copy
from ranp.importance import find_criterion
from ranp.plan import Plan, shrink
from ranp.schedules import STEP, Ground, Meter, Schedule, Scheduled, Scored, Size
from ranp.selection import METHODS, PruningConfig
from ranp.subject import cache_root, code_hashes
from ranp.training import refresh_norm_statistics
from ranp.types import Masks, Scores
from ranp.versions import versions


def scheduled(start: Start, contestant: Contestant, plan: Plan | None, model: nn.Module) -> Scheduled:
    """What happens to ``model``, which the contestant begins to train with, cut down by ``plan`` already or not yet.

    Raises ``ValueError`` where the schedule does not go with the settings, or with several processes.
    """
    schedule, processes = Schedule.read(contestant.schedule), start.processes
    if contestant.scheduled and processes.world > 1:
        raise ValueError(f"the schedule '{schedule.text}' trains in one process; start without accelerate launch")
    return schedule.make(_ground(start, contestant, plan, model))


def charge_scores(meter: Meter, start: Start, contestant: Contestant) -> None:
    """Put down what a network that is pruned at initialization took before its first step."""
    if contestant.pruning is None or contestant.plan is not None or contestant.scheduled:
        return
    config = start.config(contestant)
    if METHODS[config.method].scores == "sensitivity":
        scored = start.scored(config)
        meter.charge("scoring", STEP * scored.passes, scored.examples, meter.full, scored.seconds)


def scoring_peak(start: Start, contestant: Contestant, meter: Meter) -> int | None:
    """The most memory that scoring the full network needs; None where the bill has no pass of it, or nobody knows."""
    macs, _ = meter.charged.get("scoring", (0, 0.0))
    if macs == 0:
        return None
    return start.shared.peak(start.shared.network.shapes(), start.scoring_batch(start.config(contestant)), "sgd")


def macs_allowed(start: Start) -> int | None:
    """The bill of the full network's steps, where every network's is to be as large."""
    if start.check.equal != "total":
        return None
    recipe, graph = start.check.used_recipe, start.shared.graph
    (given, _) = next(start.material.batches(recipe.batch_size, start.seed, start.processes))
    examples = recipe.steps * len(given.tensors[0]) * start.processes.world
    return STEP * examples * graph.cost().macs // graph.inputs.batch


def _ground(start: Start, contestant: Contestant, plan: Plan | None, model: nn.Module) -> Ground:
    check, shared, processes = start.check, start.shared, start.processes
    graph, recipe = shared.graph, check.used_recipe
    config = PruningConfig() if contestant.pruning is None else start.config(contestant)
    full = graph.cost().macs
    macs = full if plan is None else plan.pruned.macs
    meter = Meter(full, [Size(0, macs)], batch=graph.inputs.batch)
    charge_scores(meter, start, contestant)

    compares = contestant.scheduled and find_criterion(config.criterion).needs_before
    began = plain_copy(model) if compares else None

    def score(left: nn.Module, of: ChannelGraph, kept: Masks) -> Scored:
        before = None if began is None else shrink(began, graph, kept, verify=False)
        return start.scored_now(config, left, of, before)

    def planned(of: ChannelGraph, scores: Scores | None, settings: PruningConfig, left: nn.Module) -> Plan:
        looks = METHODS[settings.method].scores == "magnitude" or "peak" in dict(settings.budgets)
        return start.planned(of, scores, settings, left if looks else None)

    def refresh(left: nn.Module) -> int:
        return refresh_norm_statistics(left, start.material, recipe.batch_size, start.seed, processes, check.speed)

    def peak(left: nn.Module) -> int | None:
        return shared.peak(plain_copy(left).to("meta"), recipe.batch_size)

    key = _key(start, contestant, model) if contestant.scheduled else ""
    return Ground(
        graph=graph,
        model=model,
        config=config,
        score=score,
        plan=planned,
        refresh=refresh,
        peak=peak,
        full_peak=lambda: shared.full_peak,
        meter=meter,
        seconds=lambda wall, cpu: cpu if processes.device.type == "cpu" else wall,
        macs_allowed=macs_allowed(start),
        processes=processes.world,
        trained=contestant.weights == "kept" and check.subject.checkpoint is not None,
        file=cache_root() / "runs" / f"{key}.safetensors" if key else None,
        key=key,
    )


def _key(start: Start, contestant: Contestant, model: nn.Module) -> str:
    """The hash of everything that the run hangs on."""
    check = start.check
    asked = replace(check, recipe=check.used_recipe, contestants=(contestant,)).as_dict()
    return fingerprint(
        check=asked, seed=start.seed, versions=versions(), code=code_hashes(check.code), weights=weights_sha256(model)
    )
