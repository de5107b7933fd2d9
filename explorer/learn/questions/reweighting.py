"""What balance and reweighting do: the questions of the tours `balance` and `alpha`."""

from explorer.learn.questions.asking import (
    CLOSE,
    ENDS,
    Evidence,
    Question,
    change,
    choice,
    extreme,
    largest,
    layers,
    listing,
    named,
    ranked,
)
from explorer.units import percent


def balance_saves(evidence: Evidence) -> Question:
    vanilla, weighted = evidence.look(method="vanilla"), evidence.look(method="weighted")
    hit = min(vanilla.plan.layers, key=lambda layer: layer.kept_share)
    after = weighted.kept[hit.name].kept
    return change(
        f"At a sparsity of {percent(vanilla.plan.requested_sparsity, 0)}, *Vanilla* hits {named(hit.name)} hardest: "
        f"{hit.kept} of its {hit.neurons} neurons stay. How many stay with *Weighted*?",
        ("fewer", "as many", "more"),
        hit.kept,
        after,
        f"{after} of {hit.neurons}. Only the layer's own factor changed: within it, the same neurons come first.",
    )


def lambda_saves(evidence: Evidence) -> Question:
    without, with_it = evidence.look(lam=0.0).macs_left, evidence.look().macs_left
    return change(
        "From λ = 0 to λ = 11, at the same sparsity: what happens to the MACs that are left?",
        ("they fall", "they stay the same", "they rise"),
        without,
        with_it,
        f"{percent(without)} of the MACs are left at λ = 0 and {percent(with_it)} at λ = 11: as many neurons, but "
        + ("cheaper ones." if with_it < without else "not cheaper ones, in this network."),
        CLOSE,
    )


def who_pays(evidence: Evidence) -> Question:
    weighted, ranp = evidence.look(method="weighted").kept, evidence.look(method="ranp-f").kept
    falls = {name: weighted[name].kept_share - ranp[name].kept_share for name in weighted}
    most = max(falls.values())
    payers = {name for name, fall in falls.items() if fall >= most - 1e-9} if most > 0 else set()
    dearest = sorted(evidence.costs["macs"], key=lambda name: -evidence.costs["macs"][name])
    because = "No layer keeps less with RANP-f than with Weighted, in this network and at this sparsity."
    if payers:
        one = max(payers, key=evidence.costs["macs"].__getitem__)
        because = (
            f"{named(one)}: {weighted[one].kept} of {weighted[one].neurons} neurons with Weighted, {ranp[one].kept} "
            f"with RANP-f. It takes {percent(ranp[one].macs_share)} of the MACs, the "
            f"{ranked(dearest.index(one) + 1, 'most')} of {len(dearest)} layers."
        )
    others = [min(falls, key=falls.__getitem__), dearest[-1], dearest[0], *dearest]
    text = "Which layer loses most when *RANP-f* takes over from *Weighted*?"
    return layers(evidence, text, payers, others, because, none="None loses any")


def largest_output(evidence: Evidence) -> Question:
    memory, macs = evidence.costs["activations"], evidence.costs["macs"]
    (top,), (computes,) = largest(memory, 1), largest(macs, 1)
    share = {name: percent(memory[name] / (sum(memory.values()) or 1)) for name in (top, computes)}
    same = " It is also the one that computes most." if computes == top else (
        f" {named(computes)} computes most and holds {share[computes]}."
    )  # fmt: skip
    return layers(
        evidence,
        "Which layer's output takes the most memory?",
        {name for name in memory if memory[name] == memory[top]},
        [computes, min(memory, key=memory.__getitem__), *largest(memory, 12)[6:]],
        f"{named(top)}: its output is {share[top]} of all layers' outputs.{same}",
    )


def alpha_macs(evidence: Evidence) -> Question:
    left = {title: evidence.look(method=method).macs_left for method, title in ENDS.items()}
    return choice(
        "At this sparsity, which end leaves fewer MACs?",
        extreme(left, min),
        listing("Left of the MACs", left),
    )


def alpha_reach(evidence: Evidence) -> Question:
    reach = {title: evidence.look(method=method).plan.max_feasible_sparsity for method, title in ENDS.items()}
    return choice(
        "Which end can remove more neurons before a layer empties?",
        extreme(reach, max),
        listing("The largest sparsity that leaves every layer a neuron", reach),
    )
