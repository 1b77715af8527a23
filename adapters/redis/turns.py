"""The durable queue of turns, in order per conversation and leased to one replica at a time.

Without it an acknowledged question would die with the replica that took it, or two questions of one thread would be
answered at the same time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

from redis.exceptions import ResponseError

from adapters.redis.claim import Queue, RedisClaim, StartedTurn
from adapters.redis.client import Clients, reaching
from adapters.redis.envelope import line, seal, unseal
from adapters.redis.keys import Bounds, Keys
from adapters.redis.lease import SUSPECT, Leases
from adapters.redis.script import Script, Word
from agents.domain import ReplyTo, Turn, User
from agents.errors import BadQuery, Unavailable
from agents.ports import Claim, Outcome, Receipt

log = logging.getLogger(__name__)

BLOCK_MS = 1000
LOOK_SECONDS = 2.0  # between two looks at what waits, while as many turns run here as can
AT_ONCE = 64  # turns taken over, or let into the line, by one look
ACCEPT_WITHIN = 1.2  # seconds; the platform must hear 503 within 1.5

Due = list[tuple[bytes, str]]  # (entry, conversation)


class RedisTurns:
    """Implements ports.Turns. `concurrency` is the number of turns that run here side by side.

    While so many run, what nobody else takes is claimed as well, every two seconds, to wait in line here: its asker
    sees a placeholder, which a turn that nobody has claimed cannot have.

    Turns of one `lane` are run only by processes of that lane: a terminal needs its own, as no other process can
    print there.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        prefix: str = "findata",
        lane: str = "chat",
        bounds: Bounds = Bounds(),  # noqa: B008  frozen
        concurrency: int = 32,
    ) -> None:
        self.bounds = bounds
        self.keys = Keys.of(prefix, lane, f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(3)}")
        self.block_ms: int | None = BLOCK_MS  # None: do not wait for turns
        self.look = LOOK_SECONDS
        self._clients = clients
        self._queue = Queue(clients.worker, self.keys, bounds)
        self._put: Script[list[bytes | int]] = Script(clients.front, "put", bounds.replicas)
        self._begin: Script[list[bytes | int] | None] = Script(clients.worker, "claim")
        self._stop: Script[bytes | None] = Script(clients.front, "stop")
        self._leave: Script[int] = Script(clients.worker, "leave")
        self._leases = Leases(clients, self.keys, bounds.lease, concurrency)
        self._looked = self._line_up = 0.0
        self._filled = False

    # ── handing in ────────────────────────────────────────────────────────────────────────────────────────────────

    async def put(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stores the turn in one round trip. Raises Unavailable within 1.2 s, BadQuery when it is too large."""
        try:
            payload = seal(turn, to)
        except ValueError as error:
            raise BadQuery(str(error), reason="too_long") from error
        try:
            async with asyncio.timeout(ACCEPT_WITHIN):
                outcome, number = await self._store(turn, payload)
        except TimeoutError as error:
            raise Unavailable("put took too long") from error
        return _receipt(outcome, number)

    async def _store(self, turn: Turn, payload: bytes) -> tuple[bytes, int]:
        key, conversation, bounds = self.keys, turn.conversation.key, self.bounds
        keys = [key.seen(turn.id), key.inbox(conversation), key.scheduled, key.ready, key.counts, key.rate(turn.user)]
        cost = 60_000 / bounds.per_minute if bounds.per_minute else 0
        args: list[Word] = [bounds.remember, payload, conversation, bounds.waiting, bounds.per_conversation]
        args += [cost, bounds.burst]
        return cast("tuple[bytes, int]", await self._put(keys, args))

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Marks this user's turn and tells whoever runs it. Raises Unavailable."""
        with reaching("stop"):
            seen = await self._clients.front.get(self.keys.seen(turn_or_conversation))
        conversation = _text(seen) or turn_or_conversation
        wanted = line(turn_or_conversation) if seen else ""
        keys = [self.keys.inbox(conversation), self.keys.stops]
        return bool(await self._stop(keys, [wanted, line(user.key), self.keys.channel]))

    async def depth(self) -> int:
        """How many turns wait or run, everywhere. Raises Unavailable."""
        with reaching("depth"):
            return int(await self._clients.front.hget(self.keys.counts, "waiting") or 0)

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def claims(self) -> AsyncIterator[Claim]:
        """Turns to run here. An outage of Redis makes it wait, never end."""
        self._leases.start()
        pause = 0.05
        while True:
            try:
                await self._leases.room(self._line_up - time.monotonic())
                for group in await self._due():
                    claims, failure = await self._claim_all(group)
                    for claim in claims:
                        yield claim
                    if failure:
                        raise failure
                pause = 0.05
            except Unavailable as error:
                log.warning("no turns can be claimed: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def close(self) -> None:
        """Leaves the group; what was read here and not finished is for the others at once."""
        await self._leases.stop()
        await self._leave([self.keys.ready], [self.keys.group, self.keys.consumer])

    async def _due(self) -> list[Due]:
        """Groups that may be begun together. What others have left may have killed them: one by one."""
        try:
            return [[one] for one in await self._left_by_others()] or [await self._new()]
        except Unavailable as error:
            if "NOGROUP" not in str(error):
                raise
            await self._found()
            return []

    async def _found(self) -> None:
        """Makes the group: at the first start, and after the database was emptied."""
        with reaching("XGROUP CREATE"):
            try:
                await self._clients.worker.xgroup_create(self.keys.ready, self.keys.group, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def _new(self) -> Due:
        """What nobody has read. What stands in line here was not waited for: a free replica would have had it."""
        free, lining_up = self._leases.free, self._full and time.monotonic() >= self._line_up
        count, block = (max(free, 0) + AT_ONCE, None) if lining_up else (free, self.block_ms)
        if count <= 0:
            return []
        with reaching("XREADGROUP"):
            reply = await self._clients.reader.xreadgroup(
                self.keys.group, self.keys.consumer, {self.keys.ready: ">"}, count=count, block=block
            )
        read = [
            entry for entries in cast("Mapping[bytes, Sequence[_Entry]]", reply or {}).values() for entry in entries
        ]
        self._filled, self._line_up = len(read) >= free, time.monotonic() + self.look if lining_up else self._line_up
        return _due(read)

    @property
    def _full(self) -> bool:
        """Does as much run here as can, or did when we last read?"""
        return self._filled or self._leases.free <= 0

    async def _left_by_others(self) -> Due:
        """Every third of a lease: the entries that nobody has renewed."""
        if time.monotonic() - self._looked < self.bounds.lease / 3:
            return []
        self._looked = time.monotonic()
        with reaching("XAUTOCLAIM"):
            reply = await self._clients.worker.xautoclaim(
                self.keys.ready, self.keys.group, self.keys.consumer, int(self.bounds.lease * 1000), count=AT_ONCE
            )
        # Two parts on 6.2, three from 7.0 on: the entries are always the second.
        return [due for due in _due(reply[1]) if due[0] not in self._leases.running]

    async def _claim_all(self, group: Due) -> tuple[list[RedisClaim], BaseException | None]:
        """Begins these in one round trip, not in one each, and says why one could not be begun."""
        free = self._leases.free
        places = [max(0, 1 - (free - index)) for index in range(len(group))]
        begun = await asyncio.gather(
            *(self._claim(*due, place) for due, place in zip(group, places, strict=True)), return_exceptions=True
        )
        claims = [claim for claim in begun if isinstance(claim, RedisClaim)]
        for claim in claims:
            self._leases.add(claim)
        return claims, next((error for error in begun if isinstance(error, BaseException)), None)

    async def _claim(self, entry: bytes, conversation: str, place: int) -> RedisClaim | None:
        key = self.keys
        keys = [key.ready, key.inbox(conversation), key.run(conversation), key.stops, key.counts, key.scheduled]
        args: list[Word] = [key.group, key.consumer, entry, conversation, secrets.token_hex(8)]
        since = time.monotonic()
        row = await self._begin(keys, [*args, SUSPECT if self._leases.suspect else 0, "1" if place else ""])
        if row is None:
            return None
        payload, fence, attempt, returned, placeholder, stopped, waits, reply = row
        counted, kept = (int(fence), int(attempt), int(returned)), (_text(placeholder), _text(reply))
        started = StartedTurn(entry, conversation, *counted, *kept, max(place, bool(waits)), since)
        if self.bounds.replicas and not await self._known(started):
            return None
        try:
            turn, to = unseal(cast("bytes", payload))
        except ValueError:
            await self._bury(started, cast("bytes", payload))
            return None
        claim = RedisClaim(self._queue, self._leases, started, turn, to)
        if stopped:
            claim.end("stopped")
        return claim

    async def _known(self, started: StartedTurn) -> bool:
        """Do enough replicas know that it is begun here? A server promoted later could let another start it again."""
        try:
            return await self._queue.keep(started, "known", "1")
        except (Unavailable, asyncio.CancelledError):
            await self._queue.give_back(started)  # so that it counts as no crash
            raise

    async def _bury(self, started: StartedTurn, payload: bytes) -> None:
        """A stored turn that this version cannot read: it has no address to apologise to."""
        turn_id = payload.split(b"\n", 1)[0].decode(errors="replace")
        log.error("a turn cannot be read and is put aside: %s", hashlib.sha256(payload).hexdigest()[:8])
        await self._queue.done(started, turn_id, "{}", f"{turn_id[:200]} unreadable")


_Entry = tuple[bytes, Mapping[bytes, bytes] | None]


def _due(entries: Sequence[_Entry]) -> Due:
    return [(entry, fields[b"c"].decode()) for entry, fields in entries if fields]


def _receipt(outcome: bytes, number: int) -> Receipt:
    name = cast("Outcome", outcome.decode())
    if name == "too_fast":
        return Receipt(name, wait=number / 1000)
    if name == "duplicate":
        return Receipt(name, ended=bool(number))
    return Receipt(name, place=number)


def _text(answer: bytes | int | str | None) -> str:
    return answer.decode() if isinstance(answer, bytes) else ""
