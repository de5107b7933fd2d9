"""The user's own code: imported from ``package.module:name`` because the user typed it, and for no other reason.

What may be imported is said by the arguments of the command that started this process, and by nothing else: `allow` is
called there. A plan, a link or a job of the queue may name code too, but `load_own` refuses what is not allowed.
"""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from ranp.own import told

_allowed: set[str] = set()


class OwnCodeError(ValueError):
    """The user's code cannot be run, or does not give what is asked of it; says so in a sentence."""


def allow(paths: Iterable[str | None]) -> None:
    """Let this process import these: ``package.module:name``, all of ``package.module``, or all below ``package``."""
    _allowed.update(path for path in paths if path)


def allowed() -> tuple[str, ...]:
    """What this process may import, in the way of `allow`."""
    return tuple(sorted(_allowed))


def is_allowed(path: str) -> bool:
    """Whether the person who started this process named this import path, its module, or a package above it."""
    module = path.partition(":")[0]
    parts = module.split(".")
    return path in _allowed or any(".".join(parts[:count]) in _allowed for count in range(1, len(parts) + 1))


def check_path(path: str) -> None:
    """Raise ``ValueError`` unless this can be an import path; nothing is imported."""
    module, colon, attribute = path.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise ValueError(f"'{path}' is no import path; write it as package.module:name")


def lacking(paths: Iterable[str]) -> str | None:
    """Why this process cannot run code at these paths, in a sentence: not named, or not installed; None where it can.

    A module that is there and breaks when it is imported is not lacking: whoever runs it is told what breaks.
    """
    paths = tuple(paths)
    for path in paths:
        if not is_allowed(path):
            module = path.partition(":")[0]
            return f"it was not told to run '{path}'; start one with --allow {module}"
    for path in paths:
        module = path.partition(":")[0]
        try:
            _import(module)
        except ModuleNotFoundError as error:
            return f"the module '{error.name or module}', which '{path}' needs, is not installed there"
        except BaseException as error:  # met again, and told, by whoever runs the code
            if isinstance(error, KeyboardInterrupt):
                raise
    return None


def load_own(path: str) -> Any:
    """The object at ``package.module:name``, from installed packages or the current folder; this runs the module."""
    check_path(path)
    module_name, _, attribute = path.partition(":")
    if not is_allowed(path):
        raise OwnCodeError(
            f"the code '{path}' is not run, since it was not named when this process was started; if you trust it, "
            f"start with --allow {module_name}, or with --model, --data or --loss that name it"
        )
    try:
        found = _import(module_name)
    except (Exception, SystemExit) as error:  # Whatever the user's module raises is the user's to mend.
        raise OwnCodeError(
            f"cannot import '{module_name}' ({told(error)}); run from its folder, or install it"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise OwnCodeError(f"the module '{module_name}' has no '{attribute}'; check the name after the colon")
        found = getattr(found, part)
    return found


def call_own(path: str, function: Any, *arguments: Any, **named: Any) -> Any:
    """What the user's function returns; a ``ValueError`` with its own words where it fails."""
    if not callable(function):
        raise OwnCodeError(f"'{path}' must be a function, not {type(function).__name__}")
    if wanted := unmet(function, arguments, named):
        given = "without arguments" if not arguments else f"with {len(arguments)} of them"
        raise OwnCodeError(
            f"'{path}' needs the argument {wanted}, and is called {given}; name a function that asks for no more"
        )
    with guarded(path):
        return function(*arguments, **named)


@contextmanager
def guarded(path: str) -> Iterator[None]:
    """Say in a sentence what the user's code raises, `SystemExit` too; lack of memory is told from its mistakes."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, OwnCodeError):
        raise
    except (Exception, SystemExit) as error:
        if "can't allocate memory" in str(error):
            raise
        raise OwnCodeError(f"'{path}' failed with {told(error)}") from error


def source_files(paths: Iterable[str]) -> dict[str, Path]:
    """Module -> file of its source text, of those import paths ``package.module:name`` whose modules have one."""
    found = {}
    for module in sorted({path.partition(":")[0] for path in paths if is_allowed(path)}):
        _look_here()
        try:
            spec = importlib.util.find_spec(module)
        except (Exception, SystemExit):  # of a package above it, which is imported for this; who runs the code is told
            continue
        if spec is not None and spec.origin is not None and Path(spec.origin).is_file():
            found[module] = Path(spec.origin)
    return found


def code_hashes(paths: Iterable[str]) -> dict[str, str]:
    """Module -> the hash of its source text, as `source_files`."""
    return {module: sha256(file.read_bytes()).hexdigest() for module, file in source_files(paths).items()}


def takes(function: Any, name: str) -> bool:
    """Whether the function has a parameter of this name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # code that says nothing of its arguments
        return False


def _import(module: str) -> Any:
    _look_here()
    return importlib.import_module(module)


def _look_here() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()  # a worker lives long, and what it lacked may have come since


def unmet(
    function: Callable[..., Any], arguments: tuple[Any, ...] = (), named: Mapping[str, Any] = MappingProxyType({})
) -> str | None:
    """The first argument that the function asks for and is not given."""
    try:
        signature = inspect.signature(function)
        bound = signature.bind_partial(*arguments, **named)
    except (TypeError, ValueError):  # code that says nothing of its arguments, or takes others
        return None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for name, parameter in signature.parameters.items():
        if name not in bound.arguments and parameter.default is parameter.empty and parameter.kind not in kinds:
            return f"'{name}'"
    return None
