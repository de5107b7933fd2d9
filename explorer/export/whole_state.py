"""Everything that a visitor has set, as one small file, and such a file read again: settings, pins, and what they gave.

What the file says is a stranger's: settings and pins are read by the rules of a link, and its hashes are only compared.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from explorer import compute
from explorer.compute import heavy
from explorer.export import wording
from explorer.state import (
    BESIDE,
    LINKED,
    SPELT,
    Choices,
    ExplorerState,
    Pin,
    decisive,
    from_query,
    needs_seconds,
    read_pins,
    write_pin,
)
from ranp.files import COUNT, NOTHING, TEXT, Schema, check, parse_json
from ranp.fingerprint import tensors_sha256
from ranp.selection import SETTINGS
from ranp.version import __version__

FORMAT, VERSION = "ranp-explorer-state", 1
MAX_BYTES = 2**20
MOST_SETTINGS = 2000
"""Pairs of a name and a text: a protected layer is one."""

_SCHEMA: Schema = {
    "format": TEXT,
    "version": COUNT,
    "made_with": TEXT,
    "settings": [[TEXT]],
    "pins": [TEXT],
    "weights_sha256": TEXT | NOTHING,
    "scores_sha256": TEXT | NOTHING,
    "masks_sha256": TEXT,
}
_NAMED = "saved state"
"""What sentences call the file."""


@dataclass(frozen=True)
class Kept:
    """What a file says: the state, the pins by name, what made no sense in sentences, and its hashes by name."""

    state: ExplorerState
    pins: Sequence[tuple[str, ExplorerState]]
    notices: Sequence[str]
    hashes: Mapping[str, str | None]


def write(state: ExplorerState, pins: Sequence[Pin], choices: Choices) -> bytes:
    """The file, with all pins. Needs the trace, and the importance where the method ranks by it."""
    settings = [(name, str(getattr(state, name))) for name in ("architecture", "preset", *BESIDE)]
    settings += [(SPELT[name], text) for name in LINKED for text in SETTINGS[name].form.write(getattr(state, name))]
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_with": f"RANP Explorer {__version__}",
        "settings": settings,
        "pins": [write_pin(pin, choices) for pin in pins],
        **hashes(state),
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def hashes(state: ExplorerState) -> dict[str, str | None]:
    """SHA-256 of the weights, of the scores where the method ranks by importance, and of the masks of the plan."""
    return _hashes(decisive(state), heavy.own(state))


@lru_cache(maxsize=32)
def _hashes(state: ExplorerState, _own: compute.Own | None) -> dict[str, str | None]:
    plan, scored = compute.plan(state), compute.needs_importance(state)
    return {
        "weights_sha256": plan.provenance.weights_sha256,
        "scores_sha256": tensors_sha256(heavy.scoring(state).result().scores) if scored else None,
        "masks_sha256": tensors_sha256(plan.kept),
    }


def is_one(content: bytes) -> bool:
    """Whether an upload is meant as such a file."""
    return content[:1] == b"{" and f'"{FORMAT}"'.encode() in content[:200]


def read(content: bytes, choices: Choices) -> Kept:
    """What the file says; ``ValueError`` with a sentence where it is none, or of a version that is not known here."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"a saved state has at most {MAX_BYTES >> 20} MB; save it again")
    found: dict[str, Any] = parse_json(content, f"the {_NAMED}")
    check(found, _SCHEMA, f"the {_NAMED}")
    if found["format"] != FORMAT:
        raise ValueError(f"'format' of the {_NAMED} is {found['format'][:40]!r}, not '{FORMAT}'; save it again")
    if found["version"] != VERSION:
        raise ValueError(
            f"the saved state has version {found['version']}, this explorer reads {VERSION}; save it again"
        )
    pairs = found["settings"]
    if len(pairs) > MOST_SETTINGS or any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"'settings' of the saved state must be at most {MOST_SETTINGS} pairs of texts; save it again")
    query: dict[str, list[str]] = {}
    for name, text in pairs:
        query.setdefault(name, []).append(text)
    state, notices = from_query(query, choices, source=_NAMED)
    pins, more = read_pins(found["pins"], choices, _NAMED, MAX_BYTES, MOST_SETTINGS)
    return Kept(state, pins, [*notices, *more], {name: found[name] for name in _SCHEMA if name.endswith("sha256")})


def compared(kept: Kept, present: ExplorerState) -> str | None:
    """Whether the present plan is the one that was saved, in a sentence; nothing where other settings are shown.

    A file names no time table, so that a plan of seconds is compared whichever prices it here.
    """
    if decisive(kept.state) != replace(decisive(present), table=""):
        return None
    here = hashes(present)
    differing = [wording.HASHED[name] for name, value in kept.hashes.items() if here[name] != value]
    return wording.differing(differing, needs_seconds(present)) if differing else wording.SAME_STATE
