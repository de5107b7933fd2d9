"""The page script that every visit runs. `explorer.server` serves it, and with it what the live charts load.

A network of one's own comes after `--`: `streamlit run explorer/server.py -- --model package.module:factory --input
1x3x16x64x64`.
"""

import logging

import streamlit as st

from explorer import ASSETS, compare, counting, explore, export, learn, training, xray
from explorer.page import session

log = logging.getLogger("explorer")

PAGES = (
    st.Page(explore.page, title="Explore", icon=":material/tune:", default=True),
    st.Page(xray.page, title="X-ray", icon=":material/radiology:", url_path="xray"),
    st.Page(compare.page, title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    st.Page(training.page, title="Train check", icon=":material/model_training:", url_path="training"),
    st.Page(export.page, title="Export", icon=":material/download:", url_path="export"),
    st.Page(counting.page, title="Counting", icon=":material/calculate:", url_path="counting"),
    st.Page(learn.page, title="Learn", icon=":material/school:", url_path="learn"),
)


def run() -> None:
    """Show the chosen page. A visitor sees one sentence about what went wrong; the details go to the server's log."""
    st.set_page_config("RANP Explorer", ASSETS / "favicon.svg", layout="wide", initial_sidebar_state="collapsed")
    st.logo(ASSETS / "logo.svg", size="large")
    page = st.navigation(list(PAGES), position="top")
    try:
        page.run()
    except (ValueError, OSError) as error:
        log.warning("%s", error)
        st.error(str(error), icon=":material/error:")
    except Exception:
        log.exception("an error that nobody foresaw")
        st.error("Something went wrong on the server; its log says what. Reload the page to go on.")
    session.end()
    with st.container(key="touch"):
        st.components.v2.component("ranp_touch", js=(ASSETS / "touch.js").read_text(encoding="utf-8"))(key="scrolling")


run()
