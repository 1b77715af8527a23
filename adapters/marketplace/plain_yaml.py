"""YAML that means what it says: without it Norway's NO would be false, 12:30 would be 750 and a date no text."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

MAX_NODES: Final = 500_000

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without its C part: slower, the same result
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _PlainLoader(_SafeLoader):
    """Resolves null, true, false and decimal numbers; everything else is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (the name and type that PyYAML reads)


_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), list("-0123456789")
)


def load(text: str) -> Any:
    """The document. Raises yaml.YAMLError, or ValueError when aliases make it explode."""
    document = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (a safe loader that resolves even less)
    _check_size(document)
    return document


def _check_size(document: Any) -> None:
    """Counts what a reader would walk through: an alias counts as often as it is used."""
    nodes, waiting = 0, [document]
    while waiting:
        node = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES} values")
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
