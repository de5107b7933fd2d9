"""What whoever starts the app may set about its visitors, as options of `ranp app` and in the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One number: where it is read, what it is without, and what it bounds."""

    variable: str
    default: int
    bounds: str


LIMITS = {
    "computations": Limit("RANP_COMPUTATIONS", 64, "computations that may wait; half of them from one address"),
    "computations_each": Limit("RANP_COMPUTATIONS_EACH", 6, "computations of one visitor, over all tabs"),
    "checks_each": Limit("RANP_CHECKS_EACH", 3, "training checks of one visitor that may wait or run, over all tabs"),
    "expire_minutes": Limit("RANP_EXPIRE_MINUTES", 120, "minutes after which a check waits no longer for who has left"),
    "uploads_mb": Limit("RANP_UPLOADS_MB", 512, "megabytes of uploads of everybody that are kept"),
}
EMBED = "RANP_EMBED"
"""The sites that may show the app in a frame, with spaces between them."""

_ORIGIN = re.compile(r"https?://[a-z0-9*]([a-z0-9.\-]*[a-z0-9])?(:\d{1,5})?")


def read_limit(name: str, environment: Mapping[str, str]) -> int:
    """The limit that the environment sets, or its default; `ValueError` where it is no whole number of at least 1."""
    limit = LIMITS[name]
    text = environment.get(limit.variable, "").strip() or str(limit.default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**6):
        raise ValueError(f"{limit.variable} must be a whole number between 1 and 999999, not '{text}'")
    return int(text)


def read_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The sites that may show the app in a frame; `ValueError` for one that is no origin.

    >>> read_origins({"RANP_EMBED": "https://moodle.example.org"})
    ('https://moodle.example.org',)
    """
    origins = tuple(environment.get(EMBED, "").lower().split())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"'{origin}' cannot be allowed to show the app in a frame; give scheme, host and port alone, such as "
                "https://moodle.example.org"
            )
    return origins
