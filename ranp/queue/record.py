"""What a trial's user attributes hold of its job: each written and read here, and nowhere else.

    job, check, owner, title, asked      what was asked for, by whom and when
    worker, versions, attempt            who runs it
    progress, point.N, entry.N           how far it is, the learning curve as it grows, finished entries
    examples, answers.N                  the first test examples, and what the networks make of them
    cancel, reason                       who called it off; why it failed
    lacks                                what a worker lacked that left it to others

They stay as they are written: databases of older versions are read, and workers of older versions read ours.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ranp.checks import Answers, Check, Entry, Examples, Pictures, Progress, read_pictures
from ranp.files import COUNT, MAPPING, TEXT
from ranp.files import check as check_form
from ranp.training import Point

REQUEST = ("job", "check", "owner", "title", "asked")
"""The user attributes that a trial starts with; the others come with its run."""

LACKS = "lacks"

_ATTRIBUTES = {
    **dict.fromkeys(("job", "owner", "title", "asked", "worker", "reason", LACKS), TEXT),
    **dict.fromkeys(("progress", "versions"), MAPPING),
    "attempt": COUNT,
}
_POINT = ("step", "seconds", "loss", "figures")


def of_form(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """What we wrote of a trial's attributes, and in a sentence which of them another program wrote, or None."""
    good, problem = {}, None
    for key, value in attributes.items():
        try:
            if key in _ATTRIBUTES:
                check_form(value, _ATTRIBUTES[key], f"the attribute '{key[:80]}' of this job")
            if key == "asked":
                datetime.fromisoformat(value)
            good[key] = Progress.from_dict(value) if key == "progress" else value
        except ValueError as error:
            problem = f"{error}; another program or version wrote it"
    return good, problem


def point_attribute(progress: Progress) -> dict[str, Any]:
    """A point of a learning curve, with the entry that it is of."""
    assert progress.point is not None, "the network was not judged at this step"
    return {"contestant": progress.contestant, "seed": progress.seed, **progress.point.as_dict()}


def entries_of(attributes: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The finished entries, in their order; ``ValueError`` where another version wrote one."""
    return tuple(Entry.from_dict(each) for each in _numbered(attributes, "entry"))


def growing_entries(attributes: Mapping[str, Any], check: Check, finished: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that were begun and are not among the finished ones, with their curves so far."""
    ended = {(entry.contestant, entry.seed) for entry in finished}
    curves: dict[tuple[int, int], list[Point]] = {}
    for document in _numbered(attributes, "point"):
        try:
            point = Point.from_dict({key: document[key] for key in _POINT})
            place = document["contestant"], document["seed"]
            check_form([*place], [COUNT], "this point of a curve")
        except (KeyError, TypeError, ValueError):
            continue  # another program put it in
        if place not in ended and place[0] < len(check.contestants):
            curves.setdefault(place, []).append(point)
    return tuple(
        Entry(index, check.labels[index], seed, curve=tuple(points)) for (index, seed), points in sorted(curves.items())
    )


def picture_attributes(examples: Examples, answers: Answers) -> dict[str, Any]:
    """The examples, which are the same for all, and the answers of one network."""
    return {"examples": examples.as_dict(), f"answers.{answers.contestant}": answers.as_dict()}


def pictures_in(attributes: Mapping[str, Any]) -> Pictures | None:
    """What is kept of the pictures; None where there are none, ``ValueError`` where another program wrote them."""
    if "examples" not in attributes:
        return None
    return read_pictures(attributes["examples"], _numbered(attributes, "answers"))


def is_result(key: str) -> bool:
    """Whether an attribute is something finished, which stays when another worker takes the job over."""
    return key == "examples" or key.startswith(("entry.", "answers."))


def _numbered(attributes: Mapping[str, Any], name: str) -> list[Any]:
    numbers = [key.removeprefix(f"{name}.") for key in attributes if key.startswith(f"{name}.")]
    return [attributes[f"{name}.{number}"] for number in sorted(filter(str.isdecimal, numbers), key=int)]
