"""Values that expire, shared by all replicas: people's tokens, buttons, marks. Sealed by whoever puts them here."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from adapters.redis.client import reaching
from adapters.redis.script import Script
from agents.errors import Unavailable

LOCK_SECONDS = 15
PATIENCE_SECONDS = 20.0


class RedisStore:
    """Implements adapters.databricks' ExpiringStore."""

    def __init__(self, client: Redis, *, prefix: str = "findata") -> None:
        self._client, self._prefix = client, prefix
        self._unlock: Script[int] = Script(client, "unlock")

    async def get(self, key: str) -> bytes | None:
        """The bytes, until they expire. Raises Unavailable."""
        with reaching("token"):
            found = await self._client.get(self._name(key))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Replaces the entry. Raises Unavailable."""
        with reaching("token"):
            await self._client.set(self._name(key), value, px=max(1, int(seconds * 1000)))

    async def delete(self, key: str) -> bool:
        """True for one of several callers. Raises Unavailable."""
        with reaching("token"):
            return bool(await self._client.delete(self._name(key)))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Held by one among all replicas, for 15 s at most. Raises Unavailable after 20 s of waiting."""
        name, holder = f"{self._prefix}:lock:{key}", secrets.token_hex(8)
        await self._take(name, holder)
        try:
            yield
        finally:
            await self._unlock([name], [holder])

    async def _take(self, name: str, holder: str) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            with reaching("lock"):
                taken = await self._client.set(name, holder, nx=True, ex=LOCK_SECONDS)
                # Sent twice after a lost answer, it is refused although it is ours.
                if taken or await self._client.get(name) == holder.encode():
                    return
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"the lock {name} is held by another")
            await asyncio.sleep(0.05)

    def _name(self, key: str) -> str:
        return f"{self._prefix}:token:{key}"
