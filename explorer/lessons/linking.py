"""From a figure to the app: the address at which the explorer shows the same state."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from explorer import compute
from explorer.compute import OWN
from explorer.state import ArchitectureChoice, PresetChoice, default_state, settle, to_query
from ranp.selection import DEFAULT_SPARSITY, PruningConfig

APP = "http://127.0.0.1:8501"
"""Where `make app` listens."""

_GIVEN = ArchitectureChoice("", "", {OWN: PresetChoice("", "", DEFAULT_SPARSITY, PruningConfig().lam)})


def explorer_link(architecture: str, preset: str = "", page: str = "", address: str = APP, **settings: Any) -> str:
    """A link that opens the explorer on this network with these settings, fields of `explorer.state.ExplorerState`.

    ``own`` is the network that the app was started with. `page` is the page's address, such as ``compare``; empty for
    the charts. `address` is where the app listens.

    >>> explorer_link("unet3d", sparsity=0.25, method="ranp-m")
    'http://127.0.0.1:8501/?method=ranp-m&sparsity=0.25'
    """
    choices = compute.choices()
    if architecture == OWN:
        choices = replace(choices, architectures={OWN: _GIVEN, **choices.architectures})
    default = default_state(choices, architecture, preset or (OWN if architecture == OWN else "classroom"))
    unknown = sorted(settings.keys() - vars(default).keys())
    if unknown:
        raise ValueError(f"the explorer has no setting {unknown[0]!r}; it has {', '.join(vars(default))}")
    state = settle(type(default)(**{**vars(default), **settings}))
    query = urlencode(to_query(state, choices), doseq=True)
    return f"{address.rstrip('/')}/{page}" + (f"?{query}" if query else "")
