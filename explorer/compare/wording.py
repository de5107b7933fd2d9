"""What the Compare page says."""

from collections.abc import Iterable, Sequence

from explorer.state import MAX_PINS, RESOURCES, quote
from explorer.units import percent
from explorer.wording import waiting
from ranp.checks import AgainstCost, Compared
from ranp.selection import BUDGETS, LEVELS, SETTINGS

SUBTITLE = (
    "Put plans **side by side**: what each keeps, what each costs, and whether the choice would be the same twice."
)
TABS = ("Plans", "Rank flips", "MACs and memory", "Stability", "Best widths", "Scores after training", "When to prune")

NO_PINS = (
    "Nothing is pinned yet, so the present plan (★) stands alone. Pin it, change something on *Explore*, and come "
    "back; or pin all methods at once."
)
PIN_HELP = f"Keeps the present plan on this board; the address bar carries it along. Up to {MAX_PINS}."
PIN_ALL_HELP = "One pin for each method, all with the same importance, lambda and protected layers."
NAME_HELP = "A name of yours; it stands in the table, the charts and the files."
PINNED = "The present plan is pinned"
PRESENT = "Present plan"
NEEDS_IMPORTANCE = "The importance of this network's neurons is not computed yet; see above."
PIN_IS_LONG = "its importance takes minutes to compute; open it in Explore and start it there."

EQUAL = "On equal terms"
EQUAL_HELP = """What all methods get the same of. *MACs*, *Memory*: each method gets the smallest sparsity that leaves
at most this share of the full network. *Sparsity*: each removes the same share of neurons, whatever that saves."""

TABLE_HELP = """Requested: the sparsity asked for, or the one found for a target. Achieved: the share of neurons that
really goes, once tied and held layers have had their say. A target is missed where no plan of the method leaves so
little without emptying a layer; the least that it can is shown. MACs are multiply-adds of one input; memory is the
elements of the layers' outputs, as float32."""
OVERLAY_HELP = "The mark is where the plan stands. A line ends where a layer has no neuron left."
RETENTION_HELP = "A row is a plan, a column a layer, from input to output. A cross is a layer with no neuron left."
LINK_HELP = "Opens this page with these pins, in any browser that reaches this server."
LINK_TOO_LONG = (
    "So many pins with protected layers make no link that survives mail and chat; download the table instead."
)
CSV_HELP = "One row a plan, figures in full."

FLIPS = """Four rankings of the **same neurons**. *Vanilla* ranks by connection sensitivity alone. *Weighted* first
brings all layers to the same mean, which rescues layers that would go empty. *RANP-f* and *RANP-m* then favour layers
that are cheap in MACs or in memory. A neuron is **rescued** if the second method keeps it and the first does not, and
**lost** the other way round."""
PAIR_HELP = "Rescued and lost are counted from the first method to the second."
FLIPS_HELP = "Of each layer: above the line what the second method rescues, below what it gives up."
BUMP_HELP = """A line is one neuron; its height is its rank among all neurons of the network, the best on top. Filled
marks are kept, open ones removed. What lies above the bar of its method is kept; a filled mark below it is kept because
its layer is held or tied to one that needs the channel."""
LAYER_HELP = "Which layer's neurons are drawn. Layers in which most changes come first."
FOLLOW_HELP = "Draws one neuron on top of the others. Those that change come first."

PLANE = """Alpha decides **which** cost makes a layer expensive, lambda **how much** that counts. Here is every pair of
them at the present sparsity: as many neurons go everywhere, and what is left costs this much. Colour tells alpha (1
weighs MACs alone, 0 memory alone), size tells lambda. On the **front** no other pair is cheaper in both."""
PLANE_NOTE = """Cheaper is not better by itself: at equal sparsity a plan is cheap because it removes expensive neurons,
and only training tells what that costs in accuracy. The axes are enlarged; both count from 0 % to 100 % of the full
network."""
POINT_HELP = "Click a mark, or choose alpha and lambda here."

STABILITY = """Importance is measured on a few **examples** and on one draw of the **initial weights**. Would the plan
be the same with others? Two plans are compared by the neurons that both keep, of those that any of them keeps
(Jaccard): 100 % is the same choice."""
STABILITY_NOTE = """With **other weights** no neuron of a layer has an identity: all are drawn alike, so two plans share
about what two random choices of as many share (the dashes). What can be stable is **how many** neurons each layer
keeps, which is the network's shape. With **other examples** the neurons are the same, and agreement above the dashes is
real. Error bars are one standard deviation, over pairs above and over plans below."""
DRAWS_HELP = """How many plans of each kind: the present one, and others from the seeds that follow. More take longer
and say more."""
NO_EXAMPLES = "Other examples cannot be drawn here: the criterion looks at none, or your own data come as they are."
OBSTACLES = {
    "method": "Random and magnitude look at no data and at no gradient; choose a method that ranks by importance.",
    "trained": "The weights are those of a checkpoint; there are no others to compare them with.",
    "size": "This network would be scored many times over, which takes too long at this size; choose a classroom size.",
    "memory": "Scoring this network takes more memory than this machine has to spare; choose a smaller size.",
}

SCORED = """What the networks **score once they are trained**, against what is left of their MACs: races that were run
before and come with the library. All start from new weights and take the same batches; the full network is the level
line. A bar is the 95 % interval over seeds (Student's t)."""
TASK_HELP = "What the networks were trained for, each at its classroom size."
SHARES_HELP = "What a network may cost at most, as a share of the full network's MACs."
CONTESTANTS_HELP = """*thin* has one factor for every layer, *random* keeps neurons at random: plain controls that know
nothing of scores. A contestant has its colour in every chart of races."""
VALUES = {"score": "Scores", "paired": "Difference to full"}
VALUES_HELP = """*Difference to full* is taken seed by seed: what a seed does to both networks is not in it, so its
interval is the one to judge by."""
SCALES = {"log": "Logarithmic", "linear": "Linear"}
MARKS = """Marks of one share stand side by side, so that none hides another; the table has what each network has. An
**empty mark** is known from fewer than {} seeds, and the number beside it is how many. A cross at the bottom: runs
failed."""
NO_RACES = "No race came with this version, so there are no scores to show. `ranp race --seeds 5` runs them all."
BAD_RACES = "The races that came with this version cannot be read: {}"
NOTHING_CHOSEN = "Choose at least one share and one contestant."


WHEN = """The same network cut down **before, during or after its training**: at initialization, early, gradually,
softly (what is below the line may come back) and after training. What is cut down late has trained as a large network
before, and that is paid for: look at the score against what is **left**, and against the bill of it **all**."""
WHEN_HELP = """*Equal steps*: every network takes as many, so bills differ. *Equal bills*: every network trains until
its bill, scoring and all, is that of the full network's steps, so a smaller one takes more steps."""
WHEN_COSTS_HELP = """MACs as a share of the full network's: of one forward pass in the end, or of scoring, training at
every size and norm statistics together."""
MARKS_WHEN = """Marks of one share stand side by side, so that none hides another; the table has what each network has.
A bar is the 95 % interval over seeds (Student's t), an **empty mark** is known from few seeds; differences are paired
by seed. *Train check* runs such a race on a network of yours."""
NO_WHEN = "No such race came with this version, so nothing is known yet. `ranp race schedules --seeds 5` runs them."


def not_run(names: Sequence[str]) -> str:
    """Which races there are not yet."""
    return f"Not run yet: {'; '.join(names)}."


def raced_how(task: AgainstCost, others: Sequence[str]) -> str:
    """How many seeds there are, by which recipe, and what is not run yet."""
    seeds = " and ".join(f"{_seeds(number)} at {percent(share, 0)}" for share, number in task.seeds.items())
    text = f"{task.name}: {seeds} of the MACs, {task.steps:,} steps each ({task.recipe_name} recipe)."
    return f"{text} Not run yet: {', '.join(others)}." if others else text


def pair_of_race(race: str, found: Compared) -> str:
    """What can be said of one network beside another in one race."""
    return f"- {race}: {quote(found.label)} beside {quote(found.other)}: {found.text}"


def _seeds(number: int) -> str:
    return f"{number} seed{'' if number == 1 else 's'}"


WIDTHS = """Which **widths** keep most importance? Of each group of tied channels the best stay, and how many is worked
out for all layers at once, so that the network costs no more than this plan. Importance is the layers' scores brought
to one mean, so that no layer counts more than another by its scale."""
LENS = """Importance kept is **a lens, not a promise**: widths that keep more of it have trained worse than RANP-f's.
Only training tells; *Train check* does that."""
NO_SCORES = "This method looks at no scores, so there is no importance to keep; choose another one above."
NOTHING_BUILT = "A layer of this plan has no neuron left, so there is nothing to compare with; lower the sparsity."


def buys(kind: str, share: float) -> str:
    """What a little more of a resource would be worth at this point: its shadow price."""
    resource = BUDGETS[kind].resource
    if share == 0:
        return f"More {resource} would buy nothing: that is not what holds the widths back."
    return f"One more percent of the full network's {resource} would buy {100 * share:.2g} points of importance."


def not_held(names: Sequence[str]) -> str:
    """What binds the plan and not the best widths beside it."""
    settings = " and ".join(f"*{SETTINGS[name].label}*" for name in names)
    return f"This plan holds to what is set under {settings}; the best widths do not."


def finding(ahead: int) -> str:
    """While the best widths are worked out."""
    return waiting(ahead) or "Working out the best widths …"


def tried(proven: bool) -> str:
    """How far the best widths are the best."""
    start = f"Tried are up to {LEVELS} widths of each group of tied channels, and the plan's own. "
    if proven:
        return f"{start}No other choice of them keeps more."
    return f"{start}Another choice may keep more, but none more than the bound."


def pin_present(name: str) -> str:
    return f"Pin: {name}"


def pin_all(target: str) -> str:
    return f"Pin all methods at equal {RESOURCES[target]}"


def unfair(first: str, at: float, vanilla: float, method: str, own: float) -> str:
    """Why equal sparsity is no fair comparison, with this network's own figures: `first` and `method` leave so much."""
    return (
        f"Why not at equal sparsity? At a sparsity of {percent(at)}, {first} leaves **{percent(vanilla)}** of the MACs "
        f"and {method} **{percent(own)}**: the same number of neurons, not the same cost. The plan that may spend "
        "more tends to look better, so compare at equal MACs or memory."
    )


def not_ready(name: str, reason: str) -> str:
    return f"{name} is not shown: {reason}"


def flips_at(title: str, sparsity: float, macs: float, memory: float, unmet: bool) -> str:
    """Where one method stands in the rank-flip view."""
    return f"{title}: sparsity {percent(sparsity)}, {percent(macs)} of the MACs, {percent(memory)} of the memory" + (
        " (the least that it can)" if unmet else ""
    )


def shown(drawn: int, neurons: int) -> str:
    return (
        f"{drawn} of the layer's {neurons} neurons are drawn, most of them such that change." if drawn < neurons else ""
    )


def measure(scorings: int) -> str:
    return f"Measure it: score the network {scorings} times"


def measuring(done: int, total: int, ahead: int) -> str:
    before = waiting(ahead)
    return f"{before} ({done} of {total} done)" if before else f"Scoring anew: {done} of {total} done"


def agreement(mean: float, deviation: float, chance: float) -> str:
    return f"± {percent(deviation)}; by chance {percent(chance)}"


def sources(found: Iterable[str], one_machine: bool) -> list[str]:
    """Whose the seconds in the table are, each once; or why they are not put beside each other."""
    told = list(found)
    if told and not one_machine:
        return ["Times of these plans are of different machines or batches, so they do not stand beside each other."]
    return told
