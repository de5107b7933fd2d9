"""Which plan a check will train, what that plan leaves, and what training takes: said before the button is pressed."""

from dataclasses import dataclass

from explorer import compute
from explorer.compute import Seconds
from explorer.page import timing
from explorer.state import ExplorerState
from explorer.training import requests
from explorer.training.requests import Length
from explorer.units import binary_bytes, duration, percent


@dataclass(frozen=True)
class Price:
    """What a check trains and what that takes: shares left of the full network, steps, bytes and seconds.

    ``peaks`` are the bytes that a step holds in full and pruned, ``seconds`` what all steps take by the time table in
    use, on ``machine``; ``None`` where they are not known for the batch of the recipe.
    """

    plan: str
    macs: float
    memory: float
    params: float
    batch: int
    steps: int
    seeds: int
    by_time: bool
    peaks: tuple[int, int] | None
    seconds: float | None
    machine: str


def price(state: ExplorerState, length: Length, name: str) -> Price:
    """The price of checking the present plan, which must be feasible."""
    plan, batch = compute.results(state).plan, requests.batch_of(state, length)
    seconds, table = timing.seconds(state), timing.in_use(state)
    step = seconds["training"] if seconds and table is not None and table.batch == batch else None
    return Price(
        plan=name,
        macs=plan.pruned.macs / plan.full.macs,
        memory=plan.pruned.activations / plan.full.activations,
        params=plan.pruned.params / plan.full.params,
        batch=batch,
        steps=length.steps,
        seeds=length.seeds,
        by_time=length.equal == "time",
        peaks=compute.peaks_at(state, batch),
        seconds=None if step is None else length.seeds * length.steps * _of_both(step, length),
        machine="" if table is None else timing.machine(table),
    )


def _of_both(step: Seconds, length: Length) -> float:
    """Seconds of a step of both networks; on equal time the smaller one trains as long as the full one."""
    after = step.before if length.equal == "time" or step.after is None else step.after
    return step.before + after


def in_words(found: Price) -> str:
    """The price in a few sentences."""
    seeds = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    each = f"{found.steps:,} steps of batch {found.batch:,}"
    how = f"both as long as {each} take the full one" if found.by_time else f"{each} each"
    told = [
        f"**Trains {found.plan}**, which leaves {percent(found.macs)} of the MACs, {percent(found.memory)} of the "
        f"memory and {percent(found.params)} of the parameters, and the full network: {how}, from {seeds}."
    ]
    if found.peaks is not None:
        full, pruned = map(binary_bytes, found.peaks)
        told.append(f"At its peak a step holds {pruned} instead of {full}.")
    if found.seconds is not None:
        told.append(f"Together about {duration(found.seconds)} of training by the time table of {found.machine}.")
    return " ".join(told)
