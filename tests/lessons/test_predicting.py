"""Predict first in a notebook: nothing is given away before an option is chosen; and the figure of scores."""

import pytest

from explorer.lessons import predict, predict_one, predict_share, score_cost_of
from ranp.checks import against_cost, predict_race
from tests.checks.made_races import Scores, by_name, made

SCORES: Scores = {"full": (0.9, 0.92, 0.91), "ranp-f": (0.89, 0.91, 0.89), "thin": (0.5, 0.52, 0.51)}


@pytest.mark.parametrize(
    ("chosen", "begins"),
    [("it is better", "<b>Yes.</b> "), ("it is worse", "<b>Not quite: it is better.</b> ")],
)
def test_the_answer_shows_once_an_option_is_chosen(chosen: str, begins: str) -> None:
    asked = predict_race(against_cost(by_name(made(SCORES))), "thin")
    box = predict(asked)
    question, options, answer = box.children
    assert "beside thin, one factor for every layer?" in question.value
    assert answer.value == ""
    assert options.value is None
    options.value = chosen
    assert answer.value == begins + asked.because
    assert "better by 0.372 to 0.401" in answer.value


def test_the_figure_is_of_scores_or_of_paired_differences() -> None:
    (task,) = against_cost(by_name(made(SCORES)))
    named = {trace.name: trace for trace in score_cost_of(task).data}
    assert {"full", "ranp-f", "thin"} <= set(named)
    assert named["ranp-f"].y[0] == pytest.approx(0.8967, abs=1e-4)
    paired = {trace.name: trace for trace in score_cost_of(task, paired=True).data}
    assert paired["ranp-f"].y[0] == pytest.approx(-0.0133, abs=1e-4)
    assert "No race was run yet" in score_cost_of(None).layout.title.text


@pytest.mark.parametrize(("share", "right"), [(0.2, "less than 25%"), (0.25, "from 25% to 50%"), (0.5, "50% or more")])
def test_a_share_is_asked_for_by_ranges(share: float, right: str) -> None:
    _, options, answer = predict_share("How much is left?", share, (0.25, 0.5), "So much.").children
    assert options.options == ("less than 25%", "from 25% to 50%", "50% or more")
    options.value = right
    assert answer.value == "<b>Yes.</b> So much."


def test_a_right_option_is_one_of_them() -> None:
    _, options, answer = predict_one("Who?", ("a", "b"), "b", "It is.").children
    options.value = "a"
    assert answer.value == "<b>Not quite: b.</b> It is."
    with pytest.raises(ValueError, match="one of a, b, not 'c'"):
        predict_one("Who?", ("a", "b"), "c", "It is.")
