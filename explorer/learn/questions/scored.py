"""What a pruned network scores once it is trained: the questions of the tour `accuracy`, by the races that ship."""

from explorer.learn.questions.asking import Evidence, Question
from ranp.checks import SHARES, predict_race


def beside_full(evidence: Evidence) -> Question:
    return _asked(evidence, "full", max(SHARES))


def beside_thin(evidence: Evidence) -> Question:
    return _asked(evidence, "thin", max(SHARES))


def beside_full_at_the_least(evidence: Evidence) -> Question:
    return _asked(evidence, "full", min(SHARES))


def _asked(evidence: Evidence, other: str, share: float) -> Question:
    found = predict_race(evidence.raced, other, share)
    return Question(found.text, found.options, frozenset({found.right}), found.because, found.task)
