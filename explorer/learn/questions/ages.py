"""What it takes to prune before, during or after training: the questions of the tour `ages`.

Of a training the MACs alone count here, as a share of those of the full network's training, by the schedules' usual
settings; ``left`` is the share of a forward pass's MACs that is left in the end. Scoring comes on top.
"""

from itertools import pairwise
from math import inf

from explorer.learn.questions.asking import CLOSE, Evidence, Question, choice, extreme, listing
from explorer.units import percent
from ranp.checks import predict_when
from ranp.schedules import SCHEDULES, cubic

_PARTS = {"less than a tenth": 0.1, "a tenth to a third": 1 / 3, "a third to two thirds": 2 / 3, "more": inf}


def training_shares(left: float) -> dict[str, float]:
    """Schedule -> the MACs of its training.

    >>> {name: round(share, 4) for name, share in training_shares(0.25).items()}
    {'init': 0.25, 'early': 0.325, 'gradual': 0.4422, 'soft': 1.0, 'after': 0.625}
    """
    early, soft = _usual("early", "at"), _usual("soft", "end")
    rounds, start, end = (_usual("gradual", name) for name in ("rounds", "start", "end"))
    ramp = cubic(int(rounds), start, end)
    spans = pairwise([0.0, *(removal.at for removal in ramp), 1.0])
    sizes = [1.0, *(1 - removal.part * (1 - left) for removal in ramp)]
    trained = 0.5  # what "auto" is where nothing is trained before
    return {
        "init": left,
        "early": early + (1 - early) * left,
        "gradual": sum((until - since) * size for (since, until), size in zip(spans, sizes, strict=True)),
        "soft": soft + (1 - soft) * left,
        "after": trained + (1 - trained) * left,
    }


def bill_before(evidence: Evidence) -> Question:
    left = evidence.look().macs_left
    found = next(words for words, bound in _PARTS.items() if left < bound)
    return choice(
        f"{percent(left)} of the MACs are left from the first step on. How much of the full network's training does it "
        "take?",
        {words: words == found for words in _PARTS},
        listing("Training, of the full network's MACs", {"init": left}) + " Scoring comes on top, once.",
    )


def gradual_or_after(evidence: Evidence) -> Question:
    found = training_shares(evidence.look().macs_left)
    gradual, after = found["gradual"], found["after"]
    rounds, end = int(_usual("gradual", "rounds")), percent(_usual("gradual", "end"), 0)
    return choice(
        f"Both end with {percent(found['init'])} of the MACs. Which training takes more: gradually, in {rounds} rounds "
        f"until {end} of the steps, or all at once after half of them?",
        {
            "gradually": gradual > after + CLOSE,
            "all at once": after > gradual + CLOSE,
            "about the same": abs(gradual - after) <= CLOSE,
        },
        listing("Training, of the full network's MACs", {name: found[name] for name in ("gradual", "after")}),
    )


def dearest_age(evidence: Evidence) -> Question:
    found = training_shares(evidence.look().macs_left)
    return choice(
        "Of the five, whose training takes the most MACs in all?",
        extreme(found, max),
        listing("Training, of the full network's MACs", found),
    )


def after_beside_init(evidence: Evidence) -> Question:
    asked = predict_when(evidence.when)
    return Question(asked.text, asked.options, frozenset({asked.right}), asked.because)


def _usual(schedule: str, option: str) -> float:
    return float(SCHEDULES[schedule].options[option].default)
