"""A class at work: 30 sessions that move alpha and lambda against the real computation, thinking three seconds between.

In a browser these moves are live without the server, which hears of them once the visitor pauses; what is timed is its
answer: the state read, the plan made, the page's tables, downloads and link renewed.
"""

import asyncio
import random
import statistics

import psutil

from .memory import resident
from .row import Row
from .server import app, free_port
from .visitor import Visitor, visit

SESSIONS, MOVES, THINKING = 30, 10, 3.0
SOON, MOST_BYTES = 1.0, int(1.5 * 2**30)


async def pupil(port: int, number: int) -> list[float]:
    """Seconds of each move of one session."""
    draw = random.Random(number)
    await asyncio.sleep(THINKING * draw.random())
    visitor: Visitor = await visit(port)
    await visitor.open()
    found = []
    for stamp in range(1, MOVES + 1):
        await asyncio.sleep(THINKING * (0.5 + draw.random()))
        alpha, lam = round(draw.uniform(0.01, 0.99), 2), round(draw.uniform(0, 150), 1)
        found.append(await visitor.move(stamp, method="blend", alpha=alpha, lam=lam))
    if visitor.errors:
        raise RuntimeError(f"session {number} was shown: {visitor.errors[0]}")
    await visitor.socket.close()
    return found


async def lesson(port: int, process: psutil.Process) -> tuple[list[float], float]:
    """Seconds of all moves, and the highest resident memory meanwhile."""
    first = await visit(port)  # the teacher was there before: importance is computed
    await first.open()
    highest = 0.0

    async def watch() -> None:
        nonlocal highest
        while True:
            highest = max(highest, resident(process))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    found = await asyncio.gather(*(pupil(port, number) for number in range(SESSIONS)))
    watching.cancel()
    await first.socket.close()
    return [seconds for one in found for seconds in one], highest


def measure() -> list[Row]:
    port = free_port()
    with app(port) as process:
        seconds, highest = asyncio.run(lesson(port, process))
    late = sorted(seconds)[round(0.95 * (len(seconds) - 1))]
    how = f"{SESSIONS} websocket sessions, {MOVES} moves of alpha and lambda each, {THINKING:g} s of thinking between"
    return [
        Row(
            name="30 sessions: server's answer, median", ours=statistics.median(seconds), unit="s", limit=SOON, how=how
        ),
        Row(name="30 sessions: server's answer, 95th percentile", ours=late, unit="s", limit=SOON, how=how),
        Row(
            name="30 sessions: the app's process", ours=highest, unit="bytes", limit=MOST_BYTES, how=f"{how}; resident"
        ),
    ]
