"""A rate that all replicas share, such as Genie's questions a minute."""

from __future__ import annotations

from redis.asyncio import Redis

from adapters.redis.script import Script


class RedisBucket:
    """Implements adapters.databricks' Bucket: `burst` places at once, then one every `seconds / burst`."""

    def __init__(self, client: Redis, burst: int, seconds: float = 60.0, *, prefix: str = "findata") -> None:
        self._prefix, self._gap, self._burst = f"{prefix}:bucket", seconds * 1000 / burst, burst
        self._reserve: Script[int] = Script(client, "reserve")

    async def take(self, key: str) -> float:
        """Reserves the next place; the seconds until it comes up. Raises Unavailable.

        A place whose answer was lost stays reserved: nobody goes too fast, somebody waits a little longer.
        """
        return await self._reserve([f"{self._prefix}:{key}"], [self._gap, self._burst]) / 1000
