"""The Pareto front: which of several things no other beats in everything at once."""

from collections.abc import Sequence


def unbeaten(places: Sequence[tuple[float, ...]]) -> list[bool]:
    """Of each place whether no other is at most as large in every number and differs; smaller is better throughout.

    >>> unbeaten([(5, 1), (1, 5), (5, 5), (1, 5)])
    [True, True, False, True]
    """
    front: list[tuple[float, ...]] = []
    for place in sorted(set(places)):  # whatever beats a place comes before it, and so does one of the front that does
        if not any(all(mine <= yours for mine, yours in zip(other, place, strict=True)) for other in front):
            front.append(place)
    best = set(front)
    return [place in best for place in places]
