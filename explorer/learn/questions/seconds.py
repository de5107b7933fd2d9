"""Why MACs are not seconds: the questions of the tour `time`, by the time table of the network."""

from explorer.learn.questions.asking import (
    COMPARED,
    Evidence,
    Question,
    choice,
    extreme,
    largest,
    listing,
    named,
)
from explorer.units import duration, percent
from ranp.selection import METHODS

_LEFT = {"about a quarter": 0.35, "about a half": 0.6, "about three quarters": 0.85, "nearly all": float("inf")}
_SHARES = {"less than 5 %": 0.05, "5 to 15 %": 0.15, "15 to 30 %": 0.3, "more than 30 %": float("inf")}
"""Options, each with the share that it ends below."""


def seconds_at_half_the_macs(evidence: Evidence) -> Question:
    timed, plan = evidence.timed(), evidence.look().plan
    text = "The plan leaves half of the MACs. What is left of the seconds of a training step?"
    after = timed.after()
    if plan.unmet or after is None:
        because = "Without emptying a layer, no plan of this method leaves so few MACs in this network."
        return choice(text, {**dict.fromkeys(_LEFT, False), "there is no such plan": True}, because)
    left = after / timed.before
    return choice(
        text,
        _falls(left, _LEFT),
        f"{percent(left)}: {duration(after)} of {duration(timed.before)}, predicted for {timed.whose}. "
        f"{percent(plan.pruned.macs / plan.full.macs)} of the MACs are left, and {percent(plan.achieved_sparsity)} of "
        "the neurons went.",
    )


def seconds_without_macs(evidence: Evidence) -> Question:
    timed = evidence.timed()
    others = {name: seconds for name, seconds in timed.modules.items() if name not in evidence.network.layers}
    share = 1 - sum(seconds for name, seconds in timed.modules.items() if name not in others) / timed.before
    most = ", ".join(f"{named(name)} {percent(others[name] / timed.before)}" for name in largest(others, 3))
    return choice(
        "What share of the full network's seconds goes to norms, activation functions, pooling, the optimizer and "
        "the like?",
        _falls(share, _SHARES),
        f"{percent(share)}, and next to no MACs. Most of it: {most}. "
        "They shrink with the channels at best, not with the MACs.",
    )


def seconds_of_half_a_layer(evidence: Evidence) -> Question:
    timed = evidence.timed()
    layer = max(evidence.network.prunable, key=lambda name: timed.modules.get(name, 0.0))
    neurons = evidence.look(sparsity=0.0).kept[layer].neurons
    whole, half = timed.layer(layer, neurons), timed.layer(layer, neurons // 2)
    without_one = timed.layer(layer, neurons - 1)
    return choice(
        f"{named(layer)} takes more seconds than any other layer. Half of its {neurons} neurons go, and with them at "
        "least half of its MACs. What is left of its seconds?",
        _falls(half / whole, _LEFT),
        f"{percent(half / whole)}: {duration(whole)} with {neurons} neurons, {duration(half)} with {neurons // 2}. "
        f"With {neurons - 1} it takes {duration(without_one)}.",
    )


def fastest_at_equal_macs(evidence: Evidence) -> Question:
    timed, methods = evidence.timed(), {**COMPARED, "ranp-m": METHODS["ranp-m"].title}
    left = {
        title: after / timed.before
        for method, title in methods.items()
        if not evidence.look(method=method).plan.unmet and (after := timed.after(method=method)) is not None
    }
    because = listing("Left of the seconds", left) if left else ""
    if unmet := [title for title in methods.values() if title not in left]:
        because += f" {', '.join(unmet)} cannot get there without emptying a layer."
    return choice(
        "All leave half of the MACs. Which method leaves the fewest seconds?",
        {**dict.fromkeys(methods.values(), False), **extreme(left, min), "None gets there": not left},
        because.strip(),
    )


def _falls(share: float, bounds: dict[str, float]) -> dict[str, bool]:
    """Each option with whether the share falls to it, the first that ends above it."""
    found = next(words for words, bound in bounds.items() if share < bound)
    return {words: words == found for words in bounds}
