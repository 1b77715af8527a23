"""The turns that run here, kept ours. Without renewal a long turn would be taken for the turn of a dead replica."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from adapters.redis.client import Clients
from adapters.redis.envelope import line
from adapters.redis.keys import Keys
from adapters.redis.script import Script
from agents.errors import Unavailable

if TYPE_CHECKING:
    from adapters.redis.claim import RedisClaim

log = logging.getLogger(__name__)

SUSPECT = 2  # crashes from which on a turn does not run beside another such one: which of them is to blame?


class Leases:
    """What is claimed here: the first `concurrency` run, the others wait in line with their leases renewed too.

    Renewed every third of a lease; ended when stopped by the asker or taken over by another.
    """

    def __init__(self, clients: Clients, keys: Keys, lease: float, concurrency: int) -> None:
        self.concurrency = concurrency
        self.running: dict[bytes, RedisClaim] = {}
        self._clients, self._keys, self._lease = clients, keys, lease
        self._renew: Script[tuple[list[bytes], list[bytes]]] = Script(clients.worker, "renew")
        self._freed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to renew and to listen for Stop; once."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        """Ends both."""
        while open_ones := [task for task in self._tasks if not task.done()]:
            for task in open_ones:
                task.cancel()  # redis-py may swallow one
            await asyncio.wait(open_ones, timeout=0.25)
        self._tasks = []

    def add(self, claim: RedisClaim) -> None:
        """A turn runs here from now on, or waits."""
        self.running[claim.started.entry] = claim
        self._admit()

    def drop(self, claim: RedisClaim) -> None:
        """It does not any more."""
        self.running.pop(claim.started.entry, None)
        self._freed.set()
        self._admit()

    def _admit(self) -> None:
        suspects = 0
        for claim in islice(self.running.values(), self.concurrency):
            suspects += claim.crashes >= SUSPECT
            if suspects <= 1 or claim.crashes < SUSPECT:
                claim.admit()

    @property
    def free(self) -> int:
        """How many more turns can run here; negative for those that wait."""
        return self.concurrency - len(self.running)

    @property
    def suspect(self) -> bool:
        """Is there a turn here that may have killed its replicas?"""
        return any(claim.crashes >= SUSPECT for claim in self.running.values())

    async def room(self, seconds: float) -> None:
        """Waits until one more turn can run here, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while self.free <= 0:
                    self._freed.clear()
                    await self._freed.wait()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            with contextlib.suppress(Unavailable):  # said by whoever claims; the next beat tries again
                await self._renew_all()

    async def _renew_all(self) -> None:
        await self.renew(list(self.running.values()))

    async def renew(self, claims: Sequence[RedisClaim]) -> bool:
        """Renews these leases and ends what was lost or stopped. False: one was lost. Raises Unavailable."""
        if not claims:
            return True
        keys = [self._keys.ready, self._keys.stops, *(self._keys.run(claim.started.conversation) for claim in claims)]
        of_each = [(claim.started.entry, claim.started.fence, line(claim.turn.id)) for claim in claims]
        args = [self._keys.group, self._keys.consumer, *(word for words in of_each for word in words)]
        now = time.monotonic()
        lost, stopped = await self._renew(keys, args)
        for claim in claims:
            if claim.started.entry in lost and not claim.ending:
                log.warning("turn %s was taken over by another replica", claim.turn.id)
                claim.end("taken over")
                self.drop(claim)
            elif claim.started.entry in stopped:
                claim.end("stopped")
            if claim.started.entry not in lost:
                claim.renewed = now
        return not lost

    async def _listen(self) -> None:
        """Stop at once; a message that gets lost is made up for by the next beat."""
        while True:
            with contextlib.suppress(RedisError, OSError):
                await self._subscribed()
            await asyncio.sleep(1)

    async def _subscribed(self) -> None:
        """Ends with the connection only."""
        await self._clients.reader.ping()  # a cluster's client must know its nodes before it can subscribe
        async with self._clients.reader.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._keys.channel)
            async for message in channel.listen():
                self._stopped(message["data"])

    def _stopped(self, turn: bytes) -> None:
        for claim in self.running.values():
            if line(claim.turn.id).encode() == turn:
                claim.end("stopped")
