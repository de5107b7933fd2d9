"""What is said beside the pictures of test examples."""

from explorer.units import percent
from ranp.checks import Examples
from ranp.data import TASKS

TITLE = {False: "##### What the networks are asked", True: "##### What the networks make of it"}
"""Before a network has answered, and after."""
DRAWING = {"example": "Test example", "truth": "Truth", "right": "correct", "wrong": "wrong"}
AXES = {"slice": "Slice", "frame": "Frame"}
INPUTS = {
    "tissue": "Input: T1 scan",
    "brain": "Input: FLAIR, the first of four",
    "voxel-parts": "Input: surface of a shape",
    "motion": "Input: video, without its colours",
    "stereo": "Input: left view, without its colours",
}
WRONG = {
    "labels": "wrong",
    "disparity": "off by more than 3 pixels",
    "class": "wrong",
}
UNANSWERED = "No network has answered yet."
NOT_DRAWN = "What the networks are asked cannot be shown: {}"


def says(label: str) -> str:
    """Over what a network answers."""
    return f"{label} says"


def wrong(label: str) -> str:
    """Over where that is wrong."""
    return f"{label}: where it is wrong"


def error(form: str, value: float) -> str:
    """How far off an answer is as a whole.

    >>> error("labels", 0.0312), error("disparity", 1.234), error("class", 1.0)
    ('3.1 % wrong in all slices', '1.23 pixels off on average', 'wrong')
    """
    if form == "class":
        return "wrong" if value else "correct"
    return f"{value:.2f} pixels off on average" if form == "disparity" else f"{percent(value)} wrong in all slices"


def image(channels: int) -> str:
    """Over an input of which nobody has said what it is."""
    return "Input" if channels in (1, 3) else f"Input: the first of {channels} channels"


def label(number: int, task: str) -> str:
    """A label that has no name."""
    return f"{'part' if task == 'voxel-parts' else 'label'} {number}"


def scale(most: float) -> str:
    """Beside the colours of disparities."""
    return f"disparity, 0 to {most:.0f} pixels"


def dark(background: str, unknown: bool) -> str:
    """What has no colour."""
    if not background:
        return "nothing is known here" if unknown else ""
    return f"{background}, or nothing is known" if unknown else f"{background}: the image shows through"


def about(shown: Examples) -> str:
    """What the examples are, and what of them is drawn."""
    data = f"{TASKS[shown.task].about} " if shown.task in TASKS else ""
    kept = shown.examples[0].image.shape[0] if shown.examples else 0
    parts = []
    if shown.every > 1:
        parts.append(f"every {_ordinal(shown.every)} voxel of a {shown.axis or 'picture'}")
    if kept < shown.slices:
        parts.append(f"{kept} of {shown.slices} {shown.axis or 'slice'}s")
    drawn = f" Drawn are {' and '.join(parts)}; errors are of the whole." if parts else ""
    return f"{data}Shown are the first examples that the networks are tested on; none has learnt from them.{drawn}"


def _ordinal(number: int) -> str:
    return f"{number}{ {2: 'nd', 3: 'rd'}.get(number, 'th') }"
