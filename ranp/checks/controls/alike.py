"""What the networks of a check have in common: which are one and the same, and how much of the budget each has.

With weights drawn anew a network is its channel counts and nothing else: contestants that keep as many neurons of each
layer are one network, whatever neurons they are. With the surviving weights they are one only where the same neurons
stay.
"""

from collections.abc import Mapping, Sequence

from ranp.checks.check import Check, Contestant
from ranp.checks.entry import Entry
from ranp.fingerprint import fingerprint, tensors_sha256
from ranp.plan import Plan
from ranp.selection import BUDGETS, NEAR, STEP_BUDGETS, allowed, number_text

_COUNTS, _NEURONS = "counts ", "neurons "


def network_key(contestant: Contestant, plan: Plan | None, by_counts: bool) -> str:
    """A text that two networks of one seed share only where they start to train as the same network, to the bit.

    ``by_counts`` says that new weights are drawn from a seed for the counts that are left. ``plan`` is None for the
    full network.
    """
    if plan is None:
        return f"full {contestant.weights}"
    if contestant.weights == "new" and by_counts:
        return _COUNTS + fingerprint(**plan.kept_counts)[:16]
    return f"{_NEURONS}{contestant.weights} {tensors_sha256(plan.kept)[:16]}"


def used_of(plan: Plan) -> dict[str, float]:
    """How much of each budget the plan uses: kind -> share, 1 for all of it."""
    found = {}
    for limit in plan.config.budgets:
        kind = limit[0]
        if kind in BUDGETS:
            full, now = (float(getattr(cost, BUDGETS[kind].cost)) for cost in (plan.full, plan.pruned))
        else:
            cost = next((each for each in plan.step_costs if each.budget == kind), None)
            if cost is None or cost.pruned is None:
                continue
            full, now = float(cost.full), float(cost.pruned)
        found[kind] = now / allowed(limit, full)
    return found


def same_networks(entries: Sequence[Entry]) -> list[str]:
    """A sentence for every set of contestants that are one network from every seed.

    >>> same_networks([Entry(place, name, 0, network="counts a") for place, name in enumerate(("ranp-f", "worst"))])[0]
    "'ranp-f' and 'worst' are the same network: as many neurons of each layer stay, and new weights forget which."
    """
    keys: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for entry in entries:
        if entry.network is not None:
            keys.setdefault((entry.contestant, entry.label), []).append((entry.seed, entry.network))
    groups: dict[tuple[tuple[int, str], ...], list[str]] = {}
    for (_, name), networks in sorted(keys.items()):
        groups.setdefault(tuple(sorted(networks)), []).append(name)
    return [_same(names, networks[0][1]) for networks, names in groups.items() if len(names) > 1]


def reached(check: Check, entries: Sequence[Entry]) -> list[str]:
    """How much of their budget the networks have, a sentence for each budget; those not within 0.5% of it are named."""
    labels, found = check.labels, []
    for place, contestant in enumerate(check.contestants):
        used = [entry.used for entry in entries if entry.contestant == place and entry.used]
        if contestant.pruning is not None and used:
            found.append((labels[place], dict(contestant.pruning.budgets), used))
    sentences = []
    for limit in dict.fromkeys(limit for _, budgets, _ in found for limit in budgets.items()):
        kind, amount = limit
        shares = {
            name: [each[kind] for each in used if kind in each]
            for name, budgets, used in found
            if budgets.get(kind) == amount
        }
        sentences.append(_reached(kind, amount, {name: parts for name, parts in shares.items() if parts}))
    return sentences


def _reached(kind: str, amount: float | str, shares: Mapping[str, Sequence[float]]) -> str:
    title = {**BUDGETS, **STEP_BUDGETS}[kind].title
    share = amount if isinstance(amount, float) else None
    asked = f"{number_text(100 * share)}%" if share is not None else str(amount)
    texts = [f"{name} {_range(parts, share or 1.0)}" for name, parts in shares.items()]
    text = f"{title}, {asked} allowed: {'; '.join(texts)}{'' if share is not None else ' of it'}"
    below = [name for name, parts in shares.items() if min(parts) < NEAR]
    return f"{text}. Not within 0.5% of what is allowed: {'; '.join(below)}." if below else f"{text}."


def _range(parts: Sequence[float], share: float) -> str:
    low, high = f"{100 * share * min(parts):.2f}", f"{100 * share * max(parts):.2f}"
    return f"{low}%" if low == high else f"{low} to {high}%"


def _same(names: Sequence[str], network: str) -> str:
    listed = f"{', '.join(map(repr, names[:-1]))} and {names[-1]!r}"
    if network.startswith(_COUNTS):
        return f"{listed} are the same network: as many neurons of each layer stay, and new weights forget which."
    return f"{listed} are the same network: the same neurons stay."
