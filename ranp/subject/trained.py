"""The checkpoint of a subject, found again where the subject has travelled to: the same file, by its hash."""

from functools import lru_cache
from pathlib import Path

from ranp.models import Checkpoint, checkpoint_title, read_checkpoint


def read_once(path: Path) -> Checkpoint:
    """`read_checkpoint`, remembered until the file changes or another one is read."""
    found = path.stat()
    return _read(path.resolve(), found.st_ino, found.st_size, found.st_mtime_ns)


def trained_weights(path: str, sha256: str) -> Checkpoint:
    """The weights in the file at ``path``.

    Raises ``ValueError`` where there is none on this machine, or another one, and for one that cannot be read.
    """
    wanted = checkpoint_title(Path(path).name, sha256)
    try:
        checkpoint = read_once(Path(path))
    except OSError as error:
        raise ValueError(f"the weights of {wanted} are not on this machine: there is no file {path}") from error
    if checkpoint.sha256 != sha256:
        raise ValueError(f"{path} has changed since: it was {wanted}, and is {checkpoint.title} now; bring it back")
    return checkpoint


@lru_cache(maxsize=1)
def _read(path: Path, *_: int) -> Checkpoint:
    return read_checkpoint(path)
