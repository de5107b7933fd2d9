"""The user's own code: imported from ``package.module:name`` because the user typed it, and for no other reason."""

import importlib
import sys
from pathlib import Path
from typing import Any


def load_own(path: str) -> Any:
    """The object at ``package.module:name``, from installed packages or the current folder; this runs the module."""
    module_name, colon, attribute = path.partition(":")
    if not colon or not module_name or not attribute:
        raise ValueError(f"'{path}' is no import path; write it as package.module:name")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = importlib.import_module(module_name)
    except Exception as error:  # Whatever the user's module raises is the user's to mend.
        raise ValueError(
            f"cannot import '{module_name}' ({_told(error)}); run from its folder, or install it"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ValueError(f"the module '{module_name}' has no '{attribute}'; check the name after the colon")
        found = getattr(found, part)
    return found


def call_own(path: str, function: Any, *arguments: Any) -> Any:
    """What the user's function returns; a ``ValueError`` with its own words where it fails."""
    if not callable(function):
        raise ValueError(f"'{path}' must be a function, not {type(function).__name__}")
    try:
        return function(*arguments)
    except Exception as error:
        raise ValueError(f"'{path}' failed with {_told(error)}") from error


def _told(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
