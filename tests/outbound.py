"""Every address that this process connects to and every name that it looks up, as Python itself tells of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_listening: list[set[tuple[str, int]]] = []


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if not _listening or event not in ("socket.connect", "socket.getaddrinfo"):
        return
    where = given[1] if event == "socket.connect" else given[:2]
    if isinstance(where, tuple):  # a socket file is a text
        name, port = (part.decode() if isinstance(part, bytes) else part for part in where[:2])
        for reached in _listening:
            reached.add((str(name), int(port or 0)))


sys.addaudithook(_hear)  # for good: Python takes none back


@contextmanager
def outbound() -> Iterator[set[tuple[str, int]]]:
    """What is reached within the block, as (host, port)."""
    reached: set[tuple[str, int]] = set()
    _listening.append(reached)
    try:
        yield reached
    finally:
        _listening.remove(reached)
