"""Predict first: a question in a notebook that keeps its answer until one is chosen."""

from html import escape

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


def told(asked: Prediction, chosen: int) -> str:
    """What is said of the chosen option."""
    verdict = "Yes." if chosen == asked.right else f"Not quite: {asked.options[asked.right]}."
    return f"<b>{escape(verdict)}</b> {escape(asked.because)}"
