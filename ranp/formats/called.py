"""A module whose function makes the small network from another package's class, for files that name what they build.

It needs torch and that package, and nothing of this library.
"""

from collections.abc import Mapping
from typing import Any

from torch import nn

from ranp.formats.pytorch import shrinking
from ranp.plan import Plan

_FUNCTION = '''

def small_network():
    """The smaller network with the weights that are left of a new full one; load those of a plan, or train it."""
    return shrink({name}(**{arguments!r}))
'''


def called(plan: Plan, model: nn.Module, module: str, name: str, arguments: Mapping[str, Any]) -> bytes:
    """The source of ``small_network()``; ``model`` is ``module.name(**arguments)``, on any device."""
    text = shrinking(
        plan, model, "in plain PyTorch", "small_network(), or shrink(model).", f"from {module} import {name}\n"
    )
    return (text + _FUNCTION.format(name=name, arguments=dict(arguments))).encode()
