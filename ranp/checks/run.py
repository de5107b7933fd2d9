"""Running a training check: every contestant is built, pruned and trained from every seed, one after the other.

A contestant that cannot be built or trained becomes an entry with the reason, and the others go on.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import nn

from ranp.checks.check import Check, Contestant
from ranp.checks.contestants import Shared, Start
from ranp.checks.controls.alike import used_of
from ranp.checks.entry import Entry
from ranp.checks.pictures import Pictured, take
from ranp.checks.progress import Progress, Track
from ranp.checks.scheduled import scheduled, scoring_peak
from ranp.plan import Plan, StaleWarning, shrink
from ranp.schedules import Scheduled
from ranp.subject import own_optimizer
from ranp.training import Alone, Step, Trained, train

Keep = Callable[[Entry, Plan | None, nn.Module], None]


def run_check(
    check: Check,
    report: Callable[[Progress], None] | None = None,
    finished: Callable[[Entry], None] | None = None,
    processes: Alone | None = None,
    finished_before: Sequence[Entry] = (),
    keep: Keep | None = None,
    pictured: Pictured | None = None,
) -> list[Entry]:
    """Train all contestants from all seeds; entries by seed, then contestant.

    ``report`` is called at every step and may raise `CancelledError` to end the check. ``finished`` is given each entry
    as it is done; those of ``finished_before`` are taken over from a run that was cut short. ``keep`` is given each
    network that was trained to its end, with its entry and its plan; ``pictured`` what each makes of the first test
    examples, from the first seed. With several ``processes``, every one of them calls this with the same check. Raises
    ``ValueError`` where nothing can be trained at all: data that cannot be read, arguments that no network of the
    architecture takes.
    """
    processes = processes or Alone(check.device)
    entries: list[Entry] = []
    track = Track(check, report)
    shared = Shared(check)
    shared.prepare()
    for seed in check.seeds:
        start = Start(check, shared, seed, processes)
        seconds = None
        for index, contestant in enumerate(check.contestants):
            track.begin(index, seed)
            known = next((each for each in finished_before if (each.contestant, each.seed) == (index, seed)), None)
            entry = known or _entry(start, index, contestant, seconds, track.watch, keep, pictured)
            if check.equal == "time" and seconds is None and not entry.failed:
                seconds = entry.cpu_seconds if processes.device.type == "cpu" else entry.wall_seconds
            entries.append(entry)
            track.end(known is not None)
            if finished is not None and known is None:
                finished(entry)
    return entries


def _entry(
    start: Start,
    index: int,
    contestant: Contestant,
    seconds: float | None,
    watch: Callable[[Step], None],
    keep: Keep | None,
    pictured: Pictured | None,
) -> Entry:
    """Build, prune and train one contestant; an entry with the reason where that fails."""
    entry = Entry(index, start.check.labels[index], start.seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleWarning)  # a check trains the networks, and hands none on
            plan = None if contestant.scheduled else start.plan(contestant)
            if not contestant.scheduled:
                entry = replace(_priced(entry, start, plan), network=start.key(contestant, plan))
            model = start.built(contestant, plan)
            ran, trained = _trained(start, contestant, plan, model, entry.peak_training_bytes, seconds, watch)
            if contestant.scheduled:
                plan = ran.plan()
                entry = _priced(entry, start, plan)
            entry = _billed(entry, start, contestant, ran)
    except (ValueError, MemoryError, RuntimeError) as error:
        return replace(entry, reason=_reason(error))
    entry = replace(
        entry,
        score=trained.figures[start.check.subject.score.name],
        figures=trained.figures,
        curve=trained.curve,
        steps=trained.steps,
        wall_seconds=trained.wall_seconds,
        cpu_seconds=trained.cpu_seconds,
    )
    if keep is not None:
        keep(entry, plan, model)
    if pictured is not None and start.seed == start.check.seeds[0]:
        place = index, entry.label, entry.seed
        taken = take(model, start.material, start.task, place, start.processes, start.check.speed)
        if taken is not None:
            pictured(*taken)
    ran.forget()
    return entry


def _trained(
    start: Start,
    contestant: Contestant,
    plan: Plan | None,
    model: nn.Module,
    peak: int | None,
    seconds: float | None,
    watch: Callable[[Step], None],
) -> tuple[Scheduled, Trained]:
    """Train the contestant's network; where trained weights are kept, it is judged before that, too.

    ``peak`` is the memory of a step of it, where that is known already.
    """
    check, processes = start.check, start.processes
    recipe, optimizer = check.used_recipe, own_optimizer(check.subject.optimizer)
    goes_on = contestant.weights == "kept" and check.subject.checkpoint is not None
    between = scheduled(start, contestant, plan, model)
    between.ground.meter.peak = peak
    if goes_on and plan is not None:
        between.refresh()
    if check.nudge:
        _move_one_weight(model, check.nudge)
    trained = train(
        model, start.material, recipe, start.seed, seconds, check.speed, processes, watch, optimizer, goes_on, between
    )
    return between, trained


def _move_one_weight(model: nn.Module, share: float) -> None:
    """Move the first weight of the network that is not zero by this share of it, in place."""
    with torch.no_grad():
        for parameter in model.parameters():
            values = parameter.view(-1)
            for place in values.nonzero()[:1]:
                values[place] *= 1 + share
                return


def _priced(entry: Entry, start: Start, plan: Plan | None) -> Entry:
    shared, batch = start.shared, start.check.used_recipe.batch_size
    cost = shared.graph.cost() if plan is None else plan.pruned
    if plan is None:
        peak = shared.full_peak
    else:
        peak = shared.peak(shrink(shared.network.shapes(), shared.graph, plan.kept, verify=False), batch)
    return replace(
        entry,
        sparsity=0.0 if plan is None else plan.achieved_sparsity,
        macs=cost.macs,
        params=cost.params,
        activations=cost.activations,
        peak_training_bytes=peak,
        used={} if plan is None else used_of(plan),
    )


def _billed(entry: Entry, start: Start, contestant: Contestant, ran: Scheduled) -> Entry:
    """The entry with what its network took in all."""
    meter = ran.ground.meter
    peaks = [each for each in (meter.peak, scoring_peak(start, contestant, meter)) if each is not None]
    return replace(
        entry,
        sizes=tuple(meter.sizes),
        bill=meter.bill,
        total_macs=meter.spent,
        total_seconds=sum(charge.seconds for charge in meter.bill),
        total_peak_bytes=max(peaks) if meter.peak is not None else None,
    )


def _reason(error: Exception) -> str:
    """One sentence; out of memory is told from other failures, which are ours and go on."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in text:
        return f"out of memory: take a smaller batch, or a smaller network ({text[:200]})"
    if isinstance(error, ValueError):
        return text
    raise error
