"""Colours for the light and the dark theme; the meaning of each is the same in both.

Okabe and Ito's ("Color Universal Design", 2008), which stay apart for colour-blind readers, lightened for the dark
theme. Whatever differs in colour differs in shape, dash or pattern too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours for one theme. The meaning of each is the same in both."""

    kept: str
    removed: str
    held: str
    warning: str
    macs: str
    activations: str
    params: str
    peak: str
    seconds: str
    band: str
    empty_bar: str
    text: str
    failing: str


LIGHT = Palette(
    kept="#0072B2",
    removed="#B8BCC2",
    held="#56B4E9",
    warning="#D55E00",
    macs="#0072B2",
    activations="#D55E00",
    params="#009E73",
    peak="#A8578A",
    seconds="#8A6500",
    band="rgba(90, 100, 120, 0.07)",
    empty_bar="#E4E6E9",
    text="#31333F",
    failing="rgba(213, 94, 0, 0.13)",
)
DARK = Palette(
    kept="#56B4E9",
    removed="#6B7078",
    held="#B5DDF5",
    warning="#F08A3C",
    macs="#56B4E9",
    activations="#F08A3C",
    params="#2CC295",
    peak="#D98CBB",
    seconds="#E9B949",
    band="rgba(200, 210, 230, 0.06)",
    empty_bar="#31363D",
    text="#E6E8EC",
    failing="rgba(240, 138, 60, 0.13)",
)
