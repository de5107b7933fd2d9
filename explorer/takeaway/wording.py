"""What the one-file explorer says of itself, and what is said of it on Export and in a shell."""

from explorer.wording import waiting
from ranp.version import __version__

OFFER = (
    "This explorer with this network in one HTML file: controls and charts go on working from a folder, without a "
    "server and without a network."
)
CHARTS = "Controls and charts"
STARTING = "The explorer starts. It needs JavaScript, in a browser of 2023 or later."
LEAD = (
    "What pruning before training leaves of this network: move a control, and everything follows. It is all in this "
    "file; nothing is loaded and nothing is sent."
)
NO_PEAK = "This file cannot limit the peak of training memory: {}."
NO_TIMES = "This file has no time table of the network, so it cannot weigh or limit seconds."
UNMEASURED = "it is not known for this network"
NOT_SCORED = (
    "Neurons were not scored, so this file offers the methods that need no scores; a file that is made once they are "
    "scored offers the others, too."
)


def title(network: str, size: str) -> str:
    """Of the file, in a browser's tab."""
    return f"{network}, {size}: RANP Explorer"


def origin(scored_on: str, made_on: str) -> str:
    """Where the scores are from, and when the file was made by which version."""
    scored = f"Importance computed on {scored_on}. " if scored_on else ""
    return (
        f"{scored}Made by RANP Explorer {__version__} on {made_on}. The address of this page holds what you set: a "
        "bookmark opens it again."
    )


def size(text: str) -> str:
    """How large the file is."""
    return f"This file has {text}."


def too_large(size: str, most: str) -> str:
    """Why there is no file, and what to do instead."""
    return (
        f"the explorer of this network would be a file of {size}, and at most {most} are written; take a smaller size "
        "of the network, or serve it with 'ranp app'"
    )


def measuring(ahead: int) -> str:
    """While what the file needs is read."""
    return waiting(ahead) or "Reading what a training step of this network holds"
