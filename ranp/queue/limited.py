"""Budgets as parameters of trials: Optuna's are numbers, so an amount such as ``8GiB`` is one, too.

The parameter ``budget_peak`` is a share of the full network's where it is at most 1, or else an amount in the unit of
the cost (`ranp.selection.STEP_BUDGETS`), which is bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ranp.selection import BUDGETS, STEP_BUDGETS, Limit, PruningConfig, allowed, limit_text, number_text

_PREFIX = "budget_"
_MOST = 2.0**62
"""Bytes."""


def check_budgets(budgets: Sequence[Sequence[Limit]]) -> tuple[tuple[Limit, ...], ...]:
    """Each as it is kept; ``ValueError`` where one makes no sense, or where they limit different things."""
    found = tuple(PruningConfig(budget=tuple(each)).budgets for each in budgets)
    for limits in found:
        for limit in limits:
            if isinstance(limit[1], str) and not 1 < _number(limit) <= _MOST:
                raise ValueError(f"no training step can be held to {limit_text(*limit)}; give another budget")
    if len({tuple(kind for kind, _ in limits) for limits in found}) > 1:
        raise ValueError("all budgets of a grid limit the same: give each of its networks one of every kind")
    return found


def as_parameters(limits: Sequence[Limit]) -> dict[str, float]:
    """The limits as parameters of a trial.

    >>> as_parameters([("macs", 0.25), ("peak", "1KiB")])
    {'budget_macs': 0.25, 'budget_peak': 1024.0}
    """
    return {f"{_PREFIX}{limit[0]}": _number(limit) for limit in limits}


def unlimited(limits: Sequence[Limit]) -> dict[str, float]:
    """The same parameters for the full network: all of it is left."""
    return dict.fromkeys(as_parameters(limits), 1.0)


def budget_space(limits: Sequence[Limit]) -> dict[str, list[float]]:
    """Between which numbers they lie."""
    return {f"{_PREFIX}{kind}": [0.0, 1.0 if kind in BUDGETS else _MOST] for kind, _ in limits}


def limits_in(parameters: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The limits that parameters say.

    >>> limits_in({"method": "ranp-f", "budget_macs": 0.25, "budget_peak": 1024.0})
    (('macs', 0.25), ('peak', '1024B'))
    """
    named = {name.removeprefix(_PREFIX): value for name, value in parameters.items() if name.startswith(_PREFIX)}
    return tuple(
        (kind, value if value <= 1 else f"{number_text(value)}{_unit(kind)[0]}") for kind, value in named.items()
    )


def _number(limit: Limit) -> float:
    if not isinstance(limit[1], str):
        return limit[1]
    return float(f"{allowed(limit, full=1.0) / _unit(limit[0])[1]:.12g}")  # as written: units of time are rounded


def _unit(kind: str) -> tuple[str, float]:
    """The smallest one, and what it is of the cost's own: amounts in it are above 1, which shares never are."""
    return min(STEP_BUDGETS[kind].units.items(), key=lambda unit: unit[1])
