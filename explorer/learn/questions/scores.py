"""What neurons are and how their scores differ: the questions of the tours `neuron` and `empty`."""

import numpy as np

from explorer.learn.questions.asking import (
    COMPARED,
    Evidence,
    Question,
    bucket,
    choice,
    extreme,
    largest,
    layers,
    least,
    listing,
    means,
    named,
    ranked,
    times,
)
from explorer.units import percent
from ranp.selection import METHODS, at_least


def count_neurons(evidence: Evidence) -> Question:
    full, number = evidence.network.full, len(evidence.network.layers)
    return choice(
        "How many neurons does this network have?",
        {f"{number:,}": False, f"{full.neurons:,}": True, f"{full.params:,}": False},
        f"{full.neurons:,}: the output channels of all {number:,} layers together. "
        f"{full.params:,} is the number of its parameters, about {full.params // full.neurons:,} for each neuron.",
    )


def half_of_neurons(evidence: Evidence) -> Question:
    plan = evidence.look().plan
    left = plan.pruned.params / plan.full.params
    names = {"about three quarters": 0.75, "about a half": 0.5, "about a quarter": 0.25, "about an eighth": 0.125}
    nearest = min(names.values(), key=lambda share: abs(np.log(share / left)))
    return choice(
        f"Every layer loses {percent(plan.requested_sparsity, 0)} of its neurons. What is left of the parameters?",
        {name: share == nearest for name, share in names.items()},
        f"{percent(left)} is left. Where the neurons at both ends of a weight are halved, ½ × ½ of the weights stay; "
        "where only one end can lose neurons (at the input, at the output, in depthwise layers), a half stays.",
    )


def most_sensitive_layer(evidence: Evidence) -> Question:
    seen = evidence.look()
    highest = {name: float(scores.max()) for name, scores in seen.scores.items()}
    most = max(highest, key=highest.__getitem__)
    mean = means(seen)
    return layers(
        evidence,
        "In which layer is the most important neuron of all?",
        {most},
        [min(highest, key=highest.__getitem__), *largest(evidence.costs["macs"], 2)],
        f"In {named(most)}. Its neurons' mean importance is {times(mean[most] / least(mean))} that of the layer "
        "with the lowest mean.",
    )


def spread_of_scores(evidence: Evidence) -> Question:
    mean = means(evidence.look())
    low, high = min(mean, key=mean.__getitem__), max(mean, key=mean.__getitem__)
    ratio = mean[high] / mean[low] if mean[low] else np.inf
    return bucket(
        "How far apart are the layers' mean scores, the highest over the lowest?",
        ratio,
        f"{times(ratio)}: {named(high)} has the highest mean and {named(low)} the lowest. To one threshold, that looks "
        "as if hardly any neuron of the latter mattered.",
    )


def first_to_empty(evidence: Evidence) -> Question:
    seen = evidence.look()
    first = seen.first_empty_layer
    highest = {name: float(scores.max()) for name, scores in seen.scores.items()}
    if first is None:
        because = "With this network no layer empties, however high the sparsity."
    else:
        rank = sorted(highest.values()).index(highest[first]) + 1
        because = (
            f"{named(first)}, above a sparsity of {percent(at_least(seen.plan.max_feasible_sparsity, 3))}. Its best "
            f"neuron's score is the {ranked(rank, 'lowest')} among the best of all {len(highest)} layers."
        )
    others = [*largest(evidence.costs["macs"], 2), max(highest, key=highest.__getitem__), *evidence.network.prunable]
    text = "Which layer is the first to have no neuron left?"
    return layers(evidence, text, {first} if first else set(), others, because, none="No layer ever empties")


def goes_furthest(evidence: Evidence) -> Question:
    methods = {**COMPARED, "ranp-m": METHODS["ranp-m"].title}
    reach = {title: evidence.look(method=method).plan.max_feasible_sparsity for method, title in methods.items()}
    return choice(
        "With which method can most neurons go before a layer empties?",
        extreme(reach, max),
        listing("The largest sparsity that leaves every layer a neuron", reach),
    )
