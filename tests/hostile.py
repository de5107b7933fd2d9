"""Files of a stranger, each from a seed: honest ones damaged anywhere, and ones whose parts were changed with care."""

import copy
import io
import json
import struct
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

DEEP = "[" * 100_000
NAMES = (
    "", ".", "..", "../plan.json", "..\\plan.json", "/etc/passwd", "C:\\plan.json", "CON", "/dev/zero", "plan.json/",
    "plan.json\0.txt", "ｐlan.json", "pla\u0301n", "\x1b[2J", "`a`<b>[c](d)", "__class__", "0", "=1+1", "a" * 70_000,
)  # fmt: skip
"""Of files, layers and keys: paths out of the folder, devices, control characters, formulas, lengths."""

VALUES = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-1", "-0.0", "0.5", "9223372036854775808", "1" + "0" * 400,
    "1" * 5000, "true", "null", '""', '"\\ud800"', '"\\u0000"', '"\\u001b[2J"', '"../../x"', '"/dev/zero"', "[]", "{}",
    "[[[[]]]]", '{"a": {"a": 1}}', "[1, null]", DEEP, json.dumps("a" * 70_000),
)  # fmt: skip
"""JSON that stands where another value was expected."""

_MARK = "\u2603 mark"


def damaged(content: bytes, random: Random) -> bytes:
    """The bytes with one to eight accidents: a bit, a byte, a run of bytes, a cut, a piece twice or elsewhere."""
    found = bytearray(content)
    for _ in range(random.choice([1, 1, 1, 2, 8])):
        start = random.randrange(len(found) + 1)
        stop = min(len(found), start + random.choice([1, 2, 4, 8, 64]))
        match random.randrange(8):
            case 0 | 1 | 2 if start < len(found):
                found[start] ^= 1 << random.randrange(8)
            case 3:
                found[start:stop] = random.randbytes(stop - start)
            case 4:
                found[start:stop] = bytes([random.choice([0, 255])]) * (stop - start)
            case 5:
                del found[start : random.choice([stop, len(found)])]
            case 6:
                found[start:start] = found[start:stop]
            case _:
                found[start:start] = random.randbytes(random.choice([1, 4, 100]))
    return bytes(found)


def altered_json(document: Any, random: Random) -> bytes:
    """JSON that is well formed but for one value, one key, or one key too many."""
    changed = copy.deepcopy(document)
    parent, key = random.choice(list(_places(changed)))
    value, name = random.choice(VALUES), random.choice(NAMES)
    how = random.randrange(8)
    if how == 0:
        del parent[key]
    elif how == 1 and isinstance(parent, dict):
        parent[name] = parent.pop(key)
    elif how == 2 and isinstance(parent, list):
        parent.insert(0, copy.deepcopy(parent[key]))
    else:
        parent[key] = _MARK
    text = json.dumps(changed).replace(json.dumps(_MARK), value)
    if how == 3 and isinstance(document, dict) and document:
        text = f"{{{json.dumps(random.choice(list(document)))}: {value}, {json.dumps(document)[1:]}"
    return text.encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every value inside, as what holds it and the key or position there."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield value, key
        yield from _places(inner)


def altered_safetensors(content: bytes, random: Random) -> bytes:
    """A safetensors file with another header, of which the length may be wrong as well."""
    length = int.from_bytes(content[:8], "little")
    header = altered_json(json.loads(content[8 : 8 + length]), random)
    said = random.choice([len(header)] * 6 + [0, 1, len(header) + 1, 2**24 + 1, 2**40, 2**63, 2**64 - 1])
    return said.to_bytes(8, "little") + header + content[8 + length :]


def zipped(files: Iterable[tuple[str, bytes]], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", packing) as archive:
        warnings.simplefilter("ignore", UserWarning)  # of a name twice, which is the point
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def altered_zip(content: bytes, random: Random) -> bytes:
    """A zip with a foreign name, a name twice, a file less, another packing, or a directory that lies."""
    files = unzipped(content)
    name = random.choice(list(files))
    match random.randrange(7):
        case 0:
            return zipped([*files.items(), (random.choice(NAMES)[:60_000] or "x", b"surprise")])
        case 1:
            return zipped([*files.items(), (name, damaged(files[name], random))])
        case 2:
            del files[name]
            return zipped(files.items())
        case 3:
            other = zipped(files.items(), random.choice([zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
            return random.choice([other, damaged(other, random)])
        case _:
            return _with_lie(content, random)


_FIELDS = ((6, "H"), (8, "H"), (10, "H"), (16, "I"), (20, "I"), (24, "I"), (28, "H"), (30, "H"), (32, "H"), (42, "I"))
"""Where and how an entry of the directory has its version, flags, packing, check sum, sizes, lengths and place."""


def _with_lie(content: bytes, random: Random) -> bytes:
    """A field of the directory, or of its end, is extreme; or the place of an entry is 64 bits long and far away."""
    found = bytearray(content)
    end = found.rfind(b"PK\5\6")
    entry = random.choice([place for place in range(end) if found[place : place + 4] == b"PK\1\2"])
    if random.random() < 0.2:
        move_away(found, entry, random.choice([2**64 - 1, 2**63, 2**62, 0]))
        return bytes(found)
    offset, kind = random.choice(_FIELDS)
    place = entry + offset if random.random() < 0.8 else end + random.choice([8, 10])
    most = 2 ** (8 * struct.calcsize(kind)) - 1
    struct.pack_into(f"<{kind}", found, place, random.choice([0, 1, 14, most // 2, most - 1, most]))
    return bytes(found)


def move_away(content: bytearray, entry: int, place: int) -> None:
    """Let the zip's directory say, in 64 bits, that an entry lies at this place."""
    extra = struct.pack("<HHQ", 1, 8, place)
    end = content.rfind(b"PK\5\6")
    struct.pack_into("<I", content, entry + 42, 2**32 - 1)
    struct.pack_into("<H", content, entry + 30, len(extra))
    struct.pack_into("<I", content, end + 12, struct.unpack_from("<I", content, end + 12)[0] + len(extra))
    (length,) = struct.unpack_from("<H", content, entry + 28)
    content[entry + 46 + length : entry + 46 + length] = extra


def many_entries(count: int) -> bytes:
    """A zip that is a directory and nothing else: 47 bytes an entry."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, *[0] * 7, 0, 1, *[0] * 6) + b"a"
    size = len(entry) * count
    return entry * count + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *[min(count, 65535)] * 2, size, 0, 0)
