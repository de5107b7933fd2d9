"""The option of a budget: what may be left, a share or an amount."""

import argparse
from collections.abc import Sequence
from itertools import product

from ranp.selection import BUDGETS, STEP_BUDGETS, Limit, checked_amount


def add_budget(parser: argparse._ActionsContainer) -> None:
    """What may be left; ``budget`` is a list of pairs, or None."""
    parser.add_argument(
        "--budget",
        action="append",
        type=parse_budget,
        metavar="macs=0.1",
        help=f"instead: what may be left, a share of the full network's {', '.join(BUDGETS)} or {_OF_STEPS}; once for "
        "each, and all are met",
    )


def add_budgets(parser: argparse._ActionsContainer) -> None:
    """The same, of which each kind may have several amounts; ``budget`` is a list of lists of pairs, or None."""
    parser.add_argument(
        "--budget",
        action="append",
        type=parse_budgets,
        metavar="macs=0.1,0.3",
        help=f"of a grid, instead: what may be left, shares of the full network's {', '.join(BUDGETS)} or peak (or "
        f"amounts, like {STEP_BUDGETS['peak'].example}); once for each kind, and every combination is trained",
    )


def parse_budgets(text: str) -> list[Limit]:
    """``macs=0.1,0.3`` as pairs.

    >>> parse_budgets("macs=0.1,0.3"), parse_budgets("peak=8 gib")
    ([('macs', 0.1), ('macs', 0.3)], [('peak', '8GiB')])
    """
    kind, equals, amounts = text.partition("=")
    return [parse_budget(f"{kind}{equals}{amount}") for amount in amounts.split(",")]


def combined(given: Sequence[Sequence[Limit]]) -> tuple[tuple[Limit, ...], ...]:
    """Every choice of one amount of each kind.

    >>> combined([parse_budgets("macs=0.1,0.3"), parse_budgets("peak=0.5")])
    ((('macs', 0.1), ('peak', 0.5)), (('macs', 0.3), ('peak', 0.5)))
    """
    kinds: dict[str, list[Limit]] = {}
    for kind, amount in (limit for limits in given for limit in limits):
        kinds.setdefault(kind, []).append((kind, amount))
    return tuple(product(*kinds.values()))


def parse_budget(text: str) -> Limit:
    """``macs=0.1`` or ``peak=8GiB`` as a pair.

    >>> parse_budget("macs=0.1"), parse_budget("peak=8 gib")
    (('macs', 0.1), ('peak', '8GiB'))
    """
    kind, equals, amount = text.partition("=")
    if not equals:
        kinds = ", ".join((*BUDGETS, *STEP_BUDGETS))
        raise argparse.ArgumentTypeError(f"'{text}' is no budget; write for instance macs=0.1 (one of {kinds})")
    try:
        return kind, checked_amount(kind, _number_or_text(amount))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_OF_STEPS = ", or ".join(f"{kind} (or an amount, like {budget.example})" for kind, budget in STEP_BUDGETS.items())
