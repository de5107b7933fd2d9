"""What the chooser says, the button Share, and whatever shows seconds: where those were measured, and how well."""

from explorer.compute import KIND_OF
from explorer.state import MAX_PINS, ArchitectureChoice, ExplorerState, weighs_seconds
from explorer.units import percent
from explorer.wording import escaped, waiting
from ranp.selection import METHODS, SETTINGS
from ranp.timing import KINDS, KnownError, TimeTable, error_in_words

BRINGING = (
    (
        """**Your own network** gets here when the app is started: no page and no link can name code, so that nothing
runs but what the person who starts it has named. Give the import path of a function that returns the network, and the
shape of its input, batch first:""",
        "ranp app --model package.module:factory --input 1x4x96x96x96",
    ),
    (
        "With data and loss, neurons are scored on your task, and *Train check* trains on it. Metrics are optional:",
        "ranp app --model package.module:factory --input 1x4x96x96x96 --data package.module:batches "
        "--loss package.module:loss --metric dice=package.module:dice",
    ),
    ("For several networks give `--model` again: what belongs to one follows it. Trained weights: `--checkpoint`.", ""),
)
"""Texts, each with the command to copy."""

START = "New here? Start here"
EXAMPLES = """How many examples importance is averaged over. *Usual* is 8, in batches of 2, and 1 where a forward pass
has more than 20 G MACs: these come with the explorer. Scores of one example are noisier; 8 of a large network take
minutes, and the memory of a batch of 2."""
ONE_EXAMPLE = "Score with one example"
WEIGHTS_ALONE = "Criterion l2: weights alone"
ELSEWHERE = "Or make the plan on a larger machine, and open it on *Export*:"

_BRING = "Your own network …"


def untrained(measures: str) -> str:
    """Why the criterion says nothing of this network yet, and what to do."""
    return (
        f"This criterion measures {measures}. Choose another one under *Importance*, or train first: on *Train check*, "
        "*Cut down* after training or early."
    )


def network(choice: ArchitectureChoice | None) -> str:
    """A network in the list: its name and what it is for; without one, the way to one's own."""
    return _BRING if choice is None else f"{choice.title} · {choice.group}" if choice.group else choice.title


def looking(ahead: int) -> str:
    """While it is looked whether scores are at hand."""
    return waiting(ahead) or "Looking whether this network was scored before"


def smaller(size: str) -> str:
    """The button that opens a smaller size."""
    return f"Size {size}"


def method(title: str) -> str:
    """The button that chooses a method without data."""
    return f"Method {title}"


def left_out(count: int) -> str:
    """That pins found no place on the board."""
    return f"{count} more found no place: the board holds {MAX_PINS} plans; remove some first."


SHARE_HELP = "A link to what you see, and for a class: a lesson, whose link hides or fixes controls."
LINK = "The whole state is in this link, as in the address bar, and what is pinned on Compare."
PINS_LEFT_OUT = "Pinned plans are not in it: so many with protected layers make no link that survives mail and chat."
LESSON = """**Make it a lesson.** What is hidden or fixed stays as it is now. That keeps a class on track; it is no
lock: whoever changes the link can change it back."""
HIDE = "Hide"
FIX = "Show, but fix"
ALPHA_TOO = "α is fixed too: moving it would change the method."

STEPS = {"training": "a training step", "inference": "an inference"}
"""The kinds of step within a sentence."""
STEP_TITLES = {"training": "Training step", "inference": "Inference"}
"""The same where a table names them."""

TABLE = """A time table holds what each operation of a network takes alone, at a grid of widths; a plan's seconds are
the sum. It is measured by a command, on the machine that counts."""
NO_TABLE = "there is no time table of this network"
UNPRICED = "the time table does not price this network"
READING = "Reading what a step of this network calls …"
LARGEST_ERROR = 10.0
"""A prediction that is further off is worth no figure."""
LONGEST = 60
"""Characters of a text from a table."""


def source(table: TimeTable, here: KnownError | None = None) -> str:
    """Where seconds were measured, and how far they are off: when they were, and as far as known ``here``."""
    errors = " and ".join(f"{_error(table, kind)} for {STEPS[kind]}" for kind in KINDS if kind in table.constants)
    busy = "" if table.trusted else " The machine was busy meanwhile: measure it again."
    known = f" Counting found steps {error_in_words(here)}." if here is not None and here.comparisons else ""
    where = f"{machine(table)}, batch {table.batch:,}"
    return f"Times: predicted for {where}; off by {errors} when measured.{known}{busy}"


def errors(table: TimeTable, here: KnownError | None = None) -> dict[str, str]:
    """How far what a budget of time goes by is off, by the budget; of training steps also as far as known ``here``."""
    found = {
        budget: f"Predicted: off by {_error(table, kind)} when measured."
        for budget, kind in KIND_OF.items()
        if kind in table.constants
    }
    if here is not None and here.comparisons:
        found["time"] += f" Counting found steps {error_in_words(here)}."
    return found


def machine(table: TimeTable) -> str:
    """Its name, where it is no processor its kind, and how many threads were used."""
    known = table.machine
    where = "" if known.device == "cpu" else f" ({_plain(known.device)})"
    return f"**{_plain(known.name)}**{where}, {known.threads:,} thread{'' if known.threads == 1 else 's'}"


def about(table: TimeTable, command: str) -> str:
    """The rest of it."""
    return (
        "A training step is forward, backward and AdamW's update of one batch; an inference is forward alone. Each "
        "operation was timed alone at a grid of widths; a plan's seconds are their sum, and what no operation accounts "
        f"for. Measured {_plain(table.date)} with PyTorch {_plain(table.machine.torch)}; repeats spread by "
        f"{percent(min(table.spread, LARGEST_ERROR))}. On another machine the figures say how plans compare, not how "
        f"long they take: measure yours with `{command}` and load it on Explore."
    )


def no_table(command: str) -> str:
    """Why there are no seconds, and how to come to them."""
    return (
        "Times: no table of this network is at hand. Measure one on Counting, for the machine that the app runs on, or "
        f"with `{command}` on the one that you train on, and load it on Explore."
    )


def no_seconds(state: ExplorerState, reason: str) -> str:
    """Why the plan is another one than asked for, which needs seconds."""
    method, other = (METHODS[name].title for name in (state.method, SETTINGS["method"].default))
    needed = [
        (weighs_seconds(state), f"{method} ranks by seconds, so that {other} is shown instead"),
        (state.limits_time, "a budget of time needs seconds, so that it is left out"),
        (state.snap != "off", "fast widths need seconds, so that the plan is shown without them"),
    ]
    said = " and ".join(text for asked, text in needed if asked)
    return f"{said[:1].upper()}{said[1:]}: {escaped(reason)}."


def unpriced(reason: str) -> str:
    """Why the table in use tells no seconds."""
    return f"Times: they cannot be told for this network: {reason}."


def reading(ahead: int) -> str:
    """While it is read what a time table prices."""
    return waiting(ahead) or "Reading what a step of the network calls"


def _error(table: TimeTable, kind: str) -> str:
    error = table.errors.get(kind)
    if error is None:
        return "an unknown share"
    return f"{error:+.1%}".replace("%", " %").replace("-", "−") if abs(error) < LARGEST_ERROR else "far too much"


def _plain(text: str) -> str:
    """A text of a table, short and without anything that Markdown would act on."""
    plain = "".join(letter for letter in text if letter.isprintable() and letter not in "*`[]<>$_\\")
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
