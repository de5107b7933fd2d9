"""What the page says: help for every control and number, with where each formula comes from.

Sources. [RANP]: Xu, Ajanthan, Vineet, Hartley, "RANP: Resource Aware Neuron Pruning at Initialization for 3D CNNs",
3DV 2020, arXiv 2010.02488. [SNIP]: Lee, Ajanthan, Torr, ICLR 2019, arXiv 1810.02340.
"""

RANP = "[RANP](https://arxiv.org/abs/2010.02488), Xu et al., 3DV 2020"
SNIP = "[SNIP](https://arxiv.org/abs/1810.02340), Lee et al., ICLR 2019"

SUBTITLE = (
    "Remove neurons from a 3D network **before** it is trained, and see what every layer keeps and what that saves."
)

NETWORK = "The network that is pruned. Every layer's neurons are its output channels."
PRESET = "How large the network and its input are. *Classroom* sizes compute in seconds; the others are the paper's."
METHOD = f"""How neurons are ranked.

- **RANP-f**, **RANP-m**, **Blend**: connection sensitivity, balanced over layers, then raised where a layer is cheap
- **Weighted**: balanced over layers only
- **Vanilla**: connection sensitivity as it is ({SNIP})
- **Layer-wise**: the same share in every layer
- **Random**, **Magnitude**: baselines that need no data

Source: {RANP}."""
TARGET = """What you prescribe. *Sparsity*: how many neurons go. *MACs*, *memory*, *parameters*: how much of the full
network may be left; the smallest sparsity that meets it is found for you."""

SPARSITY = f"""The share of all neurons to remove. All layers share one threshold: of n neurons, the
k = ⌊n · (1 − sparsity)⌋ with the highest scores stay. What comes out can differ, since tied layers keep or lose
channels together and the output layer stays whole.

Source: {RANP}, section 4.3."""
BUDGET = "How much of the full network may be left. The smallest sparsity that meets it is used."
ALPHA = f"""Which cost makes a layer expensive: R = α · MACs/max + (1 − α) · memory/max, where memory is the elements
of the layer's output. α = 1 is RANP-f exactly, α = 0 is RANP-m exactly. Moving it between the ends selects *Blend*.

Source of both ends: {RANP}, section 4.2."""
LAMBDA = f"""How strongly cheap layers are preferred: s ← s · (1 + λ · softmax(−R)). λ = 0 leaves the balanced scores
alone. The paper uses 11 and 15 for 3D-UNet.

Source: {RANP}, section 4.2."""

COUPLING = """Layers whose channels are added or otherwise tied must keep the same ones. *any*: a channel stays if one
of them keeps it (the paper's maximum). *As the paper*: the same, but depthwise layers, which pass channels on, have no
say, as in the original code. *all*: it stays only if every one keeps it (the paper's minimum)."""
MIN_NEURONS = (
    "No layer is cut below so many neurons. 0, as in the paper, lets a layer become empty: then no network is left."
)
CAP = "At most this share of the layer's neurons is removed; the best of them stay."
PROTECT = "Layers that are kept whole whatever their scores."
CRITERION = f"""What a neuron's importance is made of; with g = w · ∂L/∂w for each of its weights:

- **MPMG**: the sum of |g|, the paper's choice
- **MNMG**: the absolute value of the sum of g. In front of a norm layer that sum is zero but for rounding
- **Taylor**, **gradient norm**, **GraSP**, **SynFlow**, **L1**, **L2**: what others use, to compare with. The last
  three look at no data

Source: {RANP}, section 4.1; g from {SNIP}."""
REDUCE = "How a neuron's weights are put together. The paper uses the sum."
SEED = "Decides the initial weights and the examples. The same seed gives the same plan, and the plan file carries it."

MACS = "Multiply-adds for one input (batch 1), counted from the shapes of every convolution and matrix product."
FLOPS = "Floating-point operations: 2 for each multiply-add."
PARAMS = "Weights, biases and normalisation parameters. In memory: 4 bytes each (float32)."
ACTIVATIONS = "Elements of the outputs of all layers for one input, × 4 bytes (float32): what the paper calls memory."
PEAK = """Highest memory of one training step with batch 1 and AdamW: parameters, gradients, activations, temporaries
and optimizer state. Estimated from shapes, without computing."""
NEURONS = """The share of neurons that really goes. It differs from the sparsity that you ask for when tied layers, the
output layer or protected layers keep neurons whose scores are below the threshold."""

RETENTION = """Each bar is a layer, from input to output: the filled part is kept. Held layers have neurons that
cannot go; why is said at the end of the page."""
RETENTION_HELP = """A layer's neurons are its output channels. A layer of which nothing is kept ends the network: then
there is nothing to build."""
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


CONTROLS = {
    "method": METHOD,
    "target": TARGET,
    "sparsity": SPARSITY,
    "budget": BUDGET,
    "alpha": ALPHA,
    "lambda": LAMBDA,
    "coupling": COUPLING,
    "min_neurons": MIN_NEURONS,
    "protect": PROTECT,
    "cap": CAP,
    "neurons": NEURONS,
    "macs": MACS,
    "flops": FLOPS,
    "params": PARAMS,
    "activations": ACTIVATIONS,
    "peak": PEAK,
    "retention": RETENTION_HELP,
    "resources": RESOURCES_HELP,
    "importance": IMPORTANCE_HELP,
}
"""Help texts of the live component, by control and figure; a little Markdown: emphasis, lists, links."""


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


def tracing(ahead: int) -> str:
    return _waiting(ahead) or "Tracing the network: which layers' channels depend on which"


def scoring(ahead: int) -> str:
    return _waiting(ahead) or "Computing how important every neuron is: data forward, gradients backward"


def compute_button(macs: str) -> str:
    return f"Compute importance ({macs} MACs forward for each example, about twice that backward: minutes)"


def too_large(needed: float, spare: float) -> str:
    return (
        f"Scoring this network takes about {needed / 1e9:.1f} GB of memory and this machine has {spare / 1e9:.1f} GB "
        "to spare: choose a smaller size, or the methods Random or Magnitude, which send no data through the network."
    )


def more_notices(left_out: int) -> str:
    """After the first of many sentences about a link."""
    return f"The link has {left_out:,} more of such things."


def _waiting(ahead: int) -> str:
    others = "another computation" if ahead == 1 else f"{ahead} other computations"
    return f"Waiting for {others} on this server" if ahead else ""
