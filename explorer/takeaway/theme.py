"""The app's looks for a page without the app: its colours as the configuration has them, and Streamlit's typeface."""

import base64
import re
import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

from explorer import ASSETS

_CONFIG = ASSETS.parent / ".streamlit" / "config.toml"
_FONTS = Path(st.__file__).parent / "static" / "static" / "media"
_FACE = "SourceSansVF-Upright*.woff2"
"""Source Sans, which is under the SIL Open Font License."""


@cache
def theme() -> str:
    """A stylesheet of the variables that Streamlit would set, for the theme that the reader's machine prefers."""
    found = tomllib.loads(_CONFIG.read_text(encoding="utf-8"))["theme"]
    shared = {name: value for name, value in found.items() if isinstance(value, str)}
    light, dark = (_variables({**shared, **found[kind]}) for kind in ("light", "dark"))
    return f"{_face()}:root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _variables(settings: dict[str, str]) -> str:
    return " ".join(f"{variable(name)}: {value};" for name, value in settings.items())


def _face() -> str:
    """The typeface that the app's pages are laid out for; nothing where this Streamlit has another one."""
    found = next(iter(sorted(_FONTS.glob(_FACE))), None)
    if found is None:
        return ""
    address = f"data:font/woff2;base64,{base64.b64encode(found.read_bytes()).decode('ascii')}"
    return f'@font-face {{ font-family: "Source Sans"; font-weight: 200 900; src: url({address}) format("woff2"); }} '


def variable(name: str) -> str:
    """What Streamlit calls a setting of the theme in CSS.

    >>> variable("secondaryBackgroundColor")
    '--st-secondary-background-color'
    """
    return "--st-" + re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
