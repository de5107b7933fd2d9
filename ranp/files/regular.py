"""Which places are read from and written to: regular files, and nothing that only looks like one.

A device, a FIFO or a socket has a name as a file has. Reading one may wait for ever, or fill the memory; opening one
may do something to a machine; and who renames a file over one destroys it. A link counts as what it leads to: where
files come from somebody else, and where one is written, it must not lead out of its folder.
"""

import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO

_KINDS = (
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a FIFO (a pipe with a name)"),
    (stat.S_ISSOCK, "a socket"),
)
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_regular(path: Path) -> BufferedReader:
    """The file at ``path``, to read bytes from.

    It is looked at before it is opened, since opening is enough to wait at a FIFO or to move a tape, and once more when
    it is open, since it may have been exchanged in between. Raises ``FileNotFoundError`` where there is nothing, and
    ``ValueError`` where there is something else than a file.
    """
    check_regular(path)
    return os.fdopen(_same_kind(os.open(path, _READING), path), "rb")


def open_to_append(path: Path) -> BinaryIO:
    """The file at ``path``, new where there is none, to write at its end; ``ValueError`` where it is no file."""
    check_writable(path)
    return os.fdopen(_same_kind(os.open(path, _APPENDING, 0o666), path), "ab")


def check_regular(path: Path) -> None:
    """Raise what `open_regular` raises: for readers of other libraries, which open what they are told to."""
    _check_mode(path.stat().st_mode, path)


def check_writable(path: Path) -> Path:
    """Where to write what is to lie at ``path``: there, or at the file in the same folder that a link there leads to.

    Raises ``ValueError`` where something lies that is no file, or a link that leads out of its folder.
    """
    place = linked(path)
    if place.exists():
        _check_mode(place.stat().st_mode, path)
    return place


def make_folder_of(path: Path) -> None:
    """Make the folder that ``path`` is to lie in; ``ValueError`` where a file stands in its place."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{path} cannot be written: {error.filename} is no folder; name a place in one") from error


def linked(path: Path) -> Path:
    """What a link at ``path`` leads to, and ``path`` where it is none; ``ValueError`` where it leads out of its folder.

    The folders above may be links: whoever named the place chose them.
    """
    if not path.is_symlink():
        return path
    place = _followed(path)
    if place.parent != path.parent.resolve():
        raise ValueError(f"{path} is a link that leads out of its folder; name the place that it leads to ({place})")
    return place


def check_inside(path: Path, folder: Path) -> None:
    """Raise ``ValueError`` where links make of ``path``, which came with ``folder``, a file that lies elsewhere."""
    if not _followed(path).is_relative_to(folder.resolve()):
        raise ValueError(f"{path} is a link that leads out of {folder}; put the file itself there")


def read_regular(path: Path, limit: int) -> bytes:
    """The content of the file at ``path``; ``ValueError`` where it has more than ``limit`` bytes or is no file."""
    with open_regular(path) as file:
        return read_limited(file, os.fstat(file.fileno()).st_size, limit, str(path))


def read_limited(file: IO[bytes], size: int, limit: int, name: str) -> bytes:
    """All bytes of an open file that says that it has ``size`` of them; ``name`` stands in messages.

    No more memory is asked for than the file says that it fills, however large the limit. Raises ``ValueError`` where
    it has more than ``limit`` bytes, or more than it says.
    """
    if size > limit:
        raise ValueError(f"{name} has {size:,} bytes, more than the {limit:,} that such a file may have")
    content = file.read(size + 1)
    if len(content) > size:
        raise ValueError(f"{name} grew while it was read; wait until it is written, and try again")
    return content


def _same_kind(descriptor: int, path: Path) -> int:
    try:
        _check_mode(os.fstat(descriptor).st_mode, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_mode(mode: int, path: Path) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise ValueError(f"{path} is a folder, where a file is expected; give the name of a file")
    kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "neither a file nor a folder")
    raise ValueError(f"{path} is {kind}, which is neither read nor replaced; give the name of a file")


def _followed(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # links that lead to each other
        raise ValueError(f"{path} is a link that leads nowhere; give the file itself") from error
