"""What the page says: help for every number, with where each formula comes from; controls have theirs in `SETTINGS`."""

from explorer.facts import Fate
from ranp.sources import RANP, SNIP

SUBTITLE = (
    "Remove neurons from a 3D network **before** it is trained, and see what every layer keeps and what that saves."
)

NETWORK = "The network that is pruned. Every layer's neurons are its output channels."
PRESET = "How large the network and its input are. *Classroom* sizes compute in seconds; the others are the paper's."
MACS = "Multiply-adds for one input (batch 1), counted from the shapes of every convolution and matrix product."
FLOPS = "Floating-point operations: 2 for each multiply-add."
PARAMS = "Weights, biases and normalisation parameters. In memory: 4 bytes each (float32)."
ACTIVATIONS = "Elements of the outputs of all layers for one input, × 4 bytes (float32): what the paper calls memory."
PEAK = """The most that PyTorch has allocated at once in one training step with AdamW: parameters, gradients,
activations, temporaries and optimizer state, in float32. Worked out from shapes, without computing. The workspace of
kernels is left out. The batch is the one beside your card, or 1 where there is none."""
FIT = "The most that PyTorch allocates at once in a training step with AdamW. The workspace of kernels is left out."
MEASURING = "Being measured: what a training step of this network holds at each moment."
UNMEASURED = "For this network the peak can be estimated for one example only:"
TRAINING = (
    "Seconds of forward, backward and AdamW's update of one batch, predicted from a time table of the machine below."
)
INFERENCE = "Seconds of one batch forward in evaluation mode, predicted from a time table of the machine below."
NEURONS = """The share of neurons that really goes. It differs from the sparsity that you ask for when tied layers, the
output layer or protected layers keep neurons whose scores are below the threshold."""

RETENTION = """Each bar is a layer, from input to output: the filled part is kept. Held layers have neurons that
cannot go; why is said at the end of the page."""
RETENTION_HELP = """A layer's neurons are its output channels. A layer of which nothing is kept ends the network: then
there is nothing to build."""
ARCHITECTURE_HELP = """Each block is a layer. It is as wide as the layer has neurons and as tall as its resolution; the
filled part of its width is the share that is kept. Data flow from left to right. Dashed lines are skip connections,
circles join what comes in, and a block drawn twice is called more than once.

- Rest on a layer: the layers that are tied to it light up, since they share channels.
- Click it, or press Enter: what holds it, and what it costs. Arrow keys follow the connections.
- Where a layer falls back to a lower resolution and rises again, levels of the drawing are resolutions."""
RESOURCES = """What this method leaves of each resource, at every sparsity. The dotted line is where you are. Where it
is shaded, a layer has no neuron left."""
RESOURCES_HELP = (
    "MACs of one input, elements of the layers' outputs (memory) and parameters, each relative to the full network."
)
IMPORTANCE = """Each mark is a neuron, sorted within its layer. What is below the line goes, unless its layer is held or
a tied layer needs the channel."""
IMPORTANCE_HELP = f"""1. The sensitivity of each weight: g = w · ∂L/∂w ({SNIP}).
2. A neuron's importance: s = Σ |g| over the weights that produce it (MPMG, sum).
3. Layers balanced: s ← s · max over layers of mean(s) / mean of its own layer.
4. Weighed by resources: s ← s · (1 + λ · softmax(−R)), R the layer's cost relative to the highest.

Methods use some or all of these steps. Source: {RANP}, sections 4.1 and 4.2."""

IMPORTANCE_OPTIONS = "What importance is made of, and from which seed. Another choice is computed anew."
SCORED_ON = "Importance computed on: {}."

FULL = "Priced from shapes alone: no weights were drawn and nothing was computed."

DOWNLOAD_PLAN = (
    "A zip with plan.json, the masks (safetensors, no pickle) and a table of layers. `ranp.load_plan` reads it."
)
DOWNLOAD_MASKS = "One row a neuron: layer, neuron, 1 = keep."


FIGURES = {
    "neurons": NEURONS,
    "macs": MACS,
    "flops": FLOPS,
    "params": PARAMS,
    "activations": ACTIVATIONS,
    "peak": PEAK,
    "fit": FIT,
    "training": TRAINING,
    "inference": INFERENCE,
    "measuring": MEASURING,
    "unmeasured": UNMEASURED,
    "architecture": ARCHITECTURE_HELP,
    "retention": RETENTION_HELP,
    "resources": RESOURCES_HELP,
    "importance": IMPORTANCE_HELP,
}
"""Help texts of the live component, by figure; a little Markdown: emphasis, lists, links."""


def infeasible(layer: str | None, requested: str, largest: str) -> str:
    """Why there is no network at this sparsity, and up to where there is one."""
    empty = f"layer **{layer}** has no neuron left" if layer else "a layer has no neuron left"
    return f"At a sparsity of {requested}, {empty}: there is no network to build. The largest that works is {largest}."


def unmet(target: str, asked: str, least: str, layer: str | None, sparsity: str) -> str:
    """Why a target cannot be met, and what can."""
    because = f" without emptying layer **{layer}**" if layer else ""
    return (
        f"No plan leaves at most {asked} of the {target}{because}. The least is {least}, at a sparsity of {sparsity}."
    )


def outcome(method: str, removed: int, neurons: int, macs_left: str, memory_left: str) -> str:
    """What this plan does, in a sentence."""
    return (
        f"{method} removes **{removed:,} of {neurons:,} neurons**: **{macs_left}** of the MACs and **{memory_left}** "
        "of the activation memory are left."
    )


def fast(moved: int, macs: tuple[str, str], seconds: tuple[str, str]) -> str:
    """What moving to fast widths did, each pair without and with it; ``moved`` neurons came back, or went if negative.

    >>> fast(-2, ("12 %", "11 %"), ("33 ms", "30 ms"))
    'At fast widths, **2 neurons fewer**: 11 % of the MACs instead of 12 %, a training step of 30 ms instead of 33 ms.'
    """
    if not moved:
        return "Its widths are fast already."
    neurons = f"{abs(moved):,} neuron{'' if abs(moved) == 1 else 's'} {'more' if moved > 0 else 'fewer'}"
    return (
        f"At fast widths, **{neurons}**: {macs[1]} of the MACs instead of {macs[0]}, a training step of {seconds[1]} "
        f"instead of {seconds[0]}."
    )


def fit(batch: int, card: str, before: str, after: str | None, fitting: tuple[int, int | None], most: int) -> str:
    """Whether a training step fits on a card; ``fitting`` are the largest batches that do, in full and pruned.

    Batches of ``most`` examples and more are not told apart.
    """
    step = f"With batch {batch:,}, a training step"
    full, pruned = fitting
    if after is None or pruned is None:
        return f"There is no network to train. {step} of the full one holds {before} at its peak."
    fits = "fits" if batch <= pruned else "does not fit"
    against = "" if batch > pruned else ", as in full" if batch <= full else ", which the full network does not"
    held = f"{step} holds **{after}** at its peak instead of {before}: it **{fits}** on a card of {card}{against}."
    return f"{held} {_largest(full, pruned, most)}"


def _largest(full: int, pruned: int, most: int) -> str:
    if not pruned:
        return "Not even one example fits."
    if pruned >= most:
        return "Any batch fits: nothing that the step holds grows with it."
    if not full:
        return f"The largest batch is **{pruned:,}**; of the full network, not even one example fits."
    return f"The largest batch is **{pruned:,}**{', as in full' if full == pruned else f' instead of {full:,}'}."


FATES = (
    "kept: its score reaches the threshold",
    "removed: its score is below the threshold",
    "kept below the threshold: its layer is held, a tied layer needs the channel, or it came back to a fast width",
    "removed above the threshold: a tied layer gives the channel up, or it went for a fast width",
)
"""What became of a neuron, by `explorer.facts.Fate`."""

_OF_EQUALS = "removed: its score equals the threshold, as that of others, of which some stay"


def fate(fate: int, equal: bool) -> str:
    """What became of a neuron, whose score may equal the threshold; the live charts say the same."""
    return _OF_EQUALS if equal and fate == Fate.REMOVED else FATES[fate]


def least(macs: str, params: str) -> str:
    """How small the network can get, in shares of the full one."""
    return (
        f"The smallest network that can be built has **{macs}** of the MACs, and the one of the fewest parameters "
        f"**{params}** of them: every layer needs a neuron, and what is tied or held stays with it."
    )


LONGEST = 600
"""Characters of a sentence about an upload; names in it may have millions."""


def escaped(message: str) -> str:
    """A sentence about a stranger's file in which nothing is markup.

    >>> escaped("no *such* key")
    'no \\\\*such\\\\* key'
    """
    text = "".join(character for character in message if character.isprintable())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    for character in "\\`*_[]<>$#:~":
        text = text.replace(character, f"\\{character}")
    return text


def tracing(ahead: int) -> str:
    return waiting(ahead) or "Tracing the network: which layers' channels depend on which"


def scoring(ahead: int) -> str:
    return waiting(ahead) or "Computing how important every neuron is: data forward, gradients backward"


def measuring(ahead: int) -> str:
    return waiting(ahead) or "Measuring what a training step of this network holds at each moment"


def unpriced(reason: str) -> str:
    """Why no budget of peak memory can be given for a network."""
    return f"The peak memory of this network's training step cannot be prescribed: {reason}."


def compute_button(macs: str, examples: int) -> str:
    drawn = "1 example" if examples == 1 else f"{examples} examples"
    return f"Compute importance ({drawn}, {macs} MACs forward for each, about twice that backward: minutes)"


def too_large(needed: float, spare: float) -> str:
    return (
        f"Scoring this network takes about {needed / 1e9:.1f} GB of memory and this machine has {spare / 1e9:.1f} GB "
        "to spare: choose a smaller size, or the methods Random or Magnitude, which send no data through the network."
    )


def lacking(reason: str) -> str:
    """Below the title, where a visit starts with procedural data since the scan is not installed."""
    return f"These are procedural data. A visit can start with a real MR scan instead: {reason}."


def more_notices(left_out: int) -> str:
    """After the first of many sentences about a link or a file."""
    return f"There are {left_out:,} more of such things."


def waiting(ahead: int) -> str:
    """What is said while so many computations of others come first; nothing where none does.

    >>> waiting(2), waiting(0)
    ('Waiting for 2 other computations on this server', '')
    """
    others = "another computation" if ahead == 1 else f"{ahead} other computations"
    return f"Waiting for {others} on this server" if ahead else ""
