"""Several comparisons at once: the more are made, the likelier one of them shows what is not there.

Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
"""

from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Each p adjusted for all of them, in their order: the largest (m - j) p_j up to its own rank, j from 0, at most 1.

    What is at most 0.05 then is wrong anywhere among them in at most 5% of all tables.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = largest
    return adjusted
