"""What every test run has in common: a cache of its own, and one torch thread per worker process."""

import os
import tempfile

import pytest

_cache = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module imports torch or ranp; child processes inherit it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Workers that each start a thread per core wait for one another more than they compute.
        os.environ["OMP_NUM_THREADS"] = "1"
    config.stash[_cache] = tempfile.TemporaryDirectory(prefix="ranp-tests-")
    os.environ["RANP_CACHE"] = config.stash[_cache].name


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_cache].cleanup()
