"""Text from files that people made, whatever their editor saved it as."""

import codecs
from pathlib import Path

from ranp.files.regular import read_regular

MAX_TEXT_BYTES = 256 * 2**20

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def read_text(path: Path, limit: int = MAX_TEXT_BYTES) -> str:
    """The text of a file in UTF-8, or in what the mark at its beginning says; the mark is no part of it.

    Raises ``FileNotFoundError`` where there is nothing, and ``ValueError`` where it is no file, has more than ``limit``
    bytes, or is no such text.
    """
    return decode_text(read_regular(path, limit), str(path))


def decode_text(content: bytes, name: str) -> str:
    r"""The text of a file's bytes; ``name`` stands in the message of the ``ValueError``.

    >>> decode_text(b"\xef\xbb\xbf1 Archery", "list.txt"), decode_text("1 Archery".encode("utf-16"), "list.txt")
    ('1 Archery', '1 Archery')
    """
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not text in UTF-8 or, with its mark, UTF-16; save it as UTF-8") from error
    if "\0" in text:
        raise ValueError(f"{name} has zeros between its letters, as UTF-16 without its mark has; save it as UTF-8")
    return text
