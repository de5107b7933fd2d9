"""Predict first: a question in a notebook that keeps its answer until one is chosen."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from ipywidgets import HTML, Layout, RadioButtons, VBox

from ranp.checks import Prediction


def predict(asked: Prediction) -> VBox:
    """The question with its options; the right one and the figures behind it show once one is chosen."""
    options = RadioButtons(options=list(asked.options), value=None, layout=Layout(width="420px"))
    answer = HTML()

    def say(_: object = None) -> None:
        if options.index is not None:
            answer.value = told(asked, options.index)

    options.observe(say, "value")
    return VBox([HTML(f"<b>{escape(asked.text)}</b>"), options, answer])


def predict_share(text: str, share: float, bounds: Sequence[float], because: str) -> VBox:
    """A question after a share from 0 to 1, whose options are the ranges between the ascending ``bounds``."""
    first, last = f"less than {bounds[0]:.0%}", f"{bounds[-1]:.0%} or more"
    between = (f"from {low:.0%} to {high:.0%}" for low, high in pairwise(bounds))
    right = sum(share >= bound for bound in bounds)
    return predict(Prediction(text, (first, *between, last), right, because))


def predict_one(text: str, options: Sequence[str], right: str, because: str) -> VBox:
    """A question with these options, one of which is right; ``ValueError`` where it is none of them."""
    if right not in options:
        raise ValueError(f"expected the right option to be one of {', '.join(options)}, not {right!r}")
    return predict(Prediction(text, tuple(options), list(options).index(right), because))


def told(asked: Prediction, chosen: int) -> str:
    """What is said of the chosen option."""
    verdict = "Yes." if chosen == asked.right else f"Not quite: {asked.options[asked.right]}."
    return f"<b>{escape(verdict)}</b> {escape(asked.because)}"
