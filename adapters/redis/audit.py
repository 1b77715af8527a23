"""The audit trail, read back: what `python -m bot audit` prints. It is written with the end of each turn."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from adapters.redis.client import reaching
from adapters.redis.keys import Keys

PAGE = 500


class RedisAudit:
    """The audit lines of one lane."""

    def __init__(self, client: Redis, *, prefix: str = "findata", lane: str = "chat") -> None:
        self._client, self._key = client, Keys.of(prefix, lane).audit

    async def since(self, at: datetime) -> AsyncIterator[Mapping[str, object]]:
        """Lines filed at or after `at`, oldest first, as in ports.Entry; `at` is ISO 8601. Raises Unavailable."""
        start = str(int(at.timestamp() * 1000))
        while True:
            with reaching("audit"):
                page = await self._client.xrange(self._key, min=start, count=PAGE)
            lines = cast("Sequence[tuple[bytes, Mapping[bytes, bytes]]]", page)
            for _, fields in lines:
                yield json.loads(fields[b"e"])
            if len(lines) < PAGE:
                return
            start = f"({lines[-1][0].decode()}"
