"""Files that nobody unpickles, written whole.

In: tensors, or a few named files of bytes. Out: safetensors and zips in bounded size, each there as a whole or not at
all; JSON from strangers is held against a schema before anybody believes it.
Test: `pytest tests/files`
"""

from ranp.files.container import check_replaceable, open_zip, read_files, write_files, zip_bytes
from ranp.files.plain_text import cell, one_line
from ranp.files.regular import (
    check_inside,
    check_regular,
    check_writable,
    make_folder_of,
    open_regular,
    open_to_append,
    read_regular,
)
from ranp.files.saved_weights import read_saved_weights
from ranp.files.schema import ANYTHING, COUNT, FLAG, MAPPING, NOTHING, NUMBER, TEXT, Leaf, Schema, check, parse_json
from ranp.files.tensors import decode_tensors, encode_tensors, read_tensors, write_atomically, write_tensors
from ranp.files.text import MAX_TEXT_BYTES, decode_text, read_text
from ranp.files.yaml_text import parse_yaml

__all__ = [
    "ANYTHING",
    "COUNT",
    "FLAG",
    "MAPPING",
    "MAX_TEXT_BYTES",
    "NOTHING",
    "NUMBER",
    "TEXT",
    "Leaf",
    "Schema",
    "cell",
    "check",
    "check_inside",
    "check_regular",
    "check_replaceable",
    "check_writable",
    "decode_tensors",
    "decode_text",
    "encode_tensors",
    "make_folder_of",
    "one_line",
    "open_regular",
    "open_to_append",
    "open_zip",
    "parse_json",
    "parse_yaml",
    "read_files",
    "read_regular",
    "read_saved_weights",
    "read_tensors",
    "read_text",
    "write_atomically",
    "write_files",
    "write_tensors",
    "zip_bytes",
]
