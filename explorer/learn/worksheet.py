"""A tour on one sheet of paper: each step's question to be guessed by hand, and a line for what was seen then.

One HTML file that loads nothing; printed on A4 or Letter it is one page. All text is escaped.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from explorer import ASSETS
from explorer.facts import NetworkFacts
from explorer.learn import wording
from explorer.learn.questions import QUESTIONS
from explorer.learn.questions.asking import Question
from explorer.learn.questions.evidence import gather
from explorer.learn.tours import Step, Tour
from explorer.state import ExplorerState
from ranp.timing import TimeTable

_MARKUP = re.compile(r"\*\*|\*|`")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Task:
    """A step on paper; ``question`` is ``None`` where this network has no answer to it."""

    step: Step
    question: Question | None


def tasks(tour: Tour, state: ExplorerState, network: NetworkFacts, table: TimeTable | None) -> list[Task]:
    """The tour's questions, asked of this network; ``table`` tells its seconds, by itself the one at hand."""
    return [Task(step, _asked(step, state, network, table)) for step in tour.steps]


def sheet(tour: Tour, about: str, found: Sequence[Task], answers: bool = False) -> str:
    """The page. ``about`` says of which network the questions are; with ``answers`` it is the teacher's copy."""
    title = wording.ANSWERS.format(tour.title) if answers else tour.title
    body = "\n".join(_section(number, task, answers) for number, task in enumerate(found, 1))
    who = "" if answers else "".join(f"<span>{escape(label)} </span>" for label in wording.WHO)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title>\n'
        f"<style>{(ASSETS / 'worksheet.css').read_text(encoding='utf-8')}</style></head>\n"
        f'<body data-steps="{len(found)}">'
        f'<header><h1>{escape(title)}</h1><div class="who">{who}</div></header>\n'
        f'<p class="about">{_plain(tour.summary)} {escape(about)}</p>\n{body}\n'
        f"<footer>{escape(wording.SHEET)}</footer></body></html>\n"
    )


def made(
    tour: Tour, about: str, state: ExplorerState, network: NetworkFacts, table: TimeTable | None, answers: bool
) -> Callable[[], bytes]:
    """What makes the page once it is asked for."""
    return lambda: sheet(tour, about, tasks(tour, state, network, table), answers).encode()


def _asked(step: Step, state: ExplorerState, network: NetworkFacts, table: TimeTable | None) -> Question | None:
    try:
        return QUESTIONS[step.question](gather(state, network, step.settings, table))
    except ValueError:
        if step.timed:  # no time table tells this network's seconds
            return None
        raise


def _section(number: int, task: Task, answers: bool) -> str:
    step, question = task.step, task.question
    head = f"<section><h2>{number}. {_plain(step.title)}</h2><p>{_plain(step.text)}</p>"
    if question is None:
        return f"{head}<p>{escape(wording.NOT_ASKED)}</p></section>"
    options = "".join(
        f"<li{' data-right' if answers and place in question.right else ''}>{_plain(option)}</li>"
        for place, option in enumerate(question.options)
    )
    lines = "".join(f'<div class="line">{escape(label)}</div>' for label in wording.LINES)
    told = f"<p>{_plain(question.because)}</p>" if answers else lines
    return f'{head}<p class="asked">{_plain(question.text)}</p><ul>{options}</ul>{told}</section>'


def _plain(text: str) -> str:
    """
    >>> _plain("Drag **sparsity** at `a<b`")
    'Drag sparsity at a&lt;b'
    """
    return escape(_MARKUP.sub("", text))
