"""The pictures on the page: test examples, and what trained networks make of them."""

import logging
from functools import lru_cache

import streamlit as st

from explorer.compute import heavy
from explorer.live import PICTURES, base
from explorer.state import ExplorerState, quote_reason
from explorer.training import wording_pictures as wording
from explorer.training.pictured import drawing, drawing_in_words
from ranp.checks import Check, Contestant, Examples, Pictures, before
from ranp.subject import Subject

log = logging.getLogger("explorer")

_LOADER = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".ranp-pictures");
  root.setAttribute("aria-label", data.words);
  const url = new URL(`${data.base}/assets/pictures/pictures.js`, document.baseURI).href;
  import(url).then(({ show, unpacked }) => show(root, unpacked(data.pictures)));
}
"""


def pictures(found: Pictures, key: str) -> None:
    """Draw them, with their words for who does not see them."""
    st.markdown(wording.TITLE[bool(found.answers)])
    mount = st.components.v2.component(
        "ranp_pictures",
        html='<div class="ranp-pictures" role="group"></div>',
        css=PICTURES["css"].read_text(encoding="utf-8"),
        js=_LOADER,
    )
    mount(key=key, data={"base": base(), "pictures": drawing(found), "words": drawing_in_words(found)})


def unanswered(state: ExplorerState) -> None:
    """What the networks will be asked, where that can be drawn before."""
    if heavy.own(state) is not None:
        return
    try:
        found = _before(state.architecture, state.preset, state.seed)
    except ValueError as error:
        log.warning("%s", error)
        st.caption(wording.NOT_DRAWN.format(quote_reason(str(error))))
        return
    if found is not None:
        pictures(Pictures(found), "pictures_before")


@lru_cache(32)
def _before(architecture: str, preset: str, seed: int) -> Examples | None:
    return before(Check(Subject(architecture, preset), (Contestant(),), seeds=(seed,)))
