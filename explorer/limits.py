"""How much of the machine a visitor may have: set by the operator, in the environment, which `ranp app` fills."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ranp.operator_limits import LIMITS, read_limit, read_origins


@dataclass(frozen=True)
class Limits:
    """Counts of jobs and checks, megabytes of uploads, minutes; and the sites that may show the app in a frame."""

    computations: int
    computations_each: int
    checks_each: int
    expire_minutes: int
    uploads_mb: int
    embed: tuple[str, ...]


def read_limits(environment: Mapping[str, str]) -> Limits:
    """The limits that the environment sets, the defaults for the others; `ValueError` names what makes no sense.

    >>> read_limits({"RANP_COMPUTATIONS": "8"}).computations
    8
    """
    found = {name: read_limit(name, environment) for name in LIMITS}
    return Limits(**found, embed=read_origins(environment))


LIMITS_HERE = read_limits(os.environ)
