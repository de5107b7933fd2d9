"""The one-file explorer of a state: what the page Explore shows of it, gathered once."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

from explorer import compute
from explorer.live import PACKETS
from explorer.packets import packing
from explorer.page import Peak, Times, timing, wire
from explorer.state import ExplorerState, Lesson
from explorer.takeaway import wording
from explorer.takeaway.document import Carried, document, packet_size, shell_size
from ranp.selection import SETTINGS


def html(state: ExplorerState, made_on: date) -> bytes:
    """The file, which opens with the settings of the state.

    Needs the trace, what a training step holds (`explorer.compute.measuring`), the calls that a time table prices
    (`explorer.page.timing.pending`), and the importance where methods that rank by it shall be in it. ``ValueError``
    where the file would be too large.
    """
    scored, measured = compute.is_scored(state), compute.measuring(state).result()
    packet, moments, times = packing.packet(state, scored), packing.moments_packet(state), timing.times(state)
    failed = measured.failed or (None if moments else wording.UNMEASURED)
    peak = Peak(0, compute.peak_before(state), None, pending=False, moments=moments, failed=failed)
    data = {
        "base": "",
        **wire("explore", packet, state, 0, Lesson(), peak, times=times),
        "says": {"noPeak": wording.NO_PEAK.format(failed), "noTimes": wording.NO_TIMES},
    }
    size = compute.choices().architectures[state.architecture]
    return document(
        Carried(
            title=wording.title(size.title, size.presets[state.preset].title),
            lead=wording.LEAD if scored else f"{wording.LEAD} {wording.NOT_SCORED}",
            origin=wording.origin(scored_on(state), made_on.isoformat()),
            data=data,
            packets={name: _content(name) for name in _named(packet, moments, times)},
        )
    )


def size(state: ExplorerState) -> int:
    """About how many bytes the file has, without making it; needs what `html` does.

    Packets make it large, and a network's stay the same while its plan changes: each is compressed once.
    """
    table = timing.in_use(state) if timing.pending(state) is None else None
    only = ExplorerState(
        state.architecture,
        state.preset,
        criterion=state.criterion,
        reduce=state.reduce,
        seed=state.seed,
        examples=state.examples,
        table="" if table is None else compute.name_table(table),
    )
    return _size(only, compute.heavy.own(state), compute.is_scored(state))


@lru_cache(maxsize=64)
def _size(state: ExplorerState, _own: compute.Own | None, scored: bool) -> int:
    names = _named(packing.packet(state, scored), packing.moments_packet(state), timing.times(state))
    return shell_size() + sum(packet_size(name, _content(name)) for name in names)


def file_name(state: ExplorerState) -> str:
    """What the file is called unless somebody names it."""
    return f"{state.architecture}-{state.preset}-explorer.html"


def _named(packet: str, moments: str | None, times: Times) -> list[str]:
    return [name for name in (packet, moments, times.packet) if name is not None]


def _content(name: str) -> bytes:
    found = PACKETS.get(name)
    assert found is not None, "it was added a moment ago"
    return found


def scored_on(state: ExplorerState) -> str:
    """What the importance in the file was computed on, in words: data, or none; empty where it is not there."""
    if not compute.is_scored(state):
        return ""
    return compute.scored_on(replace(state, method=SETTINGS["method"].default))
