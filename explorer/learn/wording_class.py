"""What the page Learn says of a class (`explorer.learn.in_class`)."""

from collections import Counter
from collections.abc import Mapping, Sequence

TITLE = "For a class: see how many are at which step"
ABOUT = """Open a class and give its code, or its link, to those who take part. Whoever has joined is counted at the
step that is open on their screen."""
PRIVATE = """Nobody is named. Only how many are at which step is counted, in this server's memory, and no cookie is set
for it; answers are not seen. A class ends when whoever opened it ends it, or after four hours in which nobody looks at
it."""
OPEN = "Open a class"
CODE = "Code of a class"
JOIN = "Join"
WATCH = "Watch"
CLOSE = "End the class"
LEAVE = "Leave"
HIDE = "Stop watching"
HIDE_HELP = "The class goes on; its code and *Watch* bring this view back."
TOURS_LIST = "the list of tours"


def joined(code: str) -> str:
    """That a visitor is counted."""
    return f"In class {code}"


def board(code: str, number: int) -> str:
    """The head of the teacher's view: the code to be read from afar, and how many have joined."""
    who = "nobody has joined yet" if number == 0 else "1 has joined" if number == 1 else f"{number} have joined"
    return f"### Class {code}  :gray[:small[{who}]]"


def rows(
    counts: Counter[tuple[str, int] | None], tours: Mapping[str, tuple[str, Sequence[str]]]
) -> list[dict[str, str | int]]:
    """A row for each step at which somebody is, in the order of the tours; ``tours`` have a title and their steps'.

    >>> rows(Counter({("empty", 2): 3, None: 1}), {"empty": ("Why", ["One", "Two"])})[1]
    {'Tour': 'Why', 'Step': '2 · Two', 'Visitors': 3}
    """
    found: list[dict[str, str | int]] = []
    if counts[None]:
        found.append({"Tour": TOURS_LIST, "Step": "", "Visitors": counts[None]})
    for name, (title, steps) in tours.items():
        for number, step in enumerate(steps, 1):
            if visitors := counts[name, number]:
                found.append({"Tour": title, "Step": f"{number} · {step}", "Visitors": visitors})
    return found
