"""Rules of ties: whose masks decide whether a tied channel stays.

Three come with the library. A rule of one's own is a function ``(votes, layers) -> stays``: ``votes`` holds a bool for
each tied channel and each of its neurons, ``(channels, neurons)``, True where selection keeps the neuron; ``layers``
names the layer of each neuron, ``(neurons,)``; what comes back is a bool for each channel. Channels that are tied to
the same layers come at once. A channel of whose neurons all stay must stay, and one of which none does must go; and
what has gone must not come back as fewer neurons are kept.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ranp.graph.labels import LabelVector
from ranp.own import is_name, name_of, refused, running

CouplingRule = Callable[[Tensor, tuple[str, ...]], Tensor]
Coupling = Literal["any", "paper", "all"] | CouplingRule
COUPLINGS: dict[str, str] = {
    "any": "a tied channel stays if any of its neurons is kept (the paper's maximum)",
    "paper": "as any, but depthwise layers pass channels on and have no say (as in the original code)",
    "all": "a tied channel stays only if all of its neurons are kept (the paper's minimum)",
}


def check_coupling(coupling: Coupling | str) -> None:
    """Raise ``ValueError`` unless this is the name of a rule, or a rule."""
    if callable(coupling) or coupling in COUPLINGS:
        return
    if is_name(coupling):
        raise refused("coupling", coupling)
    choices = ", ".join(repr(name) for name in COUPLINGS)
    raise ValueError(f"expected coupling {choices}, or a function of (votes, layers), got {coupling!r}")


class Ties:
    """The tied channels of a graph, by the layers that they are tied to.

    ``unit`` is the unit of each neuron of all layers, and ``layer_of`` the name of its layer.
    """

    def __init__(self, unit: LabelVector, layer_of: Sequence[str]) -> None:
        order = np.argsort(unit, kind="stable")
        starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
        groups: dict[tuple[str, ...], list[LabelVector]] = {}
        for members in np.split(order, starts[1:]):
            if len(members) > 1 and unit[members[0]] > 0:
                groups.setdefault(tuple(layer_of[member] for member in members), []).append(members)
        self._groups = [(layers, np.stack(members)) for layers, members in groups.items()]
        self._unit = unit

    def decided(self, rule: CouplingRule, flat: LabelVector, units: LabelVector) -> LabelVector:
        """Each unit's lifetime by the rule, of lifetimes by neuron; ``units`` holds those that nothing is tied to.

        Votes change only where a neuron's life ends, so the rule is asked once between any two ends.
        """
        found = units.copy()
        for layers, members in self._groups:
            lives = flat[members]
            ends = np.sort(lives, axis=1)
            before = _asked(rule, np.ones_like(lives, dtype=np.bool_), layers)
            _check_unanimous(rule, before, True, layers)
            total = ends[:, 0].copy()
            for place in range(ends.shape[1]):
                now = _asked(rule, lives > ends[:, place : place + 1], layers)
                last = place + 1 == ends.shape[1]
                if last:
                    _check_unanimous(rule, now, False, layers)
                elif bool((now & ~before).any()):
                    raise ValueError(
                        f"the coupling '{name_of(rule)}' drops a channel of {_listed(layers)} and takes it back when "
                        "fewer of its neurons are kept; fewer votes must not save a channel"
                    )
                else:
                    total += np.where(now, ends[:, place + 1] - ends[:, place], 0)
                before = now
            found[self._unit[members[:, 0]]] = total
        return found


def _asked(rule: CouplingRule, votes: NDArray[np.bool_], layers: tuple[str, ...]) -> NDArray[np.bool_]:
    with running("coupling", rule):
        answer = rule(torch.from_numpy(votes.copy()), layers)
    if not isinstance(answer, Tensor) or answer.dtype != torch.bool or tuple(answer.shape) != (len(votes),):
        got = f"{list(answer.shape)} of {answer.dtype}" if isinstance(answer, Tensor) else type(answer).__name__
        raise ValueError(
            f"the coupling '{name_of(rule)}' must return one bool for each of the {len(votes)} tied channels, a tensor "
            f"[{len(votes)}] of torch.bool, not {got}"
        )
    stays: NDArray[np.bool_] = answer.numpy(force=True)
    return stays


def _check_unanimous(rule: CouplingRule, stays: NDArray[np.bool_], votes: bool, layers: tuple[str, ...]) -> None:
    if bool((stays != votes).any()):
        what = "drops a channel all of whose neurons are kept" if votes else "keeps a channel none of whose neurons is"
        raise ValueError(
            f"the coupling '{name_of(rule)}' {what} (of {_listed(layers)}); where all agree it must follow"
        )


def _listed(layers: tuple[str, ...], most: int = 4) -> str:
    rest = f" and {len(layers) - most} more" if len(layers) > most else ""
    return ", ".join(f"'{name}'" for name in layers[:most]) + rest
