"""What is said where all neurons of a layer score zero: why that may be, by what a criterion looks at."""

from typing import NamedTuple


class Zero(NamedTuple):
    """In words: ``why`` all of a layer may score zero, what to do about it (``remedy``), and, of all layers, both."""

    why: str
    remedy: str
    everywhere: str


_VANISHES = (
    "the gradient vanishes on these batches; use another seed or initialisation, or batches whose loss is not already "
    "at its minimum"
)

GRADIENT = Zero(
    "no gradient reaches it, or its weights are zero",
    "let the loss use every output, or score before norms and weights are set to zero",
    _VANISHES,
)

GRADIENT_ALONE = Zero("no gradient reaches it", "let the loss use every output", _VANISHES)

FLOW = Zero(
    "no flow reaches it, or its weights are zero",
    "let the network return every output, or score before norms and weights are set to zero",
    "nothing flows through the network; use another initialisation",
)

WEIGHTS = Zero(
    "its weights are zero", "score before weights are set to zero", "all weights are zero; use another initialisation"
)

FILTERS = Zero(
    "its filters are all alike, or it has one alone",
    "score before weights are set to zero, or use another criterion",
    "the filters of each layer are all alike; use another initialisation or another criterion",
)

CHANGE = Zero(
    "training did not move its weights",
    "let training move them, or use another criterion",
    "training moved the weights of no neuron; train longer, or use another criterion",
)

DENSITY = Zero(
    "none of its activations is above zero on these batches, or what it puts out cannot be followed",
    "score on other batches, or use another criterion",
    "no activation is above zero on these batches; use other batches, another seed or another criterion",
)

CLASSES = Zero(
    "its activations differ between no classes, the labels do not fit them, or what it puts out cannot be followed",
    "score on other batches, or use another criterion",
    "no activation differs between classes, or the labels fit none; use targets with a label for each example or "
    "position, or another criterion",
)

ACTIVATIONS = Zero(
    "no gradient reaches its activations, they are zero, or what it puts out cannot be followed",
    "let the loss use every output, or use another criterion",
    _VANISHES,
)

SCALES = Zero(
    "the scales of the norm behind it are zero",
    "score before norms are set to zero, or use another criterion",
    "all scales of norms are zero; give other weights, or use another criterion",
)
