"""An hour of a class in a few minutes: does the server keep anything of what is over?

30 sessions together do what they would do in an hour, one act every ten seconds each, without the thinking in between:
they choose a network, move the controls, go from page to page, close the tab and come back. Memory, threads, open files
and child processes are read when a quarter of it is over, by which time what is meant to be remembered has filled up,
and at the end; each time when all have left, and Streamlit no longer expects them back.
"""

import asyncio
import random
from dataclasses import dataclass

import psutil
from streamlit.util import calc_hash

from ..memory import resident
from ..row import Row
from ..server import app, free_port
from .visitor import Visitor, visit

SESSIONS, ACTS = 30, 360
STAY = 60
"""Acts until a session ends and another takes its place."""
EXPECTED_BACK = 125.0
"""Seconds for which Streamlit keeps a visit that ended: two minutes, and a little."""
METHODS = ("ranp-f", "ranp-m", "blend", "weighted", "layerwise", "random")
NETWORKS = ("unet3d", "mobilenetv2", "i3d")
PAGES = ("xray", "compare", "export", "counting", "learn", "training")


@dataclass(frozen=True)
class Held:
    """What the server holds at one time."""

    memory: float
    threads: int
    files: int
    children: int

    @classmethod
    def by(cls, process: psutil.Process) -> "Held":
        return cls(resident(process), process.num_threads(), process.num_fds(), len(process.children(recursive=True)))


async def act(visitor: Visitor, draw: random.Random, stamp: int) -> None:
    """One thing that a visitor does on Explore, or a look at another page and back."""
    if draw.random() < 0.1:
        await visitor.open(page=calc_hash(draw.choice(PAGES)))
        await visitor.open()
        return
    await visitor.move(
        stamp,
        method=draw.choice(METHODS),
        alpha=round(draw.random(), 2),
        lam=round(draw.uniform(0, 150), 1),
        sparsity=round(draw.uniform(0.01, 0.6), 3),
    )


async def pupil(port: int, number: int, acts: int) -> None:
    draw = random.Random(f"{number} of {acts}")
    for done in range(0, acts, STAY):
        visitor = await visit(port)
        await visitor.open(f"architecture={draw.choice(NETWORKS)}")
        for stamp in range(1, min(STAY, acts - done) + 1):
            await act(visitor, draw, stamp)
        if visitor.errors:
            raise RuntimeError(f"session {number} was shown: {visitor.errors[0]}")
        await visitor.socket.close()


async def hour(port: int, process: psutil.Process) -> tuple[Held, Held]:
    first = await visit(port)  # importance is computed once
    for name in NETWORKS:
        await first.open(f"architecture={name}")
    await first.socket.close()
    held = []
    for acts in (ACTS // 4, ACTS - ACTS // 4):
        await asyncio.gather(*(pupil(port, number, acts) for number in range(SESSIONS)))
        await asyncio.sleep(EXPECTED_BACK)
        await (await visit(port)).socket.close()  # only now does it look
        await asyncio.sleep(1)
        held.append(Held.by(process))
    return held[0], held[1]


def measure() -> list[Row]:
    port = free_port()
    with app(port) as process:
        early, late = asyncio.run(hour(port, process))
    how = f"{SESSIONS} sessions, {ACTS} acts each, as in an hour; beside: when a quarter was over"
    return [
        Row(
            "an hour of a class: the app's process", late.memory, "bytes", 1.1, f"{how}; resident",
            beside=early.memory, beside_name="after 15 minutes", ratio=late.memory / early.memory,
        ),
        *(
            Row(
                f"an hour of a class: {name}", getattr(late, key), "", 1.1, how,
                beside=getattr(early, key), beside_name="after 15 minutes",
                ratio=getattr(late, key) / max(1, getattr(early, key)),
            )
            for name, key in (("threads", "threads"), ("open files and sockets", "files"))
        ),
        Row("an hour of a class: child processes", late.children, "", early.children, how),
    ]  # fmt: skip
