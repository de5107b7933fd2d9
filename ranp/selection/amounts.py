"""How much a budget leaves: a share of the full network's (0.3), or, of what has units, so many of them ("8GiB").

Amounts are checked where they enter and kept in one spelling, which plans and command lines share.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ranp.importance import choose
from ranp.selection.advice import allowance, at_least
from ranp.selection.budgets import BUDGETS, STEP_BUDGETS
from ranp.selection.forms import is_number, number_text
from ranp.selection.settings import SHARE

Amount = float | str
Limit = tuple[str, Amount]
"""What is limited, and how much of it may be left."""


def limits_of(budget: object) -> tuple[Limit, ...]:
    """One limit or several, each checked and in the spelling that is kept; ``ValueError`` says what makes no sense.

    >>> limits_of(("macs", 0.3)), limits_of([("macs", 0.3), ("peak", "6.0 gib")])
    ((('macs', 0.3),), (('macs', 0.3), ('peak', '6GiB')))
    """
    given = (budget,) if _is_pair(budget) else budget
    if not isinstance(given, (tuple, list)) or not given or not all(map(_is_pair, given)):
        raise ValueError(f"budget must be a pair such as ('macs', 0.1), or several of them in a tuple, not {budget!r}")
    found = tuple((kind, checked_amount(kind, amount)) for kind, amount in given)
    kinds = [kind for kind, _ in found]
    twice = next((kind for kind in kinds if kinds.count(kind) > 1), None)
    if twice is not None:
        raise ValueError(f"there are two budgets of {twice}; give the smaller one")
    return found


def checked_amount(kind: Any, amount: Any) -> Amount:
    """The amount of a budget of that kind, a text as it is kept; ``ValueError`` where it is none."""
    budget = choose({**BUDGETS, **STEP_BUDGETS}, kind, "budget")
    if is_number(amount) and SHARE.low <= amount <= SHARE.high:
        return float(amount)
    read = _read(amount, budget.units) if isinstance(amount, str) else None
    if read is not None and read[0] > 0 and isfinite(read[0] * budget.units[read[1]]):
        return number_text(read[0]) + read[1]
    units = f", or an amount in {', '.join(budget.units)}, such as '{budget.example}'" if budget.units else ""
    raise ValueError(f"the {kind} budget must be {SHARE.allowed}{units}, not {amount!r}")


def allowed(limit: Limit, full: float) -> float:
    """How much a network may take under the limit, in the unit of the cost; ``full`` is what the full one takes.

    >>> allowed(("macs", 0.25), 1000) >= 250, allowed(("peak", "1.5kB"), 99999)
    (True, 1500.0)
    """
    kind, amount = limit
    if not isinstance(amount, str):
        return allowance(amount, full)
    read = _read(amount, STEP_BUDGETS[kind].units)
    assert read is not None, "a limit was checked"
    return read[0] * STEP_BUDGETS[kind].units[read[1]]


def limit_text(kind: str, amount: Amount) -> str:
    """The limit as the command line takes it.

    >>> limit_text("macs", 0.25), limit_text("peak", "8GiB")
    ('macs=0.25', 'peak=8GiB')
    """
    return f"{kind}={amount if isinstance(amount, str) else number_text(amount)}"


def least_text(limit: Limit, least: float, full: float) -> str:
    """The smallest limit, in the manner of ``limit``, that allows what takes ``least``; rounded up, so that it does.

    >>> least_text(("macs", 0.1), least=1234, full=10_000), least_text(("peak", "1GiB"), least=3 * 2**30 + 1, full=1e12)
    ('macs=0.1234', 'peak=3.01GiB')
    """
    kind, amount = limit
    if not isinstance(amount, str):
        return f"{kind}={at_least(least / full):.4f}"
    units = STEP_BUDGETS[kind].units
    asked = _read(amount, units)
    assert asked is not None, "a limit was checked"
    unit = asked[1] if units[asked[1]] <= least else min(units, key=lambda name: units[name])
    steps = round(100 * at_least(least / units[unit], digits=2))
    while (steps / 100) * units[unit] < least:  # the product of the decimal may be rounded down
        steps += 1
    return limit_text(kind, f"{number_text(steps / 100)}{unit}")


def _is_pair(value: object) -> bool:
    return isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[0], str)


def _read(text: str, units: Mapping[str, float]) -> tuple[float, str] | None:
    """The number and the unit of an amount, in whatever case; None where it is none."""
    parts = re.fullmatch(r"\s*(\S*?)\s*([A-Za-z]+)\s*", text)
    spelt = {unit.lower(): unit for unit in units}
    if parts is None or parts[2].lower() not in spelt:
        return None
    try:
        number = float(parts[1])
    except ValueError:
        return None
    return (number, spelt[parts[2].lower()]) if isfinite(number) else None
