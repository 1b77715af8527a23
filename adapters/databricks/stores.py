"""What all replicas must share about Databricks: sealed tokens, the rate limit, running statements.

The protocols are implemented on Redis beside the other Redis code; the ones in memory serve one process and the tests.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol


class ExpiringStore(Protocol):
    """Sealed bytes by key, each until it expires. Losing it costs every asker one more sign-in and nothing else."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when they are not there (any more). Raises Unavailable."""

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keeps the bytes for this long, replacing what was there. Raises Unavailable."""

    async def delete(self, key: str) -> bool:
        """True for exactly one of several callers that delete the same entry: makes a value good for one use."""

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one holder among all replicas. Raises Unavailable when it cannot be had in reasonable time."""


class Bucket(Protocol):
    """A rate limit shared by all replicas, first come, first served."""

    async def take(self, key: str) -> float:
        """Reserves the next free place and answers the seconds until it comes up; 0.0 when it is now."""


class Statements(Protocol):
    """Which statement a turn is running, so that a replica which takes the turn over finds it."""

    async def remember(self, turn_id: str, statement_id: str) -> None:
        """Keeps the statement's handle for as long as its result is kept (an hour)."""

    async def recall(self, turn_id: str) -> str | None:
        """The handle, or None when nothing was sent for this turn."""


class MemoryExpiringStore:
    """An ExpiringStore within one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._entries: dict[str, tuple[bytes, float]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: str) -> bytes | None:
        """The bytes, until they expire."""
        value, until = self._entries.get(key, (b"", 0.0))
        return value if until > self._now() else None

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Replaces the entry."""
        self._entries[key] = (value, self._now() + seconds)

    async def delete(self, key: str) -> bool:
        """True when it was there."""
        return self._entries.pop(key, (b"", 0.0))[1] > self._now()

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Waits for as long as it takes."""
        async with self._locks[key]:
            yield


class MemoryBucket:
    """A Bucket within one process: `burst` places at once, then one every `seconds / burst`."""

    def __init__(self, burst: int, seconds: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._gap, self._now = burst, seconds / burst, now
        self._next: dict[str, float] = {}

    async def take(self, key: str) -> float:
        """Reserves a place; with `burst` places free the first ones do not wait."""
        now = self._now()
        place = max(self._next.get(key, 0.0), now - self._gap * (self._burst - 1))
        self._next[key] = place + self._gap
        return max(0.0, place - now)


class NoLimit:
    """A Bucket that never makes anyone wait."""

    async def take(self, key: str) -> float:
        """Always 0.0."""
        return 0.0


class MemoryStatements:
    """Statements within one process."""

    def __init__(self) -> None:
        self._running: dict[str, str] = {}

    async def remember(self, turn_id: str, statement_id: str) -> None:
        """Replaces the entry."""
        self._running[turn_id] = statement_id

    async def recall(self, turn_id: str) -> str | None:
        """The handle or None."""
        return self._running.get(turn_id)
