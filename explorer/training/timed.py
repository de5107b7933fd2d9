"""What goes by seconds on this page: on offer where a time table tells them, with a word on whose they are."""

from dataclasses import dataclass

import streamlit as st

from explorer import compute
from explorer.page import timing
from explorer.state import ExplorerState
from explorer.training import wording
from ranp.selection import METHODS


@dataclass(frozen=True)
class Offer:
    """The methods and the terms of a race that are on offer, and whose seconds are meant, or why there are none."""

    methods: tuple[str, ...]
    terms: tuple[str, ...]
    text: str


def offer(state: ExplorerState, terms: bool = True) -> Offer:
    """What is on offer for the network of the state; waits until it is known what its steps call.

    `terms` says whether something is made equal at all, of which the text then tells, too.
    """
    try:
        timing.await_seconds(state, st.empty())
        told = timing.times(state)
    except ValueError as error:  # the queue is full
        return Offer(tuple(compute.OFFERED), _without_time(), wording.no_time(str(error), terms))
    if told.packet is None:
        return Offer(tuple(compute.OFFERED), _without_time(), wording.no_time(told.source, terms))
    return Offer(tuple(METHODS), tuple(wording.TERMS), wording.by_time(told.source, terms))


def _without_time() -> tuple[str, ...]:
    return tuple(name for name in wording.TERMS if name != "time")
