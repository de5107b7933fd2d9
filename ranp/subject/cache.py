"""Scores on disk, so that they are computed once.

A file's name is the hash of everything that its scores depend on (see ``ranp.subject.scoring``): a different ingredient
is a different file, and nothing is ever invalidated. The folder is ``RANP_CACHE``, else ``~/.cache/ranp``; it may be
deleted at any time, and where it cannot be written the scores are computed each time.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from ranp.files import check_writable, read_tensors, write_tensors
from ranp.types import Scores

log = logging.getLogger(__name__)

KEY = "ranp.key"
MAX_SCORE_BYTES = 2**30


def cache_root() -> Path:
    """Folder of the cache: ``RANP_CACHE``, or ``XDG_CACHE_HOME/ranp``, or ``~/.cache/ranp``."""
    if chosen := os.environ.get("RANP_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ranp"


def cached_scores(key: str, compute: Callable[[], Scores], root: Path | None = None) -> Scores:
    """Scores stored under ``key``, computed and stored where they are missing.

    Two processes that ask for the same key at once compute once: the second waits. A file that is cut, altered or of
    another key is computed again. A folder that cannot be written costs a warning, not the result.

    >>> import tempfile, torch
    >>> folder = Path(tempfile.mkdtemp())
    >>> scores = cached_scores("0" * 64, lambda: {"conv": torch.ones(3)}, root=folder)
    >>> cached_scores("0" * 64, lambda: 1 / 0, root=folder)
    {'conv': tensor([1., 1., 1.])}
    """
    path = _path(key, root)
    scores = _read(path, key)
    if scores is not None:
        return scores
    try:
        lock = _acquire(path)
    except (OSError, ValueError, NotImplementedError) as error:
        log.warning("the cache folder %s cannot be used (%s); these scores are not stored", path.parent, error)
        return compute()
    try:
        scores = _read(path, key)  # Another process may have stored them while this one waited.
        if scores is None:
            scores = compute()
            _write(path, key, scores)
        return scores
    finally:
        lock.release()


def is_cached(key: str, root: Path | None = None) -> bool:
    """Whether a whole file of scores is stored under ``key``."""
    return _read(_path(key, root), key) is not None


def _path(key: str, root: Path | None) -> Path:
    return (root or cache_root()) / "scores" / f"{key}.safetensors"


def _acquire(path: Path) -> FileLock:
    """The lock, taken once: a `with` statement would take it again, and leave it to be freed with the object."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(check_writable(path.with_suffix(".lock")))
    try:
        lock.acquire(timeout=1)
    except Timeout:
        log.info("another process computes the same scores; waiting for it")
        lock.acquire()
    return lock


def _read(path: Path, key: str) -> Scores | None:
    try:
        scores, metadata = read_tensors(path, MAX_SCORE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        log.warning("cached scores are not used and will be computed again: %s", error)
        return None
    return scores if metadata.get(KEY) == key else None


def _write(path: Path, key: str, scores: Scores) -> None:
    # What a killed process left behind; the lock says that nobody writes this key now.
    try:
        for leftover in path.parent.glob(f".{path.name}.*.tmp"):
            leftover.unlink(missing_ok=True)
        write_tensors(path, scores, {KEY: key})
    except (OSError, ValueError) as error:
        log.warning("the scores could not be stored in %s (%s)", path.parent, error)
