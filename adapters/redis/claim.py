"""One turn that this replica runs.

Without its fence number a replica that froze would, once it wakes, go on where another one has taken over.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter
from redis.asyncio import Redis

from adapters.redis.envelope import line, seal_reply, unseal_reply
from adapters.redis.keys import Bounds, Keys
from adapters.redis.script import Script, Word
from agents.domain import Reply, ReplyTo, Turn
from agents.ports import Entry

if TYPE_CHECKING:
    from adapters.redis.lease import Leases

_ENTRIES: TypeAdapter[Entry] = TypeAdapter(Entry)

End = Literal["stopped", "taken over"]


@dataclass(frozen=True, slots=True)
class StartedTurn:
    """What the server said when the turn was begun. `returned`: attempts that were given back, not lost."""

    entry: bytes
    conversation: str
    fence: int
    attempt: int
    returned: int
    placeholder: str
    reply: str
    place: int  # in the line for a place among those that run here; 0: there is one
    since: float  # on our clock, before the server was asked: the lease cannot have begun earlier


class Queue:
    """What every claim of this process shares: names, bounds and the scripts that write."""

    def __init__(self, client: Redis, keys: Keys, bounds: Bounds) -> None:
        self.client, self.keys, self.bounds = client, keys, bounds
        self._keep: Script[int] = Script(client, "keep", bounds.replicas)
        self._done: Script[int] = Script(client, "done")
        self._give_back: Script[int] = Script(client, "give_back")

    async def keep(self, started: StartedTurn, field: str, value: str) -> bool:
        """Writes a field of the running turn. False: another replica has it."""
        return bool(await self._keep([self.keys.run(started.conversation)], [started.fence, field, value]))

    async def done(self, started: StartedTurn, turn_id: str, audited: str, dead: str) -> bool:
        """Ends the turn, files an audit line and, where `dead` is not empty, a dead letter."""
        key, bounds = self.keys, self.bounds
        args: list[Word] = [started.fence, started.conversation, started.entry, key.group, turn_id, bounds.remember]
        ended = await self._done(key.ending(started.conversation, turn_id), [*args, audited, bounds.audit, dead])
        return bool(ended)

    async def give_back(self, started: StartedTurn) -> None:
        """Lets any replica begin the turn again."""
        args: list[Word] = [started.fence, started.conversation, started.entry, self.keys.group]
        await self._give_back([self.keys.run(started.conversation), self.keys.ready], args)


class RedisClaim:
    """Implements ports.Claim."""

    def __init__(self, queue: Queue, leases: Leases, started: StartedTurn, turn: Turn, to: ReplyTo) -> None:
        self.turn, self.to, self.started = turn, to, started
        self.attempt, self.crashes = started.attempt, started.attempt - 1 - started.returned
        self.placeholder, self.place = started.placeholder, started.place
        self.reply = _reply(started.reply)
        self.renewed = started.since
        self.ending = False  # `done` or `give_back` is on its way: that the fence is gone is no takeover then
        self._queue, self._leases = queue, leases
        self._end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._admitted = asyncio.Event()

    async def keep_placeholder(self, placeholder: str) -> bool:
        """Stores the placeholder's id. False: refused, another replica has the turn."""
        self.placeholder = placeholder
        return await self._queue.keep(self.started, "placeholder", placeholder) or self._taken()

    async def keep_reply(self, reply: Reply) -> bool:
        """Stores a reply. False: refused, another replica has the turn."""
        return await self._queue.keep(self.started, "reply", seal_reply(reply)) or self._taken()

    def admit(self) -> None:
        """There is a place for it now."""
        self._admitted.set()

    async def begin(self) -> bool:
        """Waits for a place, and says that it has one: dying counts from now on. False: another replica has it."""
        if not self.place:
            return True
        await self._admitted.wait()
        ours = await self._queue.keep(self.started, "waits", "") or self._taken()
        self.place = 0
        return ours

    async def still_ours(self) -> bool:
        """Renews the lease if the fence number is still ours, unless it is so fresh that nobody can take the turn over.

        To look alone would not do: after an outage the lease has run out, and another replica may begin the turn
        between our look and what we then show.
        Where a server may be promoted that has not heard of the last renewal, no lease is fresh.
        """
        bounds = self._queue.bounds
        if not bounds.replicas and time.monotonic() - self.renewed < bounds.lease / 2:
            return True
        return await self._leases.renew([self]) or self._taken()

    async def ended(self) -> End:
        """Waits for Stop or for the loss of the lease."""
        return await asyncio.shield(self._end)

    def end(self, why: End) -> None:
        """What `ended` answers; the first reason stays."""
        if not self._end.done():
            self._end.set_result(why)

    async def done(self, entry: Entry, *, dead: str = "") -> bool:
        """Ends the turn and files the audit line; `dead` says why it is also filed among those given up."""
        self.ending = True
        audited = _ENTRIES.dump_json(entry).decode()
        ended = await self._queue.done(self.started, line(self.turn.id), audited, dead and f"{self.turn.id} {dead}")
        self._leases.drop(self)
        return ended

    async def give_back(self) -> None:
        """Any replica may begin the turn again at once."""
        self.ending = True
        await self._queue.give_back(self.started)
        self._leases.drop(self)

    def let_go(self) -> None:
        """The lease is renewed no more."""
        self._leases.drop(self)

    def _taken(self) -> bool:
        self.end("taken over")
        self._leases.drop(self)
        return False


def _reply(sealed: str) -> Reply | None:
    """What an earlier attempt was about to show; None also when another version has written it."""
    with contextlib.suppress(ValueError):
        return unseal_reply(sealed) if sealed else None
    return None
