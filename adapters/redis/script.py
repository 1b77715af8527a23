"""A Lua script on the server: several steps that happen together or not at all, in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from adapters.redis.client import reaching
from agents.errors import Unavailable

WAIT_MS = 500  # for replicas to hold what was written
FOLDER = Path(__file__).parent / "lua"
Answer = TypeVar("Answer")
Word = str | bytes | int | float


class Script(Generic[Answer]):
    """One file of lua/, called by its hash. Every one of them may safely be sent twice.

    `replicas`: so many must hold what it wrote, else Unavailable: a server that is promoted later then knows of it.
    """

    def __init__(self, client: Redis, name: str, replicas: int = 0) -> None:
        self.name, self._replicas = name, replicas
        self._client = client
        self._call = client.register_script((FOLDER / f"{name}.lua").read_text(encoding="utf-8"))

    async def __call__(self, keys: Sequence[str], args: Sequence[Word] = ()) -> Answer:
        """What the script answers. Raises Unavailable."""
        with reaching(self.name):
            if not self._replicas:
                return cast("Answer", await self._call(keys=list(keys), args=list(args)))
            try:
                return await self._and_wait(keys, args)
            except NoScriptError:
                await self._client.script_load(self._call.script)
                return await self._and_wait(keys, args)

    async def _and_wait(self, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        async with self._client.pipeline(transaction=False) as pipe:
            # WAIT speaks of its own connection's writes: both go down the same one, in one round trip.
            send = cast("Callable[..., object]", pipe.evalsha)  # typed as if every word were a str
            send(self._call.sha, len(keys), *keys, *args)
            pipe.wait(self._replicas, WAIT_MS)
            answer, reached = await pipe.execute()
        if reached < self._replicas:
            raise Unavailable(f"{self.name}: held by too few replicas")
        return cast("Answer", answer)
