"""Functions of the user's own where the library has a choice of its own: how they are named, in plans and in sentences.

A plan records such a function by its name and never by its code: `named` tells a name from the library's own ones, and
who wants to use it again passes the function again.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_NAME = re.compile(r"[^\s:]{1,200}:[^\s:]{1,200}")


def name_of(function: Any) -> str:
    """``module:name`` of a function, a class or an object of a class.

    >>> name_of(len), name_of(re.compile)
    ('builtins:len', 're:compile')
    """
    named = function if hasattr(function, "__qualname__") else type(function)
    return re.sub(r"[\s:]", "", str(named.__module__))[:200] + ":" + re.sub(r"[\s:]", "", named.__qualname__)[:200]


def is_name(text: Any) -> bool:
    """Whether this can be what `name_of` says.

    >>> is_name("mine:rule"), is_name("mpmg")
    (True, False)
    """
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def refused(what: str, name: str) -> ValueError:
    """The error where a name stands and the function is needed."""
    return ValueError(
        f"the {what} '{name}' is code of somebody's own, named by a plan and not part of it; pass the function itself"
    )


def told(error: BaseException) -> str:
    """An exception's name and the first line of what it says.

    >>> told(KeyError("x")), told(MemoryError())
    ("KeyError: 'x'", 'MemoryError')
    """
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@contextmanager
def running(what: str, function: Callable[..., Any]) -> Iterator[None]:
    """Say in a sentence what the function raises."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"the {what} '{name_of(function)}' failed with {told(error)}") from error
