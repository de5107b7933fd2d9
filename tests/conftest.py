"""What every test run has in common: its own cache, one torch thread per worker, no leftover modules."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_FORGOTTEN = ("file", "count", "verify", "time", "table", "connections")
"""The first words of the keys of jobs that a page asks for and shows."""

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


@pytest.fixture(autouse=True)
def forget_modules_of_temporary_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A module that a test wrote and imported must not answer to the same name in the next test."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path_factory.getbasetemp()):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def forget_what_a_page_has_made() -> Iterator[None]:
    """Files, counts, times and measurements that one visitor asked for are shown to the next, who may be a test."""
    yield
    heavy = sys.modules.get("explorer.compute.heavy")
    if heavy is not None:
        for key in list(heavy.QUEUE._jobs):
            if key.split()[0] in _FORGOTTEN or " examples " in key:
                heavy.QUEUE.forget(key)
