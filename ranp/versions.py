"""The versions that results of training hang on."""

import platform

import numpy
import torch

from ranp.version import __version__


def versions() -> dict[str, str]:
    """Of the library, of what it computes with, and of Python."""
    return {
        "ranp": __version__,
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
