"""What a network raised while it ran, in words: in which of its modules, and whether that checks what it is given.

The frames of the error say so: the innermost that belongs to a module names it, and where the innermost of all is a
``raise`` or an ``assert`` of the network's own code, that is a check, no operation that failed.
"""

import dis
import linecache
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import torch
from torch import nn

_LIBRARIES = (str(Path(torch.__file__).parent), str(Path(__file__).parents[1]))
_CHECKS_OF_TORCH = ("_assert", "_check")
"""How the functions of PyTorch begin that raise for those who call them."""


@dataclass(frozen=True)
class Raised:
    """An error of a network that runs where it has all of its channels.

    ``where`` is the path of the innermost module whose code raised, empty for the network itself; ``what`` the error's
    first line, or the line of code where it has none; ``checked`` whether that code raised by itself, ``by_operation``
    whether an operation of PyTorch failed.
    """

    where: str
    what: str
    checked: bool
    by_operation: bool

    def __str__(self) -> str:
        place = f"'{self.where}'" if self.where else "the network itself"
        does = "checks the number of its channels" if self.checked else "does not run on fewer channels"
        return f"{place} {does} ({self.what})"

    @property
    def said(self) -> str:
        """What it said, and the module, where it is not the network itself."""
        return f"{self.what} (in '{self.where}')" if self.where else self.what

    def alike(self, where: str) -> "Raised":
        """What another module of the same class would raise."""
        return self if where == self.where else replace(self, where=where, what=f"as '{self.where}' does")


def raised_by(error: BaseException, model: nn.Module) -> Raised:
    """Where in ``model``, which was called, ``error`` arose."""
    paths = {id(module): path for path, module in model.named_modules()}
    where, steps = "", []
    step = error.__traceback__
    while step is not None:
        where = paths.get(id(step.tb_frame.f_locals.get("self")), where)
        steps.append(step)
        step = step.tb_next
    if not steps:
        return Raised(where, first_line(error), checked=False, by_operation=False)
    asserted = _asserts_for_others(steps[-1])
    while asserted and len(steps) > 1 and _file(steps[-1]).startswith(_LIBRARIES):
        steps.pop()
    last = steps[-1]
    by_operation = _file(last).startswith(_LIBRARIES)
    checked = not by_operation and (asserted or _raises(last))
    code = linecache.getline(_file(last), last.tb_lineno).strip()
    return Raised(where, code if code and not str(error).strip() else first_line(error), checked, by_operation)


def first_line(error: BaseException) -> str:
    """The part of an error message that a person needs."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _file(step: TracebackType) -> str:
    return step.tb_frame.f_code.co_filename


def _asserts_for_others(step: TracebackType) -> bool:
    return _file(step).startswith(_LIBRARIES[0]) and step.tb_frame.f_code.co_name.startswith(_CHECKS_OF_TORCH)


def _raises(step: TracebackType) -> bool:
    """Whether what failed there is a ``raise`` or an ``assert``."""
    return dis.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] == "RAISE_VARARGS"
