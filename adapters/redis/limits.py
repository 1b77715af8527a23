"""Rates that all replicas share, such as Genie's questions a minute and what a chat platform takes in one thread."""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from adapters.redis.script import Script

ANY = -1  # however long the wait is


class RedisBucket:
    """Implements adapters.databricks' Bucket: `burst` places at once, then one every `seconds / burst`."""

    def __init__(self, client: Redis, burst: int, seconds: float = 60.0, *, prefix: str = "findata") -> None:
        self._prefix, self._gap, self._burst = f"{prefix}:bucket", seconds * 1000 / burst, burst
        self._reserve: Script[int] = Script(client, "reserve")

    async def take(self, key: str) -> float:
        """Reserves the next place; the seconds until it comes up. Raises Unavailable.

        A place whose answer was lost stays reserved: nobody goes too fast, somebody waits a little longer.
        """
        return await self._reserve([f"{self._prefix}:{key}"], [ANY, self._gap, self._burst]) / 1000


class RedisRates:
    """Implements adapters.teams' Rates. One hash tag for all names: one script reaches them in cluster mode too."""

    def __init__(self, client: Redis, *, prefix: str = "findata") -> None:
        self._tag = f"{{{prefix}:rates}}"
        self._reserve: Script[int] = Script(client, "reserve")

    async def take(self, rates: Mapping[str, tuple[int, float]], *, longest: float) -> float:
        """Reserves the next place of each; the seconds until all have come up. Raises Unavailable.

        Args:
            rates: by name, so many places free after a rest, and seconds from one place to the next.
            longest: seconds; where the wait is more, nothing is reserved.
        """
        places = [number for burst, gap in rates.values() for number in (gap * 1000, burst)]
        names = [f"{self._tag}:{name}" for name in rates]
        return await self._reserve(names, [int(longest * 1000), *places]) / 1000
