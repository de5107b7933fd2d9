"""YAML that people wrote: plain values, of which nothing is ever executed."""

from typing import Any

import yaml


def parse_yaml(text: str, source: str) -> Any:
    """The document; ``ValueError``, with ``source``, for what is no YAML, has an alias, or has a key twice.

    >>> parse_yaml("widths: [4, 8]", "net.yaml")
    {'widths': [4, 8]}
    """
    try:
        return yaml.load(text, _Loader)
    except Exception as error:  # a hostile file may fail anywhere in the reader
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{source} is no YAML ({reason})") from error


class _Loader(yaml.SafeLoader):
    """YAML's plain values only, each written out: a few lines of aliases can stand for more than memory holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise yaml.YAMLError(f"a key appears twice in line {node.start_mark.line + 1}")
        return found
