"""One figure on a page: in the colours of the visitor's theme, with its words for who does not see it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer import charts

CONFIG = {"displayModeBar": False, "responsive": True}


def colours() -> charts.Palette:
    """The palette of the theme that the visitor sees."""
    return charts.DARK if st.context.theme.type == "dark" else charts.LIGHT


def picture(draw: Callable[[charts.Palette], charts.Figure], words: str, key: str) -> None:
    """Draw the figure."""
    st.plotly_chart(draw(colours()), config=CONFIG, alt=words, key=key)


def clickable(draw: Callable[[charts.Palette], charts.Figure], words: str, key: str) -> list[dict[str, Any]]:
    """Draw the figure; the points that were clicked."""
    event = st.plotly_chart(
        draw(colours()), config=CONFIG, alt=words, key=key, on_select="rerun", selection_mode="points"
    )
    found: list[dict[str, Any]] = event["selection"]["points"]
    return found
