"""One HTML file: the live component, plotly.js, and a network's packets, all inline.

A content policy names no host, inline scripts by their hashes, and modules as ``data:`` addresses: the file loads
nothing and sends nothing. What keeps names and texts that somebody else chose from becoming scripts is not the policy,
which lets any module at such an address pass: they are escaped, or stand in JSON in which no tag begins.
"""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from explorer import ASSETS
from explorer.live import PLOTLY
from explorer.takeaway import wording
from explorer.takeaway.modules import PAGE, modules, named, styles
from explorer.takeaway.theme import theme
from explorer.units import count

MOST_BYTES = 24 * 2**20
"""Of a file: what browsers open at once, and mail still takes."""

_SIZE = "@size@"


@dataclass(frozen=True)
class Carried:
    """What the file holds of a network, and what it says above and below the charts: plain texts.

    ``data`` is what the live component takes, and ``packets`` are those that it names, by name.
    """

    title: str
    lead: str
    origin: str
    data: Mapping[str, Any]
    packets: Mapping[str, bytes]


def document(carried: Carried) -> bytes:
    """The file. ``ValueError`` where it has more than `MOST_BYTES`."""
    starting = f'import "{named(PAGE)}";'
    plotly = _script(PLOTLY.read_text(encoding="utf-8"))
    mapped = _quoted(json.dumps({"imports": modules()}))
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(mapped, plotly, starting)}">'
        f"<title>{escape(carried.title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="{_icon()}">'
        f"<style>{theme()}</style>{_styles()}"
        f'<script type="importmap">{mapped}</script></head><body><div class="take-page">'
        f"<header><h1>{escape(carried.title)}</h1><p>{escape(carried.lead)}</p>"
        '<p id="ranp-notice" role="status" hidden></p></header>'
        f'<main><h2 class="take-spoken">{escape(wording.CHARTS)}</h2>'
        f'<div id="ranp-root">{escape(wording.STARTING)}</div></main>'
        f"<footer><p>{escape(carried.origin)}</p><p>{escape(wording.size(_SIZE))}</p></footer></div>"
        f'<script type="application/json" id="ranp-data">{_quoted(json.dumps(dict(carried.data), allow_nan=False))}'
        f"</script>{''.join(_packet(name, content) for name, content in carried.packets.items())}"
        f'<script>{plotly}</script><script type="module">{starting}</script></body></html>\n'
    ).encode()
    if reason := refusal(len(page)):
        raise ValueError(reason)
    return page.replace(_SIZE.encode(), count(len(page), "B").encode(), 1)


def refusal(size: int) -> str | None:
    """Why a file of so many bytes is not written, if so."""
    return wording.too_large(count(size, "B"), count(MOST_BYTES, "B")) if size > MOST_BYTES else None


@cache
def shell_size() -> int:
    """How many bytes a file has that says nothing and has no packets."""
    return len(document(Carried("", "", "", {}, {})))


def packet_size(name: str, content: bytes) -> int:
    """How many bytes of a file a packet takes."""
    return len(_packet(name, content))


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src data: {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )


def _script(text: str) -> str:
    """A script as it may stand in a page: nothing in it ends or hides what follows."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", text.replace("\r\n", "\n"), flags=re.IGNORECASE)


def _quoted(text: str) -> str:
    """JSON in which no tag begins, and no line ends."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _styles() -> str:
    return "".join(f'<style data-styles="{name}">{text}</style>' for name, text in styles().items())


def _packet(name: str, content: bytes) -> str:
    text = base64.b64encode(gzip.compress(content, mtime=0)).decode("ascii")
    return f'<script type="application/octet-stream" data-packet="{escape(name)}">{text}</script>'


def _icon() -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode((ASSETS / 'favicon.svg').read_bytes()).decode('ascii')}"
