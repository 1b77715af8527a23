"""Orderings that nobody thought of: deliveries, crashes, freezes, outages and time in any order, on a real Valkey.

The world (Valkey, the chat platform's ledger) survives a crash; a replica does not. Leases end by moving Redis' own
idle clock (XCLAIM IDLE), so that no example waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adapters.redis.claim import RedisClaim
from adapters.redis.client import FRONT, ClientOptions, Clients, _client, connect
from adapters.redis.keys import Bounds
from adapters.redis.turns import RedisTurns
from agents.domain import ReplyTo
from agents.errors import Unavailable
from agents.ports import Claim, Entry
from tests.faults.proxy import FaultProxy
from tests.redis_peer import turn, valkey

__all__ = ["valkey"]  # a fixture

Result = TypeVar("Result")
TO = ReplyTo("fake")
BOUNDS = Bounds(lease=3600, per_minute=0, per_conversation=100)
THOROUGHLY = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)


class World:
    """What outlives a replica."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.proxy = FaultProxy(url.removeprefix("unix://"))
        self.direct = connect(url)
        self.through = f"redis://127.0.0.1:{self.run(self.proxy.start())}"
        self.run(self.direct.worker.flushdb())
        self.acknowledged: set[str] = set()
        self.finals: list[tuple[str, str]] = []  # (turn, message it replaced)
        self.shown: dict[str, str] = {}  # message -> turn

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """On the machine's own loop."""
        return self.loop.run_until_complete(work)

    async def leases_end(self) -> None:
        """Whatever is held is held for too long from now on."""
        key = "{findata:chat}:ready"
        for item in await self.direct.worker.xpending_range(key, "w", "-", "+", 100):
            consumer, entry = item["consumer"], item["message_id"]
            await self.direct.worker.xclaim(key, "w", consumer, 0, [entry], idle=7_200_000, justid=True)

    async def depth(self) -> int:
        """Turns that wait or run."""
        return int(await self.direct.worker.hget("{findata:chat}:counts", "waiting") or 0)


class Replica:
    """One process of the bot, stepped by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        hasty = ClientOptions(connections=4, answer_within=2.0, retries=1, pause=0.001)
        self.clients = Clients(*(_client(world.through, manners) for manners in (FRONT, hasty, FRONT)))
        self.turns = RedisTurns(self.clients, bounds=BOUNDS, concurrency=1)
        self.turns.block_ms = None
        self.held: RedisClaim | None = None
        self.step = 0

    async def deliver(self, name: str, thread: str) -> None:
        """A post arrives; the platform hears 200 only if it is stored."""
        try:
            await self.turns.put(turn(name, thread), TO)
        except Unavailable:
            return
        self.world.acknowledged.add(name)

    async def work(self) -> bool:
        """One step further with the turn at hand, or a new one. False: nothing to do."""
        try:
            return await (self._claim() if self.held is None else self._go_on(self.held))
        except Unavailable:
            return False

    def fill(self, *, full: bool) -> None:
        """Are all workers busy with something else? Then what is claimed waits in line."""
        self.turns._leases.concurrency = 0 if full else 1

    async def _claim(self) -> bool:
        self.turns._looked = -1e9
        self.turns._line_up = 0.0
        due = [one for group in await self.turns._due() for one in group][:1]
        claims, failure = await self.turns._claim_all(due)
        if failure:
            raise failure
        self.held, self.step = next(iter(claims), None), 0
        return bool(due)

    async def _go_on(self, claim: RedisClaim) -> bool:
        """Placeholder, a free worker, final, done: one a call, and the same one again when it has failed."""
        if not claim.placeholder:
            await self._place(claim)
        elif claim.place:
            claim.admit()
            self.held = claim if await claim.begin() else None
        elif self.step == 0:
            if await claim.still_ours():
                self.world.finals.append((claim.turn.id, claim.placeholder))
                self.step = 1
            else:
                self.held = None
        else:
            await claim.done(Entry(datetime.now(UTC), claim.turn.id, "", "", "answered", 0.0))
            self.held = None
        return True

    async def _place(self, claim: Claim) -> None:
        found = next((message for message, of in self.world.shown.items() if of == claim.turn.id), "")
        message = found if claim.attempt > 1 and found else f"m{len(self.world.shown)}"
        self.world.shown[message] = claim.turn.id
        if not await claim.keep_placeholder(message):
            self.held = None

    async def close(self) -> None:
        """Connections only: a killed process hands nothing over."""
        await self.clients.aclose()


class TurnsMachine(RuleBasedStateMachine):
    """Two replicas and a world."""

    url = ""
    replica: type[Replica] = Replica
    posts = Bundle("posts")

    @initialize()
    def boot(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.world = World(self.url, self.loop)
        self.replicas = [self.made(), self.made()]
        self.world.run(self.replicas[0].turns._found())
        self.delivered = 0
        self.order: dict[str, list[str]] = {"a": [], "b": []}

    def made(self) -> Replica:
        async def make() -> Replica:
            return self.replica(self.world)

        return self.loop.run_until_complete(make())

    @rule(target=posts, thread=st.sampled_from("ab"), through=st.integers(0, 1))
    def deliver(self, thread: str, through: int) -> tuple[str, str]:
        self.delivered += 1
        post = (f"{thread}{self.delivered}", thread)
        self.world.run(self.replicas[through].deliver(*post))
        self.world.run(self.note(post[1]))
        return post

    @rule(post=posts, through=st.integers(0, 1))
    def deliver_again(self, post: tuple[str, str], through: int) -> None:
        self.world.run(self.replicas[through].deliver(*post))
        self.world.run(self.note(post[1]))

    @rule(who=st.integers(0, 1), steps=st.integers(1, 3))
    def work(self, who: int, steps: int) -> None:
        for _ in range(steps):
            self.world.run(self.replicas[who].work())

    @rule(who=st.integers(0, 1))
    def crash(self, who: int) -> None:
        self.world.run(self.replicas[who].close())
        self.replicas[who] = self.made()

    @rule(who=st.integers(0, 1), full=st.booleans())
    def workers_are_busy(self, who: int, full: bool) -> None:
        self.replicas[who].fill(full=full)

    @rule()
    def leases_end(self) -> None:
        """A replica that holds a turn now has been frozen for too long; it may go on later."""
        self.world.run(self.world.leases_end())
        for replica in self.replicas:
            if replica.held is not None:
                replica.held.renewed = float("-inf")  # so much time has passed

    @rule(who=st.integers(0, 1))
    def give_back(self, who: int) -> None:
        held = self.replicas[who].held
        if held is None:
            return
        try:
            self.world.run(held.give_back())
        except Unavailable:
            return
        self.replicas[who].held = None

    @rule(who=st.integers(0, 1), steps=st.integers(1, 2), post=posts)
    def redis_goes_away_for_a_while(self, who: int, steps: int, post: tuple[str, str]) -> None:
        """Work and deliveries go on meanwhile."""
        self.world.proxy.set(refuse=True)
        self.world.proxy.reset()
        self.work(who, steps)
        self.deliver_again(post, who)
        self.world.proxy.heal()

    @rule()
    def the_next_answer_is_lost(self) -> None:
        self.world.proxy.set(cut_after=1, once=True)

    @rule(who=st.integers(0, 1), steps=st.integers(1, 3))
    def dies_at_a_boundary(self, who: int, steps: int) -> None:
        """So far and no further; the other takes over in time."""
        self.work(who, steps)
        self.crash(who)
        self.leases_end()

    @invariant()
    def one_message_carries_the_reply(self) -> None:
        if not hasattr(self, "world"):
            return
        carriers: dict[str, set[str]] = {}
        for name, message in self.world.finals:
            carriers.setdefault(name, set()).add(message)
        assert all(len(messages) == 1 for messages in carriers.values()), carriers

    @invariant()
    def a_thread_is_answered_in_the_order_in_which_it_was_stored(self) -> None:
        if not hasattr(self, "world"):
            return
        for thread, stored in self.order.items():
            answered = list(dict.fromkeys(name for name, _ in self.world.finals if name[0] == thread))
            assert answered == stored[: len(answered)]

    async def note(self, thread: str) -> None:
        """What the store holds now of this thread, in its order."""
        inbox = "{findata:chat}:inbox:" + turn("x", thread).conversation.key
        names = [kept.split(b"\n")[0].decode() for kept in await self.world.direct.worker.lrange(inbox, 0, -1)]
        self.order[thread] += [name for name in names if name not in self.order[thread]]

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.proxy.heal()
            self.world.run(self.drain())
            answered = {name for name, _ in self.world.finals}
            assert self.world.acknowledged <= answered, self.world.acknowledged - answered
            assert self.world.run(self.world.depth()) == 0
        finally:
            self.world.run(self.end())
            self.loop.close()

    async def drain(self) -> None:
        """Leases end, both work, until a round finds nothing to do."""
        idle = 0
        while idle < 3:
            await self.world.leases_end()
            worked = [await replica.work() for replica in self.replicas for _ in range(4)]
            idle = 0 if any(worked) else idle + 1

    async def end(self) -> None:
        for replica in self.replicas:
            await replica.close()
        await self.world.direct.aclose()
        await self.world.proxy.stop()
        await asyncio.sleep(0)


def test_no_ordering_of_faults_loses_or_doubles_a_turn(valkey: str) -> None:
    """Whatever is acknowledged is answered once, in order, by whoever is left."""
    TurnsMachine.url = valkey
    run_state_machine_as_test(TurnsMachine, settings=THOROUGHLY)  # type: ignore[no-untyped-call]


class Hasty(Replica):
    """Says "received" before it knows."""

    async def deliver(self, name: str, thread: str) -> None:
        await super().deliver(name, thread)
        self.world.acknowledged.add(name)


class Forgetful(Replica):
    """Opens a new message for each attempt."""

    seen: Claim | None = None

    async def _go_on(self, claim: RedisClaim) -> bool:
        if self.step == 0 and claim is not self.seen:
            self.seen = claim
            claim.placeholder = f"m{len(self.world.shown)}"
            self.world.shown[claim.placeholder] = claim.turn.id
        return await super()._go_on(claim)


@pytest.mark.parametrize("defect", [Hasty, Forgetful])
def test_the_machine_finds_what_it_is_there_to_find(valkey: str, defect: type[Replica]) -> None:
    """A replica with a planted defect is caught."""
    TurnsMachine.url = valkey

    class Defective(TurnsMachine):
        replica = defect

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Defective, settings=settings(THOROUGHLY, max_examples=500))  # type: ignore[no-untyped-call]
