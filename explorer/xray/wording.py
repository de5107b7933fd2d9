"""What the X-ray page says: plain words beside every formula, and why a neuron stays or goes.

`{names}` in braces are filled in by the browser.
"""

from explorer.wording import FIGURES, waiting
from ranp.importance import CRITERIA
from ranp.sources import RANP, SNIP

SUBTITLE = (
    "Follow **one neuron** through the method, step by step: what its weights contribute, what its layer and its cost "
    "make of that, and why it stays or goes."
)

WEIGHTS_BUTTON = "Look at single weights (as long as computing the importance)"
WEIGHTS_HELP = """Importance keeps one number a neuron. To show what each weight contributes, data go forward and
gradients backward once more."""
WEIGHTS_FAILED = "What single weights contribute could not be computed: {}"
NUMBERS = "The same in numbers"
CONNECTIONS = "Its {} weights contribute {} when put together, which is {} its score."
CONNECTIONS_EQUAL = "equal to"
CONNECTIONS_UNEQUAL = "not equal to"
NEURON = (
    "Neuron {neuron} of {layer}: score {score}, balanced {balanced}, reweighted {final}; rank {rank} of {neurons}, and "
    "{kept} stay."
)

_STEPS = {
    "sensitivity_title": "Connection sensitivity",
    "sensitivity_chart": "How sensitive the loss is to single weights",
    "sensitivity_axis": "Contribution of a weight",
    "importance_title": "Neuron importance",
    "importance_chart": "Scores of the neurons, layer by layer",
    "balance_title": "Layer balance",
    "balance_chart": "Scores after balancing: every layer has the same mean",
    "resources_title": "Resource reweighting",
    "resources_chart": "Scores after reweighting: cheap layers are lifted",
    "threshold_title": "Threshold",
    "threshold_chart": "Final scores, and one threshold for all",
    "threshold_chart_layerwise": "Final scores, and a threshold for each layer",
    "score_axis": "Score of a neuron",
    "importance_words": (
        "A neuron is an output channel. Its importance is what the weights that produce it contribute, put together. "
        "Look at the layers: their scores lie far apart, so one threshold for all would empty some of them."
    ),
    "balance_words": (
        "Every layer's scores are lifted until its mean equals the highest mean of all layers. Within a layer nobody "
        "overtakes anybody; between layers, scores can now be compared."
    ),
    "resources_words": (
        "R says what the layer costs, 1 for the costliest. Cheap layers are lifted more, so that expensive ones lose "
        "more neurons. λ says how strongly."
    ),
    "threshold_words": (
        "All neurons of all layers line up by score. The k with the highest scores stay; the k-th score is the "
        "threshold. Equal scores stand one behind the other, so that each layer gives up the same share of them. "
        "Neurons that share a channel then decide together."
    ),
    "threshold_words_layerwise": (
        "The neurons of each layer line up by score, and the same share stays in every layer: each layer has its own "
        "threshold."
    ),
    "balance_skipped": "This method leaves the step out: its scores are not balanced, and pass as they are.",
    "resources_skipped": "This method leaves the step out: it does not look at costs, and scores pass as they are.",
    "sensitivity_skipped_random": "This method looks at no connection: every neuron draws its score at random.",
    "sensitivity_skipped_whole": (
        "This criterion looks at the neuron as a whole: no single weight has a share in its score."
    ),
    "sensitivity_skipped_magnitude": (
        "This method does not ask the loss: a neuron's score is made of the absolute weights that produce it."
    ),
}

_CRITERIA = {f"words_{name}": criterion.words for name, criterion in CRITERIA.items()}
_ROUNDS = {
    f"rounds_{name}": f"The score says in which of {criterion.rounds} rounds the neuron leaves, each scored on what "
    "the one before left. The page shows the weights of the first, so they do not add up to it."
    for name, criterion in CRITERIA.items()
    if criterion.rounds > 1
}

_PARTS = {
    "steps": "Steps of the method",
    "back": "Back",
    "next": "Next: {title}",
    "layer": "Layer",
    "neuron": "Neuron",
    "of": "of {neurons}",
    "find": "Show me …",
    "find_last": "the last neuron that stays",
    "find_first": "the first neuron that goes",
    "find_tie": "a neuron decided by a tie",
    "find_guard": "a neuron kept by a rule",
    "find_best": "the highest score",
    "find_worst": "the lowest score",
    "find_none": "There is no such neuron with these settings.",
    "pick": "Click a layer to follow a neuron of it.",
    "in_words": "In plain words",
    "in_numbers": "This neuron in numbers",
    "largest": "its largest",
    "histogram": "Contributions of its {count} weights",
    "histogram_axis": "size of the contribution",
    "histogram_zero": "{zeros} contribute exactly nothing: a bias starts at zero.",
    "histogram_zero_other": "{zeros} contribute exactly nothing.",
    "histogram_smaller": "smaller ones are in the first bar",
    "histogram_largest": "most in a bar: {most}",
    "positive": "positive",
    "negative": "negative",
    "place": "input channel {channel}, position ({position})",
    "place_linear": "input {channel}",
    "place_bias": "bias",
    "check_equal": "The contributions, put together anew, give {sum}: the neuron's score.",
    "check_unequal": "The contributions, put together anew, give {sum}, and the score is {score}: they differ.",
    "weights_pending": "Single weights are being looked at: data forward, gradients backward …",
    "weights_missing": "Single weights have not been looked at yet; the button above does that.",
    "weights_failed": "Single weights could not be looked at.",
    "others": "{count} others",
    "rank_in_layer": "rank {rank} of {neurons} in its layer",
    "mean_of": "mean of its layer",
    "highest_of": "highest mean, of {layer}",
    "macs_share": "MACs, of the most",
    "memory_share": "memory, of the most",
    "time_share": "seconds, of the most",
    "factor": "raised by",
    "threshold": "threshold",
    "rank": "rank",
    "rank_in_pool": "rank {rank} of {neurons}; the best {kept} stay",
    "name": "neuron {neuron} of {layer}",
    "votes": "Neurons that share its channel",
    "vote_stays": "stays by itself",
    "vote_goes": "goes by itself",
    "vote_mute": "has no say",
    "vote_itself": "this neuron",
    "vote_any": "The channel stays if one of them stays.",
    "vote_all": "The channel stays only if all of them stay.",
    "vote_paper": "The channel stays if one that has a say stays.",
    "kept": "kept",
    "removed": "removed",
    "weights_count": "{count} weights",
    "left_out": "left out",
    "legend_range": "lowest to highest",
    "legend_box": "middle half",
    "legend_mean": "mean",
    "legend_neuron": "the chosen neuron",
    "legend_average": "mean of the chosen neuron's weights",
    "legend_layer": "its layer",
    "legend_highest": "highest mean",
    "legend_before": "mean before",
    "legend_macs": "MACs",
    "legend_memory": "memory",
    "legend_time": "seconds",
    "legend_removed": "removed",
    "legend_rescued": "kept: held or tied",
    "legend_dropped": "removed: tied",
}

_WHY = {
    "why_kept": "Why was this neuron kept?",
    "why_removed": "Why was this neuron removed?",
    "score_kept": "Its final score {score} has rank {rank} of {neurons}, and the best {kept} stay.",
    "score_removed": "Its final score {score} has only rank {rank} of {neurons}, and just the best {kept} stay.",
    "score_kept_layerwise": (
        "Its score {score} has rank {rank} of {neurons} in its layer, of which the best {kept} stay."
    ),
    "score_removed_layerwise": (
        "Its score {score} has only rank {rank} of {neurons} in its layer, of which just the best {kept} stay."
    ),
    "equal_kept": (
        "Its final score {score} is the threshold, and {equals} neurons share it. Of these {of_them} are kept, and it "
        "is one."
    ),
    "equal_removed": (
        "Its final score {score} is the threshold, and {equals} neurons share it. Of these {of_them} are kept, each "
        "layer giving up the same share of its own, and it is none of them."
    ),
    "output": "It belongs to the output layer, which is always kept whole.",
    "held": "It cannot be removed: {held}.",
    "held_plain": "Its channel cannot be removed.",
    "came-back": "Selection removes it; it came back, up to a fast width of its layer.",
    "went": "Selection keeps it; it went, down to a fast width of its layer.",
    "protected": "Its score is too low, but its layer is protected.",
    "tied-to-protected": "Its score is too low, but its layer is tied to one that is protected.",
    "least": "Its score is too low for the threshold, but the best {least} neurons of its layer always stay.",
    "tie_kept": (
        "Its own score is too low, but it shares a channel with {other}, which stays: tied layers keep channels "
        "together."
    ),
    "tie_removed": (
        "Its own score is high enough, but it shares a channel with {other}, which goes: here all that share a channel "
        "must agree."
    ),
    "tie_mute": "Its layer only passes channels on and has no say; {other} decides for both.",
}

_SOURCES = {
    "sensitivity_source": f"Source: {SNIP}; {RANP}, section 4.1.",
    "importance_source": f"Source: {RANP}, section 4.1.",
    "balance_source": f"Source: {RANP}, section 4.2.",
    "resources_source": f"Source: {RANP}, section 4.2.",
    "threshold_source": f"Source: {RANP}, section 4.3.",
}

WORDS = {
    **FIGURES,
    **{
        f"x_{name}": text
        for part in (_STEPS, _CRITERIA, _ROUNDS, _PARTS, _WHY, _SOURCES)
        for name, text in part.items()
    },
}
"""The texts of the view, by name."""

DRAWING = "The network, drawn"
GRAPH = "What feeds what, and what is tied"
THINNING = "Thinning out as sparsity grows"
GRAPH_HELP = (
    "Data flow from left to right. A ring is a layer, the disc in it what this plan keeps. Click a layer: what is tied "
    "to it is marked by diamonds, and stays or goes with it, neuron by neuron."
)
THINNING_HELP = (
    "A bar a layer, as tall as it has neurons; what is filled stays, by the method and settings chosen above."
)


def thinning_in_words(layers: int, neurons: int, last: int, sparsity: str) -> str:
    """The animation for a reader who does not see it."""
    return f"Animation of {layers} layers: {neurons} neurons in all, of which {last} are left at sparsity {sparsity}."


def connecting(ahead: int) -> str:
    """What is said while single weights are looked at."""
    before = waiting(ahead)
    return f"Single weights: {before[0].lower()}{before[1:]}" if before else "Looking at single weights"
