"""What binds a method's plan and not the best widths: the search knows limits of the whole network, and no others."""

from collections.abc import Mapping

from ranp.selection.settings import NEVER_EMPTY, SETTINGS

UNHELD = ("protect", "caps", "widths", "equal_widths", "min_neurons", "multiple")
"""Settings of how many neurons a layer keeps, which `optimal_allocation` does not look at."""


def unheld(given: Mapping[str, object]) -> tuple[str, ...]:
    """Those of `UNHELD` that are set, by settings of which None stands for the default.

    One channel of everything is kept in any case.

    >>> unheld({"protect": ("conv1",), "min_neurons": 1, "multiple": None})
    ('protect',)
    """
    return tuple(
        name
        for name in UNHELD
        if (value := given.get(name)) and value not in (SETTINGS[name].default, NEVER_EMPTY.get(name))
    )
