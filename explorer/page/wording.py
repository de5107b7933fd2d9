"""What the chooser says, and the button Share: the link to what is shown, and the lesson that is made of it."""

from explorer.state import ArchitectureChoice

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

_BRING = "Your own network …"


def network(choice: ArchitectureChoice | None) -> str:
    """A network in the list: its name and what it is for; without one, the way to one's own."""
    return _BRING if choice is None else f"{choice.title} · {choice.group}" if choice.group else choice.title


SHARE_HELP = "A link to what you see, and for a class: a lesson, whose link hides or fixes controls."
LINK = "The whole state is in this link, as in the address bar."
LESSON = """**Make it a lesson.** What is hidden or fixed stays as it is now. That keeps a class on track; it is no
lock: whoever changes the link can change it back."""
HIDE = "Hide"
FIX = "Show, but fix"
ALPHA_TOO = "α is fixed too: moving it would change the method."
