"""What the page Learn says, but for the tours themselves (`explorer.learn.tours`)."""

from collections.abc import Sequence

from ranp.checks import FEW

TITLE = "Short tours over the live charts. Each step sets the controls, shows one thing and asks one question."
PREVIOUS = "Back"
NEXT = "Next"
ALL = "All tours"
RESET = "Set the controls again"
RESET_HELP = "Put the controls where this step began."
HOW = """In a tour the keys N and B lead on and back, and C shows another chart. The address bar has a link to the
very step that you see; **Share** makes a lesson of it."""
RIGHT = "**Yes.** {}"
ANSWER = "**The answer:** {}"
TELL = "Show the answer"
VEILED = "Guess first: what the question asks is shown here once it is answered."
PRESENT = "Present"
PRESENT_HELP = (
    "Large type and one chart at a time, for a projector. Page Down and Page Up lead on and back, Escape leaves."
)
KEYS = "Keys: N on, B back, C another chart, Esc leaves"
WORKSHEET = "Worksheet"
WORKSHEET_HELP = """This tour on one sheet of paper, A4 or Letter: its questions for the network that is shown, with
lines to write on. Open the file and print it."""
WITH_ANSWERS = "With answers"
ANSWERS = "{}: answers"
ANSWERS_HELP = "The same sheet for the teacher, with the answers and their figures."
WHO = ("Name", "Date")
LINES = ("I expect that, because", "I saw")
NOT_ASKED = "This step asks for seconds, and no time table of this network is at hand."
SHEET = "RANP Explorer, Learn: guess first, then look. Figures are worked out from the network that is named above."
UNSCORED = "This step needs every neuron's importance; it shows the charts once that is computed."

GUESS_FIRST = "guess first"
GUESS = "Times: guess first. The seconds of the plan show here once the question is answered."


def hint(text: str, wrong: int) -> str:
    """What helps after that many wrong answers.

    >>> hint("Look at the chart.", 1)
    '**Not that one.** Look at the chart.'
    """
    return f"**{'Not that one' if wrong == 1 else 'Not that one either'}.** {text}"


def untimed(command: str) -> str:
    """Why a question about seconds is not asked of this network."""
    return (
        f"This step asks for seconds, and no time table of this network is at hand. Measure one with `{command}`, or "
        "see the step on a network that has one."
    )


def elsewhere(network: str, size: str) -> str:
    """The way to a network that has a time table."""
    return f"Show it on {network}, {size}"


def scores(task: str, not_run: Sequence[str]) -> str:
    """Below the scores of a task's races: what an empty mark is, and what nobody has run yet."""
    more = f" Not run yet: {', '.join(not_run)}." if not_run else ""
    return (
        f"The races of {task}. An empty mark is known from fewer than {FEW} seeds, and its number is how many; bars "
        f"are 95 % intervals. All contestants are on *Compare*, under *Scores after training*.{more}"
    )


def of_network(network: str, size: str, criterion: str, seed: int) -> str:
    """Of which network and scores a worksheet is.

    >>> of_network("3D-UNet", "classroom", "SNIP", 0)
    'Network: 3D-UNet, classroom; importance by SNIP, seed 0.'
    """
    return f"Network: {network}, {size}; importance by {criterion}, seed {seed}."


def heading(tour: str, step: str, number: int, of: int) -> str:
    """Which tour this is, and how far."""
    return f":gray[:small[{tour}  ·  step {number} of {of}]]\n#### {step}"


def progress(number: int, of: int) -> str:
    """The steps as dots, those seen filled."""
    return f":primary[{'●' * number}]:gray[{'○' * (of - number)}]" if number < of else f":primary[{'●' * number}]"
