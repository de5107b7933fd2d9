"""What may be compared, and what ties decide: the questions of the tours `fair` and `ties`."""

import numpy as np

from explorer.facts import Fate
from explorer.learn.questions.asking import (
    CLOSE,
    COMPARED,
    Evidence,
    Question,
    change,
    choice,
    extreme,
    listing,
    named,
    times,
)
from explorer.units import percent


def dearest_at_equal_sparsity(evidence: Evidence) -> Question:
    left = {title: evidence.look(method=method).macs_left for method, title in COMPARED.items()}
    return choice(
        f"At a sparsity of {percent(evidence.look().plan.requested_sparsity, 0)}, which method leaves the most MACs?",
        extreme(left, max),
        listing("Left of the MACs", left),
    )


def how_unequal(evidence: Evidence) -> Question:
    vanilla, ranp = evidence.look(method="vanilla").macs_left, evidence.look(method="ranp-f").macs_left
    ratio = vanilla / ranp
    names = {"less": (0, 0.99), "as many": (0.99, 1.01), "up to twice": (1.01, 2), "two to five times": (2, 5),
             "more than five times": (5, np.inf)}  # fmt: skip
    return choice(
        "Next to RANP-f at the same sparsity, how many MACs does Vanilla's network have?",
        {name: low <= ratio < high for name, (low, high) in names.items()},
        f"{times(ratio)} as many: {percent(vanilla)} of the full network's against {percent(ranp)}.",
    )


def sparsity_at_equal_macs(evidence: Evidence) -> Question:
    seen = {title: evidence.look(method=method) for method, title in COMPARED.items()}
    reached = {title: one.plan.requested_sparsity for title, one in seen.items() if not one.plan.unmet}
    unmet = [title for title, one in seen.items() if one.plan.unmet]
    because = listing("The sparsity that it takes", reached) if reached else ""
    if unmet:
        because += f" {', '.join(unmet)} cannot get there without emptying a layer."
    return choice(
        "Which method needs to remove the most neurons to get there?",
        {**dict.fromkeys(seen, False), **extreme(reached, max), "None gets there": not reached},
        because.strip(),
    )


def tied_layers(evidence: Evidence) -> Question:
    every = evidence.look().plan.layers
    tied = [layer for layer in every if layer.tied]
    because = "None: in this network no two layers' channels meet."
    if tied:
        most = max(tied, key=lambda layer: len(layer.tied))
        others = ", ".join(named(name) for name in most.tied[:3]) + (", …" if len(most.tied) > 3 else "")
        because = f"{len(tied)} of {len(every)}. In the largest group is {named(most.name)} with {others}."
    options = sorted({0, len(tied), len(every), len(every) // 2})
    return choice(
        f"How many of the {len(every)} layers must keep the same channels as another one?",
        {f"{number}": number == len(tied) for number in options},
        because,
    )


def any_or_all(evidence: Evidence) -> Question:
    some, every = evidence.look(coupling="any").plan, evidence.look(coupling="all").plan
    return change(
        f"At a sparsity of {percent(some.requested_sparsity, 0)}, how many neurons stay with *all*, next to *any*?",
        ("fewer", "as many", "more"),
        some.pruned.neurons,
        every.pruned.neurons,
        f"{some.pruned.neurons:,} of {some.full.neurons:,} stay with *any*, {every.pruned.neurons:,} with *all*.",
    )


def asked_and_achieved(evidence: Evidence) -> Question:
    seen = evidence.look()
    plan = seen.plan
    rescued = sum(int((fates == Fate.RESCUED).sum()) for fates in seen.fates.values())
    return change(
        f"You ask to remove {percent(plan.requested_sparsity)} of all neurons. How many really go, with *any*?",
        ("fewer", "just as many", "more"),
        plan.requested_sparsity,
        plan.achieved_sparsity,
        f"{percent(plan.achieved_sparsity)} go: {rescued:,} neurons stay although their score is below the "
        "threshold, because a tied layer needs the channel or their layer is kept whole.",
        CLOSE,
    )
