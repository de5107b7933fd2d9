"""Sweeps as the page needs them: begin one, read it, stop what waits, take its table along."""

from dataclasses import replace

from explorer.state import ExplorerState
from explorer.training import queue, requests
from explorer.training.facts import PENDING, Measure, SweepFacts, TrialFacts
from explorer.training.facts_of import measure, network
from ranp.checks import Check
from ranp.pareto import unbeaten
from ranp.queue import CHECKS, Grid, Job, Search, StudyError, answered, cancel, limits_in, start, table, table_bytes

MOST_PENDING = 60
"""So many trials of one visitor may wait or run."""
MOST_TRIALS = 40
"""So many a search from the page trains."""


def names() -> list[str]:
    """All sweeps, in the order in which they were made."""
    return [name for name in queue.database().names() if name != CHECKS]


def sweep(name: str) -> SweepFacts:
    """The sweep of that name; `StudyError` for one that this version does not read."""
    study = queue.database().study(name)
    with answered(queue.database()):
        about = study.user_attrs
    try:
        template, kind = Check.from_dict(about["template"]), str(about["kind"])
    except (KeyError, ValueError) as error:
        raise StudyError(f"the study '{name}' is no sweep of this program ({error}); choose another") from error
    how = measure(template.subject)
    trials = [_trial(job, template) for job in queue.read(name)]
    best = _front(trials, how)
    shown = tuple(_marked(trial, trial.number in best) for trial in trials)
    return SweepFacts(name, kind, network(template.subject), how, shown, template.used_recipe.batch_size)


def begin(name: str, wanted: Grid | Search) -> int:
    """Let the trials wait that the sweep does not have yet; how many. `ValueError` where they are too many."""
    mine = sum(job.owner == queue.owner() and job.state in PENDING for known in names() for job in queue.read(known))
    if mine + len(wanted.points()) > MOST_PENDING:
        raise queue.TooManyError(
            f"{len(wanted.points())} trials, and {mine} of yours wait already; at most {MOST_PENDING} may wait. Choose "
            "fewer values, or use 'ranp sweep'"
        )
    added = start(queue.database(), name, wanted, queue.owner())
    queue.read(name, fresh=True)
    queue.wake()
    return added


def may_stop(name: str) -> bool:
    """Whether any trial waits or runs that this visitor may call off."""
    return any(queue.may_cancel(job) for job in queue.read(name))


def stop(name: str) -> None:
    """Call off every trial that waits or runs and that this visitor may."""
    for job in queue.read(name, fresh=True):
        if queue.may_cancel(job):
            cancel(queue.database(), job.id, queue.owner(), name)
    queue.read(name, fresh=True)


def csv(name: str) -> bytes:
    """The table, one row a trial."""
    return table_bytes(table(queue.database(), name), ".csv")


def parquet(name: str) -> bytes:
    """The same for programs."""
    return table_bytes(table(queue.database(), name), ".parquet")


def default_name(state: ExplorerState) -> str:
    """What a sweep is called unless the visitor says otherwise: sweeps of other networks have other names."""
    return " ".join(filter(None, requests.network_of(state)))


def _trial(job: Job, template: Check) -> TrialFacts:
    given = job.parameters
    pruning = template.contestants[0].pruning
    score, macs, activations = job.values if len(job.values) == 3 else (None, None, None)
    method = str(given.get("method", pruning.method if pruning else "full")) if given else ""
    return TrialFacts(
        number=job.number,
        id=job.id,
        state=job.state,
        method=method,
        sparsity=0.0 if method == "full" else given.get("sparsity"),
        limits=() if method == "full" else limits_in(given),
        alpha=given.get("alpha"),
        lam=given.get("lambda"),
        seed=int(given.get("seed", template.seeds[0])),
        score=score,
        macs=macs,
        activations=activations,
        reason=job.reason,
    )


def _front(trials: list[TrialFacts], how: Measure) -> set[int]:
    """Numbers of the trials that no other beats in score, MACs and activations at once."""
    sign = -1 if how.higher_is_better else 1
    found = {
        trial.number: (sign * trial.score, trial.macs or 0.0, trial.activations or 0.0)
        for trial in trials
        if trial.score is not None
    }
    return {number for number, best in zip(found, unbeaten(list(found.values())), strict=True) if best}


def _marked(trial: TrialFacts, best: bool) -> TrialFacts:
    return replace(trial, best=best)
