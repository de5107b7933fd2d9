"""Every setting of a pruning, told once: what it may be, how it is called, and where it travels.

Links, the command line, plan files, the live component and the locks of a lesson are made from `SETTINGS`; `Chosen`
gives the settings that all of these know their types.
"""

import sys
from dataclasses import dataclass
from typing import Any

from ranp.graph import COUPLINGS, Coupling
from ranp.importance import CRITERIA, REDUCTIONS
from ranp.selection.allocations import ALLOCATIONS
from ranp.selection.budgets import PRICED_LIVE
from ranp.selection.counts.filling import FILLS
from ranp.selection.counts.other_neurons import PICKS
from ranp.selection.forms import Form, Number, OneOf, OneOfOrOwn, Whole
from ranp.selection.layer_forms import LayerCounts, LayerGroups, LayerNumbers, Layers
from ranp.selection.methods import METHODS
from ranp.selection.plateau import PLATEAUS, Plateau
from ranp.selection.scaling.tied import TIED
from ranp.sources import RANP, SNIP


@dataclass(frozen=True)
class Setting:
    """One setting.

    ``label`` names it, ``caption`` stands above its control where that says more, ``about`` explains it there, in
    Markdown. ``spelt`` is its name in links and on the command line where that is another. It travels in links
    (``link``), can be hidden and fixed by a lesson (``lesson``), is a control of the live component (``live``), is
    an option of the command line if it has a ``help`` (a JSON file if ``from_file``), and a key of plan files if
    ``plan`` names one.
    """

    default: Any
    form: Form
    label: str
    about: str
    caption: str | None = None
    spelt: str | None = None
    help: str | None = None
    plan: str | None = None
    link: bool = True
    lesson: bool = True
    live: bool = True
    from_file: bool = False


SHARE = Number((0.01, 1), "above 0 and at most 1 (of the full network)", low=5e-324, high=1)
"""How much of the full network a budget may leave."""

_LIMITED = {name: budget.title for name, budget in PRICED_LIVE.items()}

SETTINGS: dict[str, Setting] = {
    "method": Setting(
        default="ranp-f",
        form=OneOf({name: method.title for name, method in METHODS.items()}),
        label="Method",
        help="(default: ranp-f)",
        plan="method",
        about=f"""How neurons are ranked.

- **RANP-f**, **RANP-m**, **RANP-t**, **Blend**: connection sensitivity, balanced over layers, then raised where a layer
  is cheap in MACs, memory or seconds
- **Weighted**: balanced over layers only
- **Vanilla**: connection sensitivity as it is ({SNIP})
- **Layer-wise**: the same share in every layer
- **Random**, **Magnitude**: baselines that need no data

Source: {RANP}.""",
    ),
    "allocation": Setting(
        default=None,
        form=OneOf({name: allocation.title for name, allocation in ALLOCATIONS.items()}),
        label="Allocation",
        help="how what goes is shared out among the layers (default: as the method says)",
        plan="allocation",
        link=False,
        lesson=False,
        live=False,
        about="How what goes is shared out among the layers, instead of as the method does it.",
    ),
    "layer_costs": Setting(
        default=(),
        form=LayerNumbers("cost", "a cost", "a number of at least 0", high=sys.float_info.max),
        label="Costs of layers",
        help="with --allocation measured or time: a JSON file of what each layer costs, in any unit",
        plan="layer_costs",
        link=False,
        lesson=False,
        live=False,
        from_file=True,
        about="What each layer costs, in any unit, for the allocations *measured* and *time*.",
    ),
    "layer_sparsities": Setting(
        default=(),
        form=LayerNumbers("sparsity", "a sparsity", "at least 0 and below 1 (of its neurons)", high=1 - 2**-53),
        label="Sparsities of layers",
        help="with --allocation by-hand: a JSON file of what share of a layer's neurons goes; others lose --sparsity",
        plan="layer_sparsities",
        link=False,
        lesson=False,
        live=False,
        from_file=True,
        about="Which share of a layer's neurons goes, for the allocation *by-hand*.",
    ),
    "equal_widths": Setting(
        default=(),
        form=LayerGroups(),
        label="Layers of equal width",
        help='a JSON file of groups of layers, [["conv1", "conv2"], ...], that keep the same share of their neurons, '
        "each layer its own best",
        plan="equal_widths",
        link=False,
        lesson=False,
        live=False,
        from_file=True,
        about="Layers of a group keep the same share of their neurons, each its own best: the mean of what they would "
        "keep by themselves. Groups of different width stay of different width.",
    ),
    "target": Setting(
        default="sparsity",
        form=OneOf({"sparsity": "Sparsity", **_LIMITED}),
        label="What is prescribed",
        caption="Prescribe",
        about="""What you prescribe. *Sparsity*: how many neurons go. All others: how much of the full network may be
left; the smallest sparsity that meets it is found for you. *Memory* is the sum of all activations, *peak* what a
training step holds at once, with the batch beside your card. *Time* is that of a training step and *inference* that of
a forward pass, as a time table predicts them.""",
    ),
    "sparsity": Setting(
        default=0.5,
        form=Number((0, 0.99), "at least 0 and below 1 (the fraction of neurons removed)", high=1 - 2**-53),
        label="Sparsity",
        about=f"""The share of all neurons to remove. All layers share one threshold: of n neurons, the
k = ⌊n · (1 − sparsity)⌋ with the highest scores stay. What comes out can differ, since tied layers keep or lose
channels together and the output layer stays whole.

Source: {RANP}, section 4.3.""",
    ),
    "budget": Setting(
        default=0.25,
        form=SHARE,
        label="Budget",
        caption="Left, at most",
        about="How much of the full network may be left. The smallest sparsity that meets it is used.",
    ),
    "also": Setting(
        default="none",
        form=OneOf({"none": "nothing else", **_LIMITED}),
        label="Second budget",
        about="What else may be left, at most, beside the first budget: the smallest sparsity that meets both is used.",
    ),
    "also_budget": Setting(
        default=0.5,
        form=SHARE,
        label="Share of the second budget",
        caption="and, at most, of",
        about="How much of the full network may be left of the second resource; both budgets are met.",
    ),
    "card": Setting(
        default=8.0,
        form=Number((0.001, 4096), "a number above 0 (GiB)", low=5e-324),
        label="My card, GiB",
        about="""The memory of the card that you train on, in GiB (2³⁰ bytes). The peak of a training step must stay
below it, and kernels need workspace beside: leave some room.""",
    ),
    "batch": Setting(
        default=1,
        form=Whole((1, 4096)),
        label="Batch",
        about="How many examples one training step takes, for the peak of its memory. All other figures are of one.",
    ),
    "alpha": Setting(
        default=0.5,
        form=Number((0, 1), "between 0 (memory only) and 1 (MACs only)", high=1),
        label="α: memory or MACs",
        caption="α: memory ↔ MACs",
        help="blend: 1 = MACs only, 0 = memory only",
        plan="alpha",
        about=f"""Which cost makes a layer expensive: R = α · MACs/max + (1 − α) · memory/max, where memory is the
elements of the layer's output. α = 1 is RANP-f exactly, α = 0 is RANP-m exactly. Moving it between the ends selects
*Blend*.

Source of both ends: {RANP}, section 4.2.""",
    ),
    "time_share": Setting(
        default=0.0,
        form=Number((0, 1), "between 0 (no time) and 1 (time only)", high=1),
        label="Share of time",
        caption="Costs: MACs, memory, time",
        help="blend: the share of seconds among the costs, of which alpha splits the rest (default: 0); needs "
        "--time-table",
        plan="time_share",
        about=f"""How much of what makes a layer expensive is its time: R = τ · seconds/max + (1 − τ) · (α · MACs/max +
(1 − α) · memory/max). τ = 1 is RANP-t exactly, τ = 0 the blend of MACs and memory alone.

Source of the blend's other ends: {RANP}, section 4.2.""",
    ),
    "lam": Setting(
        default=11.0,
        form=Number((0, 150), "a number of at least 0"),
        label="λ: reweighting",
        spelt="lambda",
        help="weight of the costs (default: the preset's, else 11)",
        plan="lambda",
        about=f"""How strongly cheap layers are preferred: s ← s · (1 + λ · softmax(−R)). λ = 0 leaves the balanced
scores alone. The paper uses 11 and 15 for 3D-UNet.

Source: {RANP}, section 4.2.""",
    ),
    "coupling": Setting(
        default="any",
        form=OneOfOrOwn(dict(zip(COUPLINGS, ("any keeps it", "as in the paper", "all keep it"), strict=True))),
        label="Tied layers",
        caption="Tied layers: a channel stays if",
        help="of tied layers (default: any): one of {names}, or a function of your own of (votes, layers)",
        plan="coupling",
        about="""Layers whose channels are added or otherwise tied must keep the same ones. *any*: a channel stays if
one of them keeps it (the paper's maximum). *As the paper*: the same, but depthwise layers, which pass channels on,
have no say, as in the original code. *all*: it stays only if every one keeps it (the paper's minimum).""",
    ),
    "min_neurons": Setting(
        default=0,
        form=Whole((0, 16)),
        label="Fewest neurons a layer",
        help="that selection leaves in each layer",
        plan="min_neurons",
        about="No layer is cut below so many neurons. 0, as in the paper, lets a layer become empty: then no network "
        "is left.",
    ),
    "plateau": Setting(
        default="cut",
        form=OneOf(dict(zip(PLATEAUS, ("go one by one", "as in the paper"), strict=True))),
        label="Neurons of equal score",
        help="of equal scores: cut = one by one (default), keep = together, as in the paper",
        plan="plateau",
        about="""Neurons whose score is the same, zero mostly. *One by one*: where the threshold falls among them, each
layer gives up the same share of its own. *As in the paper*: they all stay, so that fewer go than asked, or all go.""",
    ),
    "protect": Setting(
        default=(),
        form=Layers(),
        label="Protected layers",
        caption="Layers kept whole or capped",
        help="keep this layer whole",
        plan="protect",
        about="Layers that are kept whole whatever their scores.",
    ),
    "caps": Setting(
        default=(),
        form=LayerNumbers("cap", "a share", "a share of its neurons from 0 (keep all) to 1"),
        label="Caps of layers",
        caption="Remove at most",
        spelt="cap",
        help="remove at most this share of the layer's neurons",
        plan="caps",
        about="At most this share of the layer's neurons is removed; the best of them stay.",
    ),
    "widths": Setting(
        default=(),
        form=LayerCounts("width", "a number of neurons", "a whole number of neurons of at least 1"),
        label="Widths of layers",
        spelt="width",
        help="keep exactly so many neurons of the layer, its best; or a JSON file of layers and their widths",
        plan="widths",
        link=False,
        lesson=False,
        live=False,
        about="How many neurons a layer keeps, whatever the sparsity, the fewest of a layer and the steps are; its "
        "best ones stay, and tied layers keep the same.",
    ),
    "multiple": Setting(
        default=1,
        form=Whole((1, 64), least=1),
        label="Channels in steps of",
        help="round channel counts up to a multiple of N; a budget counts the network so rounded (default: 1)",
        plan="multiple",
        link=False,
        lesson=False,
        live=False,
        about="Channel counts are rounded up to a multiple of this, which some processors compute faster; a layer gets "
        "back those of its neurons that would have gone last. A budget is met by the network so rounded.",
    ),
    "tied": Setting(
        default="votes",
        form=OneOf(TIED),
        label="Scores of tied neurons",
        help="one for the group, the sum, mean or max of its neurons', before they are ranked, instead of a vote of "
        "each layer, of which --coupling decides (default: votes)",
        plan="tied",
        link=False,
        lesson=False,
        live=False,
        about="Neurons that stay or go together are ranked each by its own score and then vote, or have one score, "
        "made of all of theirs.",
    ),
    "fill": Setting(
        default="no",
        form=OneOf(dict(zip(FILLS, ("leave it", "give neurons back"), strict=True))),
        label="What a budget leaves over",
        help="with a budget: yes = give back single neurons, those that would have gone last, until the network is "
        "within 0.5%% of it (default: no; of networks that are trained side by side: yes)",
        plan="fill",
        link=False,
        lesson=False,
        live=False,
        about="Within a budget a line through the network may end well below it. Given back are single neurons, those "
        "that would have gone last, with what they are tied to, until the network is within 0.5 % of the budget.",
    ),
    "pick": Setting(
        default="best",
        form=OneOf(PICKS),
        label="Which neurons of a layer",
        help="which neurons of a layer stay, of as many as the method keeps of it (default: best); worst and shuffled "
        "are controls, which tell whether it matters",
        plan="pick",
        link=False,
        lesson=False,
        live=False,
        about="Each layer keeps as many neurons as the method says: its best, or, to see whether that matters, its "
        "worst or some drawn at random. The network costs the same.",
    ),
    "snap": Setting(
        default="off",
        form=OneOf({"off": "as selected", "add": "neurons come back", "drop": "neurons go"}),
        label="Fast widths",
        help="add = neurons come back, drop = neurons go, up to the edge of a step of the staircase of seconds; needs "
        "--time-table (default: off)",
        plan="snap",
        about="Seconds rise in steps over a layer's width. *Neurons come back*: up to the edge of a step, where they "
        "cost less than half of what a neuron of the layer costs on average. *Neurons go*: down to the edge, where "
        "each saves more than twice that. Budgets are kept, and tied layers stay alike.",
    ),
    "criterion": Setting(
        default="mpmg",
        form=OneOfOrOwn({name: f"{name}: {criterion.title}" for name, criterion in CRITERIA.items()}),
        label="Importance of a neuron",
        help="(default: mpmg): one of {names}, or a function of your own of (weight, gradient)",
        plan="criterion",
        live=False,
        about=f"""What a neuron's importance is made of; with g = w · ∂L/∂w for each of its weights:

- **MPMG**: the sum of |g|, the paper's choice
- **MNMG**: the absolute value of the sum of g. In front of a norm layer that sum is zero but for rounding
- **Taylor**, **gradient norm**, **GraSP**, **SynFlow**, **L1**, **L2**, **FPGM**: what others use, to compare with. The
  last four look at no data
- **Activation density**, **DI**, **Taylor on activations**: what neurons do on data, better asked of trained networks.
  **PGP** and **BN scale** ask what training changed, so networks must be trained first
- *In rounds*, the neurons of the lowest score go a few at a time, and what is left is scored again: SynFlow as it was
  published, and MPMG so

Source: {RANP}, section 4.1; g from {SNIP}.""",
    ),
    "reduce": Setting(
        default="sum",
        form=OneOf({name: name for name in REDUCTIONS}),
        label="Over its weights",
        help="from weights to neurons (default: sum)",
        plan="reduce",
        live=False,
        about="How a neuron's weights are put together. The paper uses the sum.",
    ),
    "seed": Setting(
        default=0,
        form=Whole((0, 9999)),
        label="Seed",
        plan="random_seed",
        live=False,
        about="Decides the initial weights and the examples. The same seed gives the same plan, and the plan file "
        "carries it.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The settings that library and pages both have, with their types."""

    method: str = SETTINGS["method"].default
    alpha: float = SETTINGS["alpha"].default
    time_share: float = SETTINGS["time_share"].default
    lam: float = SETTINGS["lam"].default
    criterion: str = SETTINGS["criterion"].default
    reduce: str = SETTINGS["reduce"].default
    coupling: Coupling = SETTINGS["coupling"].default
    min_neurons: int = SETTINGS["min_neurons"].default
    protect: tuple[str, ...] = SETTINGS["protect"].default
    caps: tuple[tuple[str, float], ...] = SETTINGS["caps"].default
    seed: int = SETTINGS["seed"].default
    plateau: Plateau = SETTINGS["plateau"].default
    snap: str = SETTINGS["snap"].default


NEVER_EMPTY: dict[str, Any] = {"min_neurons": 1}
"""Settings by which no sparsity empties a layer."""


def spelling(name: str) -> str:
    """The setting's name in links and on the command line.

    >>> spelling("lam"), spelling("min_neurons")
    ('lambda', 'min_neurons')
    """
    return SETTINGS[name].spelt or name
