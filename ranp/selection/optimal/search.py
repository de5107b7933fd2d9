"""The best widths within the limits, by branch and bound from the prices of the dual.

At the dual's prices each step of the elimination knows what any width of its class gives away against the best one, for
the widths chosen so far. These losses add up, so a choice of some classes can still become at most the bound less what
it has given away: where that is no more than what is at hand, it is left. What is left when nothing is open is the best
there is, ties included; when the search ends early, the bound still holds.
"""

from collections.abc import Callable, Sequence

from ranp.selection.optimal.elimination import Step

NODES = 40_000
"""Choices that are looked at, at most."""


def search(
    steps: Sequence[Step],
    bound: float,
    start: tuple[float, dict[int, int]],
    fits: Callable[[dict[int, int]], bool],
    value: Callable[[dict[int, int]], float],
    slack: float,
) -> tuple[float, dict[int, int], bool]:
    """The most importance, its places, and whether that is proven; ``start`` is one that fits.

    ``fits`` tells of a part of a choice whether it can still be within the limits. ``slack`` is what rounding may hide.
    """
    best, chosen = start
    seen, ended = 0, True
    order = list(reversed(steps))
    open_to: list[tuple[float, dict[int, int]]] = [(0.0, {})]
    while open_to:
        lost, part = open_to.pop()
        if bound - lost <= best + slack:
            continue
        seen += 1
        if seen > NODES:
            ended = False
            break
        if len(part) == len(order):
            found = value(part)
            if found > best:
                best, chosen = found, part
            continue
        step = order[len(part)]
        column = step.column(part)
        losses = column.max() - column
        children = []
        for place in losses.argsort(kind="stable").tolist():
            total = lost + float(losses[place])
            if bound - total <= best + slack:
                break
            child = {**part, step.variable: place}
            if fits(child):
                children.append((total, child))
        open_to.extend(reversed(children))
    return best, chosen, ended
