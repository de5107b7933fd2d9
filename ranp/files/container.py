"""A folder or a zip of a few files with known names: written whole or not at all, read without trust.

What is read may come from a stranger: only the expected names are opened, nothing is unpacked to the disk, and no file
may be larger, unpacked, than its limit.
"""

import io
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import BinaryIO

from ranp.files.regular import (
    check_inside,
    check_writable,
    linked,
    make_folder_of,
    open_regular,
    read_limited,
    read_regular,
)
from ranp.files.tensors import clear_leftovers, naming, temporary_name, write_atomically

SizeLimits = Mapping[str, int]
"""File name -> the most bytes that it may have."""

MAX_ENTRIES = 20_000
"""Of a zip. Each takes 46 bytes of the file, and of memory twenty times as many."""

SMALL = 128 * 2**20
MAX_FOLD = 50
"""A zip may unpack to ``SMALL`` bytes, or to so many times its own size where that is more: weights pack badly."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, NotImplementedError, RuntimeError)
"""What Python's reader of zips raises at bytes that are none, besides ``ValueError``."""


def write_files(path: Path, files: Mapping[str, bytes], known: SizeLimits) -> None:
    """Write ``files`` to the zip ``path`` if it ends in ``.zip``, else to the folder ``path``, replacing an older one.

    A process that is killed on the way leaves the old folder or the new one to `read_files`, and perhaps a hidden one
    that ends in ``.tmp``. Raises ``ValueError`` where a folder of that name holds anything but ``known`` files: it is
    somebody else's.
    """
    check_replaceable(path, known)
    path = linked(path).resolve()
    make_folder_of(path)
    if is_zip(path):
        write_atomically(path, zip_bytes(files))
        return
    clear_leftovers(path)
    fresh = temporary_name(path)
    stale = fresh.with_suffix(".old")
    set_aside = _set_aside(path)
    try:
        with naming(path):
            fresh.mkdir()
            for name, content in files.items():
                write_atomically(fresh / name, content)
            if path.exists():
                path.rename(stale)
            fresh.rename(path)
    finally:
        if stale.exists() and not path.exists():
            stale.rename(path)
        for leftover in (fresh, stale, *(set_aside if path.exists() else ())):
            shutil.rmtree(leftover, ignore_errors=True)


def is_zip(path: Path) -> bool:
    """Whether files go to one zip of that name, rather than to a folder."""
    return path.suffix.lower() == ".zip"


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of ``files``; the same files give the same bytes, since entries carry no time of day.

    >>> read_files(zip_bytes({"a.txt": b"hello"}), {"a.txt": 10})
    {'a.txt': b'hello'}
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # Readable where somebody unpacks it.
            archive.writestr(entry, content)
    return buffer.getvalue()


def read_files(source: Path | bytes | BinaryIO, known: SizeLimits) -> dict[str, bytes]:
    """Those of the ``known`` files that a folder, a zip, the bytes of a zip or an open zip file holds.

    Other files in a folder are left alone. Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` for
    a damaged or encrypted zip, a zip with any other entry, and a file above its limit.
    """
    if isinstance(source, Path):
        if not source.exists():
            source = next(iter(_set_aside(source)), source)
        if source.is_dir():
            return _read_folder(source, known)
        if not source.exists():
            raise FileNotFoundError(f"{source} does not exist; give the folder or the zip that was saved")
        with open_regular(source) as file, open_zip(file, str(source)) as archive:
            return _read_entries(archive, known, str(source))
    with open_zip(source) as archive:
        return _read_entries(archive, known, "the zip")


def _set_aside(path: Path) -> list[Path]:
    """The folder of that name as it was, where whoever replaced it was killed between two renames; the latest first."""
    found = path.absolute().parent.glob(f".{escape(path.name)}.{'[0-9a-f]' * 16}.old")
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


@contextmanager
def open_zip(content: bytes | BinaryIO, place: str = "the zip") -> Iterator[zipfile.ZipFile]:
    """A stranger's zip, by its bytes or as an open file, to read from; ``place`` names it in messages.

    Raises ``ValueError`` for one that is damaged or encrypted (found here, or while its entries are read), that has a
    name twice or too many of them, that unpacks to far more than it has, or that is packed otherwise than by deflate:
    the other ways take as much memory as the file asks for.
    """
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    size = _check_entries(file, place)
    try:
        archive = zipfile.ZipFile(file)
    except (ValueError, *_DAMAGE) as error:
        raise _damaged(place, error) from error
    with archive:
        _check_directory(archive, size, place)
        try:
            yield archive
        except _DAMAGE as error:
            raise _damaged(place, error) from error


def _damaged(place: str, error: Exception) -> ValueError:
    return ValueError(f"{place} is not a whole and unencrypted zip ({error}); save it again")


def _check_entries(file: BinaryIO, place: str) -> int:
    """The size of the file, once the marks of entries in it are counted: Python's reader takes as many as there are."""
    found, size, before = 0, 0, b""
    file.seek(0)
    while part := file.read(2**20):
        size += len(part)
        found += (before + part).count(b"PK\1\2")
        before = part[-3:]
        if found > MAX_ENTRIES:
            raise ValueError(f"{place} has more than {MAX_ENTRIES:,} entries, so it is not opened")
    file.seek(0)
    return size


def _check_directory(archive: zipfile.ZipFile, size: int, place: str) -> None:
    names = set()
    for entry in archive.infolist():
        if entry.filename in names:
            raise ValueError(f"{place} holds '{entry.filename[:80]}' twice; save it again")
        names.add(entry.filename)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"'{entry.filename[:80]}' in {place} is packed otherwise than by deflate; pack it so")
    most = max(SMALL, MAX_FOLD * size)
    if sum(entry.file_size for entry in archive.infolist()) > most:  # no entry gives more than its stated size
        raise ValueError(f"{place} unpacks to more than {most:,} bytes, so it is not opened; give the unpacked folder")


def _read_folder(folder: Path, known: SizeLimits) -> dict[str, bytes]:
    """Links in a folder that came from a stranger would give away files that are not in it."""
    found = {name: folder / name for name in known if (folder / name).exists() or (folder / name).is_symlink()}
    for path in found.values():
        check_inside(path, folder)
    return {name: read_regular(path, known[name]) for name, path in found.items()}


def _read_entries(archive: zipfile.ZipFile, known: SizeLimits, place: str) -> dict[str, bytes]:
    names = archive.namelist()
    for name in names:
        if name not in known:
            raise ValueError(f"{place} holds '{name[:80]}', which is none of {', '.join(known)}; save it again")
    files = {}
    for name in names:
        with archive.open(name) as entry:
            size = archive.getinfo(name).file_size
            files[name] = read_limited(entry, size, known[name], f"'{name}' in {place}")
    return files


def check_replaceable(path: Path, known: SizeLimits) -> None:
    """Raise ``ValueError`` where `write_files` would: something that is not ours lies at ``path``."""
    place = linked(path)
    if not place.is_dir():
        check_writable(path)
    if is_zip(path):
        if place.is_dir():
            raise ValueError(f"{path} is a folder; choose another name for the zip")
    elif place.is_file():
        raise ValueError(f"{path} is a file; choose another name for the folder, or one that ends in .zip")
    elif place.is_dir():
        foreign = sorted(entry.name for entry in place.iterdir() if entry.name not in known)
        if foreign:
            raise ValueError(f"the folder {path} holds other files ('{foreign[0]}'); choose a new or an empty one")
