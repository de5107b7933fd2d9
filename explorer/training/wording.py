"""What the Train check page says."""

import math
from collections.abc import Sequence

from explorer import charts
from explorer.charts import called
from explorer.state import quote, quote_reason
from explorer.training.facts import CheckFacts, Measure, SweepFacts, TrialFacts
from explorer.units import percent
from ranp import schedules
from ranp.checks import Compared, Race, Summary
from ranp.selection import BUDGETS

SUBTITLE = "Does it **still learn**? Train the full network and pruned ones for a short while, on the same batches."
TABS = ("This plan", "Race", "Sweeps")

_RUNS = "The check runs on the server, also while this page is closed."
CHECK = {
    "new": "Both networks start anew and take the same batches in the same order; what a seed draws (weights, "
    f"importance, examples) is the same for both. {_RUNS}",
    "kept": "Both networks start from the trained weights, the pruned one from what is left of them, and go on with "
    f"the same batches in the same order: fine-tuning. {_RUNS}",
}
"""By what the networks start from."""
NEEDS_IMPORTANCE = "The importance of this network's neurons is not computed yet; see above."
OBSTACLES = {
    "data": """The app was started without data for this network, so there is nothing to train it on. Start it with
`--data package.module:batches --loss package.module:loss`, and with `--metric name=package.module:function` where
there is one; or take the plan along from the *Export* page.""",
}
"""Why nothing can be trained for a network that the app was started with."""
TOO_LONG = "At this size a check takes hours on this machine."
SMALLER = "A size for the classroom can be checked here:"
ELSEWHERE = "This plan can be made and trained beside the full network where an accelerator is:"
REAL_DATA = "`ranp train` with `--data FOLDER` trains on the real data."
"""Of the library's networks, whose tasks have data sets."""
NOT_BUILT = (
    "This plan leaves a layer without neurons: {}. Such a network cannot be built, so there is nothing to train."
)

SEEDS = "Seeds"
SEEDS_HELP = """From how many seeds everything is drawn and trained. One seed tells nothing: with two or more the spread
is shown, and the interval of each difference. Time grows with it."""
STEPS = "Steps"
STEPS_HELP = "Training steps of each network. The recipe is where it starts; the learning rate follows it."
RECIPE = "Recipe"
RECIPES = {"quick": "quick", "converging": "converging"}
RECIPE_HELP = """*Quick*: some tens of seconds a network. So short a run hangs on trifles: one weight moved by a
millionth can move its score by much. *Converging*: about four times as long, so that it moves less; races from the
command line are run by it. Below a result stands by how much, where it was measured."""
WEIGHTS = {"new": "drawn anew", "kept": "carried over"}
WEIGHTS_HELP = """What the pruned network starts from. *Drawn anew*: as in the paper. *Carried over*: the surviving
neurons keep the weights they were scored with."""
EQUAL = {"steps": "steps", "time": "time", "total": "bill"}
EQUAL_HELP = """*Steps*: every network takes as many. *Time*: every network trains for as long as the full one took, in
CPU-seconds, so a cheaper one takes more steps. *Bill*: every network trains until all that it took, scoring and
everything on the way, comes to as many MACs as the full one's steps."""
SCHEDULE = "Cut down"
SCHEDULES = {name: kind.title for name, kind in schedules.SCHEDULES.items()}
SCHEDULE_HELP = "When the network is cut down.\n\n" + "\n\n".join(
    f"*{kind.title}*: {kind.words[0].lower()}{kind.words[1:]}" for kind in schedules.SCHEDULES.values()
)
KEEPS_WEIGHTS = "What is cut down while it trains keeps its weights."
TRAIN_FIRST = "The criterion needs a trained network: choose *after training* or *early* under *Cut down*."
SIZES = "The size of each network over its training"
START_CHECK = "Train full and pruned"
START_RACE = "Start the race"

NO_JOBS = "Nothing has been trained here yet."
SHOWN = "Shown"
SHOWN_HELP = "All checks of this server, everybody's, the latest first. The address bar is a link to the one shown."
CALL_OFF = "Call it off"
ENDED_EARLY = "What was finished before is below."
NO_WORKER = """No worker is running on this machine, and this server starts none (`RANP_WORKER=none`). Start one with
`ranp worker`; the check waits until then."""
WORKER_FAILED = "The worker of this server could not be started: {}. Start one with `ranp worker`; nothing is lost."

RACE = """Several methods, **the same budget**: each removes just so many neurons that its network costs no more than
the share you choose. At equal *sparsity* the methods leave very different costs, so their scores compare nothing: it is
offered to show why."""
CONTESTANTS = {name: contestant.title for name, contestant in charts.CONTESTANTS.items()}
"""Who may race beside the methods."""
CONTROLS = """**Does the criterion matter?** Trains {} beside controls at the budget above: as many neurons of each
layer, drawn at random (*shuffled*) or of the lowest scores (*worst*), one factor for every layer (*thin*), and neurons
at random. All keep the weights of their neurons: with new weights the first three are the same network."""
START_CONTROLS = "Does the criterion matter?"
UNFAIR = """**Equal sparsity is not a fair race.** Look at the costs beside the scores: a method that leaves several
times the MACs has the larger network, and no wonder if it scores higher."""
TERMS = {
    "macs": BUDGETS["macs"].title,
    "memory": BUDGETS["memory"].title,
    "time": "Step time",
    "sparsity": "Sparsity (unfair)",
}
TERMS_HELP = """What all methods get the same of. Memory is the elements of the layers' outputs, step time the predicted
seconds of a training step."""
METHODS_HELP = "Each is one network beside the full one. A method that empties a layer fails; it is not rescued."
CAUTION = """**What a short run can show:** that a network still learns, what it costs, and which method empties layers.
**What it cannot:** which method is best after full training, or on your data. These are small networks on procedural
examples or patches of one scan. What can be said of a difference is what its interval allows: it is paired by seed and
holds 95 % by Student's t, and where many networks are beside each other, *better* and *worse* consider all pairs
(Holm's correction)."""
SHIPPED = "Run before"
NO_SHIPPED = """No race of this network in this size came with this version, so there is nothing run before to stand
beside yours. `ranp race` makes such a file."""
MORE_SEEDS = "Another seed may turn out differently, so add some before you conclude anything."
BAD_SHIPPED = "The races that came with this version cannot be read: {}"


def by_time(source: str, terms: bool = True) -> str:
    """Whose seconds are meant by what goes by time; `terms` says whether step time may be equal, too."""
    return f"{'RANP-t and step time go' if terms else 'RANP-t goes'} by seconds. {source}"


def no_time(reason: str, terms: bool = True) -> str:
    """Why nothing that goes by time is on offer."""
    return f"{'RANP-t and step time are' if terms else 'RANP-t is'} not on offer, for want of seconds. {reason}"


SWEEP = """Many pruned networks at once. A **grid** trains every method at every sparsity from every seed; a **search**
lets a sampler choose sparsity, alpha and lambda, looking for networks that are accurate, cheap and small. Checks and
races come first in the queue; the same name goes on where a sweep stopped."""
KINDS = {"grid": "Grid", "search": "Search"}
KIND_HELP = "*Grid*: you give the values. *Search*: Optuna's multi-objective sampler chooses them, one after the other."
NAME = "Name"
NAME_HELP = "Letters, digits, spaces, dots, dashes. The same name and network goes on with that sweep."
BAD_NAME = "A sweep's name has 1 to 40 letters, digits, spaces, dots or dashes."
START_SWEEP = "Start, or go on"
STOP_SWEEP = "Call off what waits"
TRIALS_HELP = "How many networks the search trains. More can be added later under the same name."
NO_SWEEPS = "No sweep has been made here yet."
NO_TRIALS = "No trial has ended yet; the charts come with the first."
PARETO_HELP = """Each mark is one trained network. On the **front** no other is better in score, MACs and memory at
once; a mark may look beaten here and still be ahead in the third. Each is one run from one seed: marks that lie near
may change places from another. Click one to see and open it."""
PARALLEL_HELP = "Each line is one network, through what was chosen and what came of it. Drag along an axis to filter."


def check_title(network: str, plan: str) -> str:
    """The name of a check in the list."""
    return f"{network}: {plan}"


def race_title(network: str, terms: str, share: float, methods: int) -> str:
    """The name of a race in the list."""
    return f"{network}: race of {methods} {_at(terms, share)}"


def _at(terms: str, share: float) -> str:
    return (
        f"at {percent(share, 0)} of the {TERMS[terms]}" if terms != "sparsity" else f"at sparsity {percent(share, 0)}"
    )


def controls_title(network: str, method: str, terms: str, share: float) -> str:
    """The name in the list of a method beside its controls."""
    return f"{network}: {method} beside controls {_at(terms, share)}"


def job_label(check: CheckFacts) -> str:
    """A check in the list: its name, and where it is."""
    own = " (yours)" if check.mine else ""
    return f"{_plain(check.title)} · {STATES.get(check.state, check.state)}{own}"


STATES = {
    "waiting": "waiting",
    "running": "training",
    "done": "done",
    "failed": "failed",
    "cancelled": "called off",
}


def progress(check: CheckFacts) -> str:
    """Beside the progress bar."""
    if check.state == "waiting":
        ahead = (check.position or 1) - 1
        again = " Its worker vanished, so it begins again." if check.attempt > 1 else ""
        place = "It is next in the queue." if ahead == 0 else f"Place {ahead + 1} in the queue: {ahead} before it."
        lacks = f" So far {quote_reason(check.lacks)}." if check.lacks else ""
        return place + again + lacks
    if (now := check.progress) is None or not now.label:
        return "A worker is preparing the networks."
    step = f"step {now.step}" if now.step else "scoring and pruning"
    text = f"{percent(now.done, 0)}: {_plain(called(now.label))}, seed {now.seed}, {step}"
    return text if now.remaining_seconds is None else f"{text}; about {duration(now.remaining_seconds)} left"


def duration(seconds: float) -> str:
    """A time as a person says it.

    >>> duration(42), duration(200), duration(7300)
    ('45 s', '3 min', '2.0 h')
    """
    if seconds < 90:
        return f"{5 * math.ceil(seconds / 5)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def verdict(full: Summary, pruned: Summary, compared: Compared, measure: Measure) -> str:
    """How the pruned network did beside the full one, and no more than that."""
    if full.mean is None or pruned.mean is None:
        return ""
    macs = "" if not full.macs or not pruned.macs else f" with **{percent(pruned.macs / full.macs)}** of the MACs"
    return (
        f"The pruned network reaches **{pruned.text}**{macs}; the full one **{full.text}** ({measure.title}). "
        f"Beside the full one, **{compared.text}**.{_how_sure(compared)}"
    )


def verdicts(compared: Sequence[Compared]) -> str:
    """What a race shows: a line for each network beside the first, the full one as a rule."""
    return "\n".join(f"- {quote(called(each.label))} beside {_beside(each.other)}: {each.text}" for each in compared)


def difference_to(label: str) -> str:
    """The column of the differences.

    >>> difference_to("full, weights kept")
    'Difference to full'
    """
    return f"Difference to {_plain(called(label.partition(',')[0]))}"


def _beside(label: str) -> str:
    return "the full one" if is_full(label) else quote(called(label))


def is_full(label: str) -> bool:
    """Whether the network of that label is the full one, anew or with trained weights."""
    return label.partition(",")[0] == "full"


def pairs_title(pairs: Sequence[Compared]) -> str:
    """Above the pairs of networks beside the first: how many are known to differ."""
    sure = sum(each.difference.shown for each in pairs)
    count = f"{len(pairs)} pair{'s' if len(pairs) > 1 else ''}"
    return f"The other networks beside each other: {count}, {sure or 'none'} of them with a difference that is sure"


def _how_sure(compared: Compared) -> str:
    pairs = compared.difference.pairs
    needs = f", and {compared.needs}" if compared.needs else ""
    return f" The interval holds 95 % and is paired over {pairs} seeds{needs}." if pairs > 1 else f" {MORE_SEEDS}"


def failed(result: Summary) -> str:
    """A network without a result, and why."""
    which = "" if result.failures == result.seeds else f" from {result.failures} of {result.seeds} seeds"
    return f"{quote(called(result.label))} failed{which}: {quote_reason('; '.join(result.reasons))}"


def over(check: CheckFacts) -> str:
    """Why a check has no result."""
    reason = quote_reason(check.reason or "no reason was given")
    return f"This check {'was called off' if check.state == 'cancelled' else 'failed'}: {reason}"


def provenance(race: Race, nudge: str) -> str:
    """Where a shipped race comes from, and how much of a score a trifle makes up."""
    check, last = race.check, race.runs[-1] if race.runs else {}
    macs = dict(check.budgets).get("macs")
    share = f" at {percent(macs, 0)} of the MACs" if isinstance(macs, float) else ""
    seeds = f"{len(check.seeds)} seed{'s' if len(check.seeds) > 1 else ''}"
    command, machine, date = (str(last.get(key, "")) for key in ("command", "machine", "date"))
    version = str(last.get("versions", {}).get("ranp", ""))
    length = recipe(check.recipe_name, check.used_recipe.steps)
    return f"{seeds}, {length} each{share}; {quote(command)} with ranp {version}, {date}, on {machine}. {nudge}"


def trained(check: CheckFacts) -> str:
    """Below a check's results: by which recipe, and how much of a score a trifle makes up."""
    return f"Trained for {recipe(check.recipe, check.steps)}. {quote_reason(check.nudge)}"


def recipe(name: str, steps: int) -> str:
    """By which recipe was trained, and how long.

    >>> recipe("quick", 100), recipe("own", 7)
    ('100 steps (quick recipe)', '7 steps (no recipe of this size)')
    """
    return f"{steps} steps ({f'{name} recipe' if name in RECIPES else 'no recipe of this size'})"


def unknown_check(id: str) -> str:
    """A link to what is not there."""
    return f"There is no check {quote(id)} in this server's database; here are those there are."


def started(added: int, name: str) -> str:
    """What the button for sweeps did."""
    if added == 0:
        return f"The sweep {quote(name)} has all of these trials already."
    return f"{added} trial{'s' if added > 1 else ''} added to {quote(name)}."


def sweep_progress(facts: SweepFacts) -> str:
    """Beside a sweep's progress bar."""
    parts = [f"{facts.number(state)} {title}" for state, title in STATES.items() if facts.number(state)]
    return f"{len(facts.trials)} trials: {', '.join(parts)}"


def open_trial(trial: TrialFacts) -> str:
    """The button for a mark that was clicked."""
    at = "" if trial.sparsity is None else f", sparsity {percent(trial.sparsity)}"
    return f"Open trial {trial.number} in Explore: {trial.method}{at}"


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:80]
