"""Which statement a turn has sent to the warehouse, so that whoever takes the turn over need not send another."""

from __future__ import annotations

from redis.asyncio import Redis

from adapters.redis.client import reaching

HOUR = 3600


class RedisStatements:
    """Implements adapters.databricks' Statements."""

    def __init__(self, client: Redis, *, prefix: str = "findata") -> None:
        self._client, self._prefix = client, f"{prefix}:statement"

    async def remember(self, turn_id: str, statement_id: str) -> None:
        """Kept for an hour. Raises Unavailable."""
        with reaching("statement"):
            await self._client.set(f"{self._prefix}:{turn_id}", statement_id, ex=HOUR)

    async def recall(self, turn_id: str) -> str | None:
        """The handle, or None. Raises Unavailable."""
        with reaching("statement"):
            found = await self._client.get(f"{self._prefix}:{turn_id}")
        return found.decode() if isinstance(found, bytes) else None
