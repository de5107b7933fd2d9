"""What is installed on request only, and the sentence where it is missing.

`pip install ranp-explorer` brings the library and the command line. A package that few calls need belongs to an extra
(`pyproject.toml` lists them), is imported where it is used, and within `extra`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

_PACKAGES = {"PIL": "pillow", "dynamic_network_architectures": "dynamic-network-architectures"}
"""Modules that are called otherwise than the package that brings them."""


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Import what the extra ``name`` brings; ``ValueError`` of one sentence where it is not installed.

    >>> with extra("data", "reading holograms"):
    ...     import holograms
    Traceback (most recent call last):
    ValueError: reading holograms needs holograms, which is not installed; run pip install 'ranp-explorer[data]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = str(error.name).partition(".")[0]
        raise ValueError(missing(name, purpose, [_PACKAGES.get(module, module)])) from error


def require(name: str, purpose: str, modules: Iterable[str]) -> None:
    """``ValueError`` of one sentence where a module that the extra ``name`` brings is not installed; imports none.

    >>> require("data", "reading holograms", ["holograms"])
    Traceback (most recent call last):
    ValueError: reading holograms needs holograms, which is not installed; run pip install 'ranp-explorer[data]'
    """
    if absent := [_PACKAGES.get(module, module) for module in modules if find_spec(module) is None]:
        raise ValueError(missing(name, purpose, absent))


def missing(name: str, purpose: str, packages: list[str]) -> str:
    """What to say where ``packages`` of the extra ``name`` are missing. pip knows our name where we are installed.

    >>> missing("onnx", "ONNX", ["onnx", "onnxscript"])
    "ONNX needs onnx and onnxscript, which are not installed; run pip install 'ranp-explorer[onnx]'"
    """
    verb = "is" if len(packages) == 1 else "are"
    listed = " and ".join([", ".join(packages[:-1]), packages[-1]] if packages[1:] else packages)
    return f"{purpose} needs {listed}, which {verb} not installed; run pip install 'ranp-explorer[{name}]'"
