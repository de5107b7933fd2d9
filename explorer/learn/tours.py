"""The guided tours, as data: what each step says, which controls it sets and shows, and which question it asks.

A step's text holds for every network; what differs between networks stands in its question
(`explorer.learn.questions`), whose answers are worked out from the network at hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ranp.selection import NEVER_EMPTY, SETTINGS


@dataclass(frozen=True)
class Step:
    """One screen of a tour.

    ``settings`` are set when the visitor comes to it, ``controls`` are those of the live charts that it shows (the
    sparsity's ruler goes with the slider), and ``question`` is a name in `explorer.learn.questions.QUESTIONS`.
    ``charts`` are those that belong to it, the first is shown: `layers`, `importance`, `macs`, `left` or `methods`.
    ``veils`` are what the question asks and the page would tell, hidden until it is answered: `reach` (how far the
    sparsity can go), `left` (what is left of each resource). A ``timed`` step asks for seconds: it needs a time table,
    and seconds are veiled.
    """

    title: str
    text: str
    question: str
    settings: Mapping[str, Any]
    controls: tuple[str, ...] = ("sparsity",)
    charts: tuple[str, ...] = ("layers", "macs")
    veils: tuple[str, ...] = ()
    timed: bool = False


@dataclass(frozen=True)
class Tour:
    """A few steps on one idea; ``network`` is where it is seen best, if the idea needs one that has it."""

    title: str
    summary: str
    steps: tuple[Step, ...]
    icon: str
    network: tuple[str, str] | None = field(default=None)


_AS_BY_DEFAULT = ("target", "also", "coupling", "snap", *NEVER_EMPTY)
_PLAIN = {"alpha": 1.0, **{name: SETTINGS[name].default for name in _AS_BY_DEFAULT}}
"""What every step starts from, so that nothing from an earlier page is left over."""

TOURS = {
    "neuron": Tour(
        "What a neuron is",
        "Output channels, the weights behind them, and why half the neurons are not half the weights.",
        (
            Step(
                "A neuron is an output channel",
                "Every bar is a layer, and a layer's **neurons** are its output channels: each is one filter, with all "
                "the weights that produce that channel. Pruning removes whole neurons, never single weights, so the "
                "network that is left is simply a smaller one.",
                "count_neurons",
                {**_PLAIN, "method": "layerwise", "sparsity": 0.0},
                (),
                charts=("layers", "importance"),
                veils=("left",),
            ),
            Step(
                "A weight lies between two neurons",
                "A weight belongs to the neuron that it produces and reads the channel of a neuron before. It goes "
                "when **either** of the two goes. Here every layer loses the same share of its neurons.",
                "half_of_neurons",
                {**_PLAIN, "method": "layerwise", "sparsity": 0.5},
                charts=("layers", "left"),
                veils=("left",),
            ),
            Step(
                "Some neurons matter more",
                "Before any training, one batch goes forward and its gradients come back. A neuron's **importance** is "
                "how much the loss would feel its weights fade. In the importance chart each mark is a neuron.",
                "most_sensitive_layer",
                {**_PLAIN, "method": "vanilla", "sparsity": 0.2},
                charts=("importance", "layers"),
            ),
        ),
        ":material/hub:",
    ),
    "empty": Tour(
        "Why vanilla pruning empties layers",
        "One threshold for all layers, whose scores are not on one scale.",
        (
            Step(
                "Scores on very different scales",
                "*Vanilla* ranks all neurons of the network by connection sensitivity as it is. Compare the heights in "
                "the importance chart: its scale is logarithmic.",
                "spread_of_scores",
                {**_PLAIN, "method": "vanilla", "sparsity": 0.2},
                (),
                charts=("importance", "layers"),
            ),
            Step(
                "One threshold for all",
                "All layers share one threshold. Guess, then drag **sparsity** to the right, slowly: the line rises, "
                "and it takes whole layers with low scores before it touches others. Once you have answered, the ruler "
                "below the slider says how far one can go.",
                "first_to_empty",
                {**_PLAIN, "method": "vanilla", "sparsity": 0.2},
                charts=("layers", "importance"),
                veils=("reach",),
            ),
            Step(
                "An empty layer ends the network",
                "No network can be built beyond that point, whatever the other layers keep. Change the **method** and "
                "drag **sparsity**: how far can each go?",
                "goes_furthest",
                {**_PLAIN, "method": "vanilla", "sparsity": 0.5},
                ("sparsity", "method"),
                charts=("layers", "methods"),
                veils=("reach",),
            ),
        ),
        ":material/layers_clear:",
    ),
    "balance": Tour(
        "What balance and reweighting do",
        "The two steps that RANP adds to sensitivity, one at a time.",
        (
            Step(
                "Balance: every layer gets a fair start",
                "*Weighted* multiplies each layer's scores so that all layers have the same mean: s ← s · max mean / "
                "own mean. Within a layer the order stays. Switch between *Vanilla* and *Weighted*.",
                "balance_saves",
                {**_PLAIN, "method": "weighted", "sparsity": 0.4},
                ("sparsity", "method"),
                charts=("layers", "importance"),
            ),
            Step(
                "Reweighting: cheap layers are raised",
                "RANP then multiplies each layer by 1 + λ · softmax(−R), where R is its cost relative to the most "
                "expensive one. So among neurons of equal score the cheap one stays. λ = 0 is *Weighted*; drag **λ**.",
                "lambda_saves",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.5, "lam": 11.0},
                ("lambda", "sparsity"),
                charts=("layers", "macs"),
            ),
            Step(
                "Who pays for it",
                "The same number of neurons goes, but others. Switch between *Weighted* and *RANP-f* and watch which "
                "bars fall.",
                "who_pays",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.5, "lam": 11.0},
                ("method", "lambda"),
                charts=("layers", "macs"),
            ),
        ),
        ":material/balance:",
    ),
    "alpha": Tour(
        "Memory or FLOPs",
        "Which cost makes a layer expensive: α slides between the two.",
        (
            Step(
                "Two costs, two lists",
                "A layer's **MACs** are the multiply-adds that it takes (one MAC is two FLOPs); its **memory** is the "
                "output that it must hold. The layer that computes most need not hold most. Click a layer's bar to "
                "see its shares.",
                "largest_output",
                {**_PLAIN, "method": "blend", "alpha": 0.5, "sparsity": 0.4, "lam": 11.0},
                (),
                charts=("macs", "layers"),
            ),
            Step(
                "α chooses",
                "R = α · MACs + (1 − α) · memory, each relative to the highest. At **α = 1** (RANP-f) the layers "
                "that compute most lose most, at **α = 0** (RANP-m) those that hold most. Drag α.",
                "alpha_macs",
                {**_PLAIN, "method": "blend", "alpha": 0.5, "sparsity": 0.4, "lam": 11.0},
                ("alpha",),
                charts=("macs", "layers"),
            ),
            Step(
                "And the price",
                "Pressing on one cost pushes the cuts to other layers. Some of them may empty sooner. Try **sparsity** "
                "at both ends of α; once you have answered, the ruler below the slider tells.",
                "alpha_reach",
                {**_PLAIN, "method": "blend", "alpha": 0.5, "sparsity": 0.4, "lam": 11.0},
                ("alpha", "sparsity"),
                charts=("layers", "left"),
                veils=("reach",),
            ),
        ),
        ":material/tune:",
    ),
    "fair": Tour(
        "Why equal sparsity is unfair",
        "The same number of neurons can cost very different amounts. Compare at equal cost.",
        (
            Step(
                "Equal sparsity",
                "Every method removes the same number of neurons here. Try them and read what is left of the **MACs**.",
                "dearest_at_equal_sparsity",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.4, "lam": 11.0},
                ("method",),
                charts=("macs", "methods"),
            ),
            Step(
                "How unequal is that?",
                "A network with more work left can learn more. Were it also more accurate, you would not know whether "
                "the *choice* of neurons was better or the network only *bigger*.",
                "how_unequal",
                {**_PLAIN, "method": "vanilla", "sparsity": 0.4, "lam": 11.0},
                ("method", "sparsity"),
                charts=("macs", "methods"),
            ),
            Step(
                "Equal MACs",
                "Now you prescribe what may be **left of the MACs**, and each method finds its own sparsity. That is a "
                "comparison: equal work, different neurons. Try the methods.",
                "sparsity_at_equal_macs",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.5, "lam": 11.0},
                ("method", "budget"),
                charts=("layers", "methods"),
            ),
        ),
        ":material/scale:",
    ),
    "time": Tour(
        "Why half of the MACs is not half of the time",
        "Seconds are what people pay. They follow the MACs from afar.",
        (
            Step(
                "Guess the seconds",
                "Half of the **MACs** are left here. Seconds can be looked up, too: a **time table** holds what each "
                "operation of a training step took on one machine, alone, at many widths. Guess first; the charts show "
                "seconds once you have answered.",
                "seconds_at_half_the_macs",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.5, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "left"),
                timed=True,
            ),
            Step(
                "Not everything has MACs",
                "Norms, activation functions, pooling and the optimizer's update read and write numbers, and multiply "
                "next to nothing. They take their time all the same. This is the full network.",
                "seconds_without_macs",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.0, "lam": 11.0},
                (),
                charts=("macs", "layers"),
                timed=True,
            ),
            Step(
                "Time is a staircase",
                "A processor computes several channels at once. A width that is no multiple of that pays for the next "
                "one that is. Answer, then click a layer's bar: its time over its width is drawn there. Drag "
                "**sparsity** and watch it take the stairs.",
                "seconds_of_half_a_layer",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.0, "lam": 11.0},
                charts=("layers", "left"),
                timed=True,
            ),
            Step(
                "Equal MACs, unequal seconds",
                "So it matters *where* the MACs went. Each method leaves half of them here, of other layers. If "
                "seconds are what you pay, choose by seconds.",
                "fastest_at_equal_macs",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.5, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "methods"),
                timed=True,
            ),
        ),
        ":material/timer:",
        ("unet3d", "classroom"),
    ),
    "accuracy": Tour(
        "What it costs in accuracy",
        "Scores of trained networks against their cost, a fair opponent, and how little one seed says.",
        (
            Step(
                "Predict before you look",
                "Races that come with the explorer trained full and pruned networks: from new weights, on the same "
                "batches, for the same number of steps. They are **classroom tasks**, small networks on procedural "
                "data or on patches of one scan. A quarter of the MACs is left. Guess; the scores show once you "
                "have answered.",
                "beside_full",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "layers"),
            ),
            Step(
                "A fair opponent",
                "Is it the method, or would any network of that cost do as well? *Thin* gives every layer one "
                "factor and looks at nothing. A difference is taken **seed by seed** and counts by its 95 % "
                "**interval**: where that holds zero, nothing is shown, whoever is ahead.",
                "beside_thin",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("layers", "macs"),
            ),
            Step(
                "When little is left",
                "The less is left, the more it should matter which layers keep it. Here it is a twentieth of the MACs. "
                "In the chart of scores an **empty mark** is known from few seeds: another seed may turn out "
                "differently.",
                "beside_full_at_the_least",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.05, "lam": 11.0},
                ("method", "budget"),
                charts=("layers", "macs"),
            ),
        ),
        ":material/insights:",
    ),
    "ages": Tour(
        "The three ages of pruning",
        "Before, during or after training: what each takes in all, and what it is worth.",
        (
            Step(
                "Before: small from the first step",
                "Pruning at **initialization** scores the network before it has learnt anything and trains only what "
                "is left. A step of training is a pass forward and two passes' worth backward, at the size that the "
                "network has by then. A quarter of the MACs is left here.",
                "bill_before",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "layers"),
            ),
            Step(
                "During or after",
                "The other answer is old: **train, prune, train on**, since a trained network should show better which "
                "neurons it needs. In between lies pruning **gradually**: a few rounds along a cubic ramp, which "
                "removes most in its first ones, each scored anew.",
                "gradual_or_after",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "layers"),
            ),
            Step(
                "Everything that it took",
                "Five ways to one size: at initialization (*init*), after a few steps (*early*), *gradual*, *soft* "
                "(neurons below the line are set to zero and may come back until the end), and *after* training. Add "
                "up each one's sizes over the steps. *Train check* draws them, and lists the whole bill.",
                "dearest_age",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "layers"),
            ),
            Step(
                "Is it worth it?",
                "At equal **steps** who is cut down late has had more: a larger network for a part of its training. At "
                "equal **bills** each trains until it has taken as many MACs in all, so who is small early may take "
                "more steps. Guess; what the races of schedules found is on *Compare*, under *When to prune*.",
                "after_beside_init",
                {**_PLAIN, "method": "ranp-f", "target": "macs", "budget": 0.25, "lam": 11.0},
                ("method", "budget"),
                charts=("macs", "layers"),
            ),
        ),
        ":material/history:",
    ),
    "ties": Tour(
        "What is tied to what",
        "Layers that are added together must keep the same channels.",
        (
            Step(
                "Channels that belong together",
                "Where two layers' outputs are added, channel 5 of the one meets channel 5 of the other: both stay or "
                "both go. A depthwise layer is tied to the layer that feeds it. Click a layer's bar to see what it is "
                "tied to.",
                "tied_layers",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.3},
                (),
                charts=("layers", "importance"),
            ),
            Step(
                "Who decides",
                "Each tied layer has its own scores, so they may disagree. *any*: a channel stays if one of them "
                "keeps it. *all*: it stays only if every one does. Switch in **Options**.",
                "any_or_all",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.3},
                ("coupling", "sparsity"),
                charts=("layers", "importance"),
            ),
            Step(
                "Asked and achieved",
                "So the sparsity that you ask for is not quite the one that you get. An honest tool tells you both.",
                "asked_and_achieved",
                {**_PLAIN, "method": "ranp-f", "sparsity": 0.3},
                ("sparsity", "coupling"),
                charts=("layers", "importance"),
                veils=("left",),
            ),
        ),
        ":material/link:",
        ("mobilenetv2", "classroom"),
    ),
}
"""name, as links spell it -> tour."""
