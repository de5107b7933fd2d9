"""JSON from strangers, checked against a literal: exactly these keys, exactly these types.

A schema is a dict (every key must be there, no other may be), a list of one schema (any number of such entries), or a
`Leaf`, which says in words what it accepts.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Schema = Any
"""``dict[str, Schema] | list[Schema] | Leaf``"""


@dataclass(frozen=True)
class Leaf:
    """A value that is not taken apart: what it must be, in words, and the test of it."""

    expected: str
    accepts: Callable[[Any], bool]

    def __or__(self, other: "Leaf") -> "Leaf":
        return Leaf(f"{self.expected} or {other.expected}", lambda value: self.accepts(value) or other.accepts(value))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TEXT = Leaf("text", lambda value: isinstance(value, str))
COUNT = Leaf("a whole number of at least 0", lambda value: _is_int(value) and 0 <= value < 2**63)
NUMBER = Leaf(
    "a number",  # of those that a float holds: JSON's may have thousands of digits
    lambda value: (_is_int(value) or isinstance(value, float)) and abs(value) <= sys.float_info.max,
)
FLAG = Leaf("true or false", lambda value: isinstance(value, bool))
NOTHING = Leaf("null", lambda value: value is None)
ANYTHING = Leaf("a value", lambda value: True)
MAPPING = Leaf("an object", lambda value: isinstance(value, dict))


def parse_json(content: bytes | str, source: str) -> Any:
    """The value of a JSON text; ``ValueError`` for what is not JSON, for ``NaN``, and for a key that appears twice."""
    try:
        return json.loads(content, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{source} is not valid JSON ({error}); save it again") from error


def check(value: Any, schema: Schema, source: str, where: str = "") -> None:
    """Raise a ``ValueError`` that names the place in ``source`` where ``value`` is not what ``schema`` says.

    >>> check({"seed": 1}, {"seed": COUNT}, "plan.json")
    >>> check({"seed": -1}, {"seed": COUNT}, "plan.json")
    Traceback (most recent call last):
    ValueError: 'seed' in plan.json must be a whole number of at least 0, not -1
    """
    name = f"'{where}' in {source}" if where else source
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            raise ValueError(f"{name} must be an object, not {_shown(value)}")
        missing = [key for key in schema if key not in value]
        unknown = [key for key in value if key not in schema]
        if missing:
            raise ValueError(f"{name} lacks the key '{missing[0]}'; save the plan again")
        if unknown:
            raise ValueError(f"{name} has the unknown key {_shown(unknown[0])}; remove it, or save the plan again")
        for key, part in schema.items():
            check(value[key], part, source, f"{where}.{key}" if where else key)
    elif isinstance(schema, list):
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list, not {_shown(value)}")
        for index, entry in enumerate(value):
            check(entry, schema[0], source, f"{where}[{index}]")
    elif not schema.accepts(value):
        raise ValueError(f"{name} must be {schema.expected}, not {_shown(value)}")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found
