"""A Lua script on the server: several steps that happen together or not at all, in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from adapters.redis.client import reaching

FOLDER = Path(__file__).parent / "lua"
Answer = TypeVar("Answer")
Word = str | bytes | int | float


class Script(Generic[Answer]):
    """One file of lua/, called by its hash. Every one of them may safely be sent twice."""

    def __init__(self, client: Redis, name: str) -> None:
        self.name = name
        self._client = client
        self._call = client.register_script((FOLDER / f"{name}.lua").read_text(encoding="utf-8"))

    async def __call__(self, keys: Sequence[str], args: Sequence[Word] = ()) -> Answer:
        """What the script answers. Raises Unavailable."""
        with reaching(self.name):
            return cast("Answer", await self._call(keys=list(keys), args=list(args)))

    async def replicated(self, keys: Sequence[str], args: Sequence[Word], replicas: int, wait_ms: int) -> Answer | None:
        """The same, but None when fewer than `replicas` hold the result after `wait_ms`. Not in cluster mode."""
        with reaching(self.name):
            try:
                return await self._and_wait(keys, args, replicas, wait_ms)
            except NoScriptError:
                await self._client.script_load(self._call.script)
                return await self._and_wait(keys, args, replicas, wait_ms)

    async def _and_wait(self, keys: Sequence[str], args: Sequence[Word], replicas: int, wait_ms: int) -> Answer | None:
        async with self._client.pipeline(transaction=False) as pipe:
            # WAIT speaks of its own connection's writes: both go down the same one, in one round trip.
            send = cast("Callable[..., object]", pipe.evalsha)  # typed as if every word were a str
            send(self._call.sha, len(keys), *keys, *args)
            pipe.wait(replicas, wait_ms)
            answer, reached = await pipe.execute()
        return cast("Answer", answer) if reached >= replicas else None
