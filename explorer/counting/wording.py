"""What the Counting page says: each figure's convention and source, and why counters may differ.

Sources. [RANP]: Xu et al., 3DV 2020, arXiv 2010.02488; its code's `calc_flops`.
"""

from explorer.units import count
from explorer.wording import waiting
from ranp.sources import RANP

SUBTITLE = "What every figure counts, what none of them counts, and what other counters say."

CONVENTIONS = {
    "macs": (
        "MACs",
        "One multiply and one add of a convolution, a linear layer or a matrix product are **one** MAC. Biases, norms, "
        "activations and pooling are not in it.",
        "The count of ptflops, biases left out",
    ),
    "flops": (
        "FLOPs",
        "2 × MACs. Some papers and tools call MACs “FLOPs”: their figures are half of these.",
        "The count of `torch.utils.flop_counter`",
    ),
    "paper_macs": (
        "The paper's count",
        "MACs + 1 for each output element of a layer with a bias + 4 for each element of a norm. The paper calls it "
        "FLOPs; its tables compare with this figure.",
        f"The original code of {RANP}",
    ),
    "params": (
        "Parameters",
        "Weights, biases, and scales and shifts of norms. 4 bytes each in memory (float32).",
        "`parameter.numel()`, added up",
    ),
    "activations": (
        "Activation memory",
        "Elements of the outputs of all leaf modules × 4 bytes (float32): what the paper calls memory. A network that "
        "calls functions instead of modules counts less.",
        f"{RANP}, section 4.2",
    ),
    "peak": (
        "Peak training memory",
        "The most that is alive at once in one training step: parameters, gradients, AdamW's state, activations kept "
        "for the backward pass, temporaries. Estimated from shapes. Workspace inside kernels is not in it.",
        "Our tracker, which the tests compare with PyTorch's `MemTracker`",
    ),
}
"""Title, what it counts, and where the convention comes from."""

PREDICTED = {
    "training": "Forward, backward and AdamW's update of one batch. Each operation is worth what it took alone, at its "
    "widths, in the time table in use.",
    "inference": "One batch forward in evaluation mode, by the same table.",
}
"""What seconds are, by kind of step."""

UNCOUNTED = "What is in no count of MACs"
ALWAYS = (
    "Element by element work (activations, additions, norms), pooling, interpolation, softmax, and all moving of data: "
    "by convention nobody counts them as MACs, and they take time all the same."
)
NOTHING_ELSE = "Nothing else: every other operation of this network is counted."
FEASIBLE_ONLY = (
    "There is no network at this sparsity to count: a layer has no neuron left. Choose a lower one on Explore."
)
NOT_SCORED = "These are the full network's figures. For the pruned one, every neuron's importance comes first."

CHECKS = "Do not take our word for it"
COUNT = (
    "Counted by others",
    "Builds the smaller network from shapes, runs both without computing anything, and lets others count: ptflops "
    "(backend `aten`), PyTorch's flop counter, and hooks on every module.",
    "Count both networks",
)
VERIFY = (
    "Smaller against masked",
    "With all weights drawn at random and in double precision, the full network with every pruned channel at zero must "
    "compute what the smaller network computes, in training and in evaluation mode.",
    "Compare both networks",
)
TIME = (
    "Seconds a step",
    "Forward, backward and one AdamW update on random input, the two networks in turn, beside what the time table "
    "predicts. The first two steps do not count; ten do, or as many as fit into half a minute.",
    "Time a training step of both",
)
TABLE = (
    "A time table of this machine",
    "Predicted seconds come from a table: every operation of a step, timed alone at the widths that it may have.",
    "Measure on this machine",
)
"""Title, what happens, and the button."""

ALL_AGREE = "All {} figures agree, to the last digit."
SOME_DIFFER = "{} of {} figures differ and should not. Please report the network: one of the counters is wrong."
GAVE_UP = "ptflops could not follow this network; the other counters could."
BIASES = (
    "As it is, ptflops adds one for each output element of a layer with a bias; the difference is exactly that. Peak "
    "training memory has no second counter here."
)
TIME_NOTE = (
    "Fewer MACs do not make a step faster by as much: small layers keep processors less busy, and work that is in no "
    "count stays. Other machines, batches and libraries differ, and so does this one while others use it."
)


AGAIN = "Measure again"
PREDICTED_ALT = "Table of training steps: predicted, measured, and how far the prediction is off"
NO_TABLE = "No time table is at hand for this network, so nothing was predicted."
NEVER_ACROSS = (
    "The table was measured elsewhere ({}), and this is {}. Seconds of different machines are not compared: only how "
    "much of the full network's step is left. Measure a table on this machine to have its seconds."
)
NOT_KEPT = "It is not kept for later predictions, since the machine was busy."
KEPT = "Kept for later predictions of this network: {}."
TABLE_PART = "Timed are operations that take {} of a step; the others are priced by these."
TABLE_BUDGET = "It takes {} at most. Called off, it goes on from there the next time."
MADE = "The table is measured, and in use from now on."


def biases(additions: int) -> str:
    return f"+ {additions:,} for biases"


def difference(largest: float, tolerance: float) -> str:
    return (
        f"They compute the same: the largest difference is **{largest:.1e}** of the largest output, at most "
        f"{tolerance:.0e} is allowed."
    )


def timed(full: str, pruned: str, times: str, macs: str) -> str:
    return f"A step takes **{pruned}** instead of **{full}**: **{times} times** as fast, with {macs} of the MACs."


def busy(processors: float, spread: float) -> str:
    return (
        f"This machine was busy meanwhile: others took {processors:.1f} processors, and the middle half of the steps "
        f"spreads by {100 * spread:.0f} %. Measure again when it is idle."
    )


def making(ahead: int, seconds: str | None) -> str:
    """While a table is measured: how long that takes, once it is estimated."""
    under_way = "Estimating how long it takes" if seconds is None else f"Timing every operation: about {seconds} in all"
    return waiting(ahead) or under_way


def machine(name: str, threads: int, system: str, torch: str) -> str:
    used = "1 thread" if threads == 1 else f"{threads} threads"
    return f"Measured on this server: {name}; {used}; {system}; PyTorch {torch}."


def too_large(needed: float, spare: float) -> str:
    return (
        f"This would take about {count(needed, 'B')} of memory and this machine has {count(spare, 'B')} to spare; "
        "choose a smaller size."
    )


def too_slow(macs: int, most: int) -> str:
    return (
        f"This network has {count(macs)} MACs an example; up to {count(most)} are timed here, since a step of more "
        "would hold up everybody else on this server. Choose a smaller size."
    )


def working(ahead: int) -> str:
    return waiting(ahead) or "Working on it"
