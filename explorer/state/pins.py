"""Pins: plans that a visitor puts beside each other, as states under a name, and as texts that a link carries.

A pin in a link is a query of its own, `name=First+try&method=vanilla&sparsity=0.3`: what it says is read by the same
rules as a link to a state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from explorer.state.links import LINK, from_query, to_query
from explorer.state.state import Choices, ExplorerState, only_plan, quote, settle
from explorer.units import percent
from ranp.selection import PRICED_LIVE, SETTINGS

MAX_PINS = 12
MAX_NAME = 40
MAX_TEXT = 4000
"""Characters of one pin in a link; longer ones, of many protected layers, are refused."""

MAX_FIELDS = 600
"""Settings of one pin in a link; a protected layer is one."""

MAX_LINK = 6000
"""Characters of all pins; what is longer breaks in mail and chat."""

RESOURCES = {**{name: budget.resource for name, budget in PRICED_LIVE.items()}, "sparsity": "sparsity"}


@dataclass(frozen=True)
class Pin:
    """One plan on the board. `number` is its own for the whole visit, `slot` says how charts draw it."""

    number: int
    slot: int
    name: str
    state: ExplorerState


def decisive(state: ExplorerState) -> ExplorerState:
    """The state without what is only looked at: two that are equal now have the same plan."""
    free = only_plan(state)
    unused = ["sparsity"] if state.limits else ["budget"]
    unused += ["also", "also_budget"] if len(state.limits) < 2 else []
    return replace(free, **{name: SETTINGS[name].default for name in unused})


def clean_name(text: str) -> str:
    """A name as it may stand in a table, a chart or a file: one short printable line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:MAX_NAME]


def default_name(state: ExplorerState, choices: Choices) -> str:
    """The method and what was asked of it."""
    method = choices.methods[state.method]
    if state.target == "sparsity":
        return f"{method}, sparsity {percent(state.sparsity)}"
    limits = [f"{PRICED_LIVE[name].short} {percent(share)}" for name, share in state.limits]
    return f"{method}, {' and '.join(limits)}"


def at_equal(state: ExplorerState, target: str, level: float, choices: Choices) -> dict[str, ExplorerState]:
    """Every method at the same share of MACs, memory or parameters left, or at the same sparsity; otherwise alike."""
    same = replace(state, target=target, also=SETTINGS["also"].default, layer="", neuron=-1)
    same = replace(same, sparsity=level) if target == "sparsity" else replace(same, budget=level)
    alpha = state.alpha if 0 < state.alpha < 1 else 0.5  # at its ends the blend is RANP-f or RANP-m once more
    share = state.time_share if state.time_share < 1 else 0.0
    same = replace(same, alpha=alpha, time_share=share)
    return {method: settle(replace(same, method=method)) for method in choices.methods}


def write_pin(pin: Pin, choices: Choices) -> str:
    """The pin as a text that a link carries."""
    return urlencode([("name", pin.name), *urls(pin.state, choices)])


def urls(state: ExplorerState, choices: Choices) -> list[tuple[str, str]]:
    """The state's query, flat."""
    query = to_query(replace(state, layer="", neuron=-1, xray=1), choices)
    return [(name, text) for name, texts in query.items() for text in texts]


def read_pins(
    texts: Sequence[str],
    choices: Choices,
    source: str = LINK,
    most_text: int = MAX_TEXT,
    most_fields: int = MAX_FIELDS,
) -> tuple[list[tuple[str, ExplorerState]], list[str]]:
    """Names and states that a link's pins ask for, and one sentence for each thing that makes no sense.

    ``source`` is what sentences call the link, where the pins are another's, such as a file's, whose pins may have more
    characters and more settings each.
    """
    found: list[tuple[str, ExplorerState]] = []
    notices: list[str] = []
    for text in texts[:MAX_PINS]:
        try:
            if len(text) > most_text:
                raise ValueError(len(text))
            query = parse_qs(text, max_num_fields=most_fields)
        except ValueError:
            notices.append(f"A pinned plan of the {source}, {quote(text)}, is too long and is left out.")
            continue
        state, fallbacks = from_query(query, choices, source=source)
        name = clean_name(query.get("name", [""])[-1]) or default_name(state, choices)
        notices += [f"Pinned plan {quote(name)}: {sentence}" for sentence in fallbacks]
        found.append((name, state))
    if len(texts) > MAX_PINS:
        notices.append(f"The {source} pins {len(texts)} plans; the first {MAX_PINS} are shown.")
    return found, notices
