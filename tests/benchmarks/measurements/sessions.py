"""A class at work, and three at once: 30 and 100 sessions that move alpha and lambda and think three seconds between.

In a browser these moves are live without the server, which hears of them once the visitor pauses; what is timed is its
answer: the state read, the plan made, the page's tables, downloads and link renewed.
"""

import asyncio
import random
import statistics

import psutil

from ..memory import resident
from ..row import Row
from ..server import app, free_port
from .visitor import Visitor, visit

CLASSES, MOVES, THINKING = (30, 100), 10, 3.0
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


async def lesson(port: int, process: psutil.Process, sessions: int) -> tuple[list[float], float]:
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
    found = await asyncio.gather(*(pupil(port, number) for number in range(sessions)))
    watching.cancel()
    await first.socket.close()
    return [seconds for one in found for seconds in one], highest


def measure() -> list[Row]:
    return [row for sessions in CLASSES for row in of(sessions)]


def of(sessions: int) -> list[Row]:
    port = free_port()
    with app(port) as process:
        seconds, highest = asyncio.run(lesson(port, process, sessions))
    late = sorted(seconds)[round(0.95 * (len(seconds) - 1))]
    how = f"{sessions} websocket sessions, {MOVES} moves of alpha and lambda each, {THINKING:g} s of thinking between"
    aims = (SOON, SOON, MOST_BYTES) if sessions == CLASSES[0] else (None, None, None)
    return [
        Row(f"{sessions} sessions: server's answer, median", statistics.median(seconds), "s", aims[0], how),
        Row(f"{sessions} sessions: server's answer, 95th percentile", late, "s", aims[1], how),
        Row(f"{sessions} sessions: the app's process", highest, "bytes", aims[2], f"{how}; resident"),
    ]
