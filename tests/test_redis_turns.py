"""The queue of turns: once, in order, side by side, and never with a replica that has died."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.redis.audit import RedisAudit
from adapters.redis.client import Clients, connect
from adapters.redis.keys import Bounds
from adapters.redis.turns import RedisTurns
from agents.domain import Ask, Choose, Conversation, Filter, Refine, ReplyTo, Turn, User
from agents.errors import Unavailable
from agents.ports import Claim, Entry, Receipt
from bot.cancellation import cancel
from tests.faults.proxy import FaultProxy
from tests.redis_peer import ASKER, clients, turn, until, valkey

__all__ = ["clients", "valkey"]  # fixtures

TO = ReplyTo("fake", {"channel": "C", "ts": "1.2"})
QUICK = Bounds(lease=0.6, per_minute=0)


def entry(claim: Claim, outcome: str = "answered") -> Entry:
    """An audit line."""
    return Entry(datetime.now(UTC), claim.turn.id, claim.turn.conversation.key, claim.turn.user.key, outcome, 0.1)


@asynccontextmanager
async def claiming(turns: RedisTurns) -> AsyncIterator[asyncio.Queue[Claim]]:
    """The claims of one replica as they come."""
    claims: asyncio.Queue[Claim] = asyncio.Queue()

    async def take() -> None:
        async with aclosing(turns.claims()) as coming:
            async for claim in coming:
                claims.put_nowait(claim)

    task = asyncio.create_task(take())
    try:
        yield claims
    finally:
        await cancel(task, every=0.2)
        await turns._leases.stop()


async def soon(claims: asyncio.Queue[Claim], seconds: float = 5.0) -> Claim:
    """The next claim."""
    async with asyncio.timeout(seconds):
        return await claims.get()


async def run_out(clients: Clients, turns: RedisTurns) -> None:
    """Waits until the only lease that is held is one no longer."""
    async with asyncio.timeout(5.0):
        while True:
            [held] = await clients.worker.xpending_range(turns.keys.ready, turns.keys.group, "-", "+", 2)
            if held["time_since_delivered"] > 1000 * QUICK.lease:
                return
            await asyncio.sleep(0.02)


async def test_a_turn_is_stored_once_and_comes_out_as_it_went_in(clients: Clients) -> None:
    """A second delivery of one post is a duplicate; every kind of action survives the way through."""
    turns = RedisTurns(clients, bounds=QUICK)
    asked = turn("q1\n%", action=Refine((Filter("country", "=", ("France\n",)),)))
    assert await turns.put(asked, TO) == Receipt("accepted")
    assert await turns.put(asked, TO) == Receipt("duplicate")
    async with claiming(turns) as claims:
        claim = await soon(claims)
        assert (claim.turn, claim.to, claim.attempt, claim.crashes, claim.placeholder) == (asked, TO, 1, 0, "")
        assert await claim.done(entry(claim))
        assert await turns.put(asked, TO) == Receipt("duplicate", ended=True)
        assert await turns.depth() == 0


async def test_a_conversation_is_in_order_while_others_run_beside_it(clients: Clients) -> None:
    """The second turn of a thread waits for the first, another thread's does not."""
    turns = RedisTurns(clients, bounds=QUICK)
    for asked in (turn("a1", "a"), turn("a2", "a"), turn("b1", "b", Choose("k"))):
        await turns.put(asked, TO)
    async with claiming(turns) as claims:
        first, beside = await soon(claims), await soon(claims)
        assert [first.turn.id, beside.turn.id] == ["a1", "b1"]
        await first.done(entry(first))
        assert (await soon(claims)).turn.id == "a2"


async def test_one_thread_does_not_keep_the_others_waiting(clients: Clients) -> None:
    """With one slot, a thread with many turns takes its place behind the others after each."""
    turns = RedisTurns(clients, bounds=QUICK, concurrency=1)
    for number in range(3):
        await turns.put(turn(f"a{number}", "a"), TO)
    await turns.put(turn("b0", "b"), TO)
    ran = []
    async with claiming(turns) as claims:
        for _ in range(4):
            claim = await soon(claims)
            ran.append(claim.turn.id)
            await claim.done(entry(claim))
    assert ran == ["a0", "b0", "a1", "a2"]


async def test_a_dead_replicas_turn_is_taken_over_and_its_ghost_is_refused(clients: Clients) -> None:
    """After the lease another replica has the turn; nothing the first one writes counts any more."""
    dead, alive = RedisTurns(clients, bounds=QUICK), RedisTurns(clients, bounds=QUICK)
    await dead.put(turn("q1"), TO)
    await dead.put(turn("q2"), TO)
    async with claiming(dead) as claims:
        ghost = await soon(claims)
        assert await ghost.keep_placeholder("m1")
    async with claiming(alive) as claims:
        heir = await soon(claims)
        assert (heir.turn.id, heir.attempt, heir.crashes, heir.placeholder) == ("q1", 2, 1, "m1")
        assert not await ghost.still_ours()
        assert not await ghost.keep_placeholder("m2")
        assert not await ghost.done(entry(ghost))
        assert await ghost.ended() == "taken over"
        assert await heir.done(entry(heir))
        after = await soon(claims)
        assert after.turn.id == "q2"
        assert not await ghost.done(entry(ghost)), "an old fence never becomes valid again"
        assert await after.still_ours()


async def test_a_look_at_a_lease_that_has_run_out_renews_it(clients: Clients) -> None:
    """After an outage nobody begins a turn between our last look and the reply that we then show."""
    turns, other = RedisTurns(clients, bounds=QUICK), RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    async with claiming(turns) as claims:
        ours = await soon(claims)
    await run_out(clients, turns)
    assert await ours.still_ours()
    async with claiming(other) as others:
        with pytest.raises(TimeoutError):
            await soon(others, 0.7 * QUICK.lease)
        assert (await soon(others)).attempt == 2


async def test_a_long_turn_stays_ours_for_as_long_as_it_is_renewed(clients: Clients) -> None:
    """Four leases later nobody else has been given the turn."""
    turns, other = RedisTurns(clients, bounds=QUICK), RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    async with claiming(turns) as claims, claiming(other) as others:
        ours = await soon(claims)
        with pytest.raises(TimeoutError):
            await soon(others, 4 * QUICK.lease)
        assert await ours.still_ours()


async def test_an_attempt_that_was_given_back_is_begun_at_once_and_is_no_crash(clients: Clients) -> None:
    """A shutdown costs no lease and brings no turn nearer to being given up."""
    turns = RedisTurns(clients, bounds=Bounds(lease=60, per_minute=0))
    await turns.put(turn("q1"), TO)
    async with claiming(turns) as claims:
        await (await soon(claims)).give_back()
        again = await soon(claims)
        assert (again.attempt, again.crashes) == (2, 0)


async def test_turns_that_died_twice_do_not_run_side_by_side(clients: Clients) -> None:
    """One of them may be what kills replicas: the others wait, and do not die with it a third time. New ones run."""
    for _ in range(2):
        dying = RedisTurns(clients, bounds=QUICK)
        for name in ("a", "b"):
            await dying.put(turn(name, thread=name), TO)
        async with claiming(dying) as claims:
            assert {(await soon(claims)).turn.id, (await soon(claims)).turn.id} == {"a", "b"}
    alive = RedisTurns(clients, bounds=QUICK)
    await alive.put(turn("c", thread="c"), TO)
    async with claiming(alive) as claims:
        seen = {claim.turn.id: claim for claim in [await soon(claims) for _ in range(3)]}
        assert {name: claim.crashes for name, claim in seen.items()} == {"a": 2, "b": 2, "c": 0}
        assert seen["c"].place == 0
        first, second = sorted((seen["a"], seen["b"]), key=lambda claim: claim.place)
        assert (first.place, second.place) == (0, 1)
        beginning = asyncio.create_task(second.begin())
        assert await first.begin()
        assert not beginning.done()
        await cancel(beginning)
    async with claiming(RedisTurns(clients, bounds=QUICK)) as claims:
        after = {claim.turn.id: claim.crashes for claim in [await soon(claims) for _ in range(3)]}
        assert after == {first.turn.id: 3, second.turn.id: 2, "c": 1}


async def test_a_replica_that_leaves_hands_over_what_it_has_read(clients: Clients) -> None:
    """What it had not finished is claimed by another long before the lease ends."""
    leaving, other = (RedisTurns(clients, bounds=Bounds(lease=60, per_minute=0)) for _ in range(2))
    await leaving.put(turn("q1"), TO)
    async with claiming(leaving) as claims:
        await soon(claims)
    await leaving.close()
    async with claiming(other) as claims:
        assert (await soon(claims)).turn.id == "q1"
    assert len(await clients.worker.xinfo_consumers("{findata:chat}:ready", "w")) == 1


async def test_a_lost_answer_of_any_script_neither_loses_nor_doubles_a_turn(valkey: str, clients: Clients) -> None:
    """The line is cut behind the server's back at each step in turn; the client sends again."""
    proxy = FaultProxy(valkey.removeprefix("unix://"))
    unsure = connect(f"redis://127.0.0.1:{await proxy.start()}")
    turns = RedisTurns(unsure, bounds=QUICK)
    await turns.put(turn("warm", "w"), TO)  # the scripts are loaded, so that the cut hits the call itself
    ran = []
    async with claiming(RedisTurns(clients, bounds=QUICK)) as claims:
        claim = await soon(claims)
        await claim.done(entry(claim))
    proxy.set(cut_after=1, once=True)
    with pytest.raises(Unavailable):
        await turns.put(turn("q0"), TO)
    assert (await turns.put(turn("q0"), TO)).outcome == "duplicate"
    for number in range(1, 4):
        await turns.put(turn(f"q{number}"), TO)
    async with claiming(turns) as claims:
        for _ in range(4):
            claim = await soon(claims)
            ran.append(claim.turn.id)
            proxy.set(cut_after=1, once=True)
            assert await claim.done(entry(claim))
    assert ran == ["q0", "q1", "q2", "q3"]
    assert proxy.cuts >= 4
    assert len([line async for line in RedisAudit(clients.worker).since(datetime.now(UTC) - timedelta(1))]) == 5
    await proxy.stop()
    await unsure.aclose()


async def test_stop_reaches_a_turn_that_runs_and_one_that_waits_but_only_the_askers_own(clients: Clients) -> None:
    """By turn or by conversation, from any replica."""
    turns, elsewhere = RedisTurns(clients, bounds=QUICK), RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    await turns.put(turn("q2"), TO)
    thread = turn("q1").conversation.key
    async with claiming(turns) as claims:
        running = await soon(claims)
        assert not await elsewhere.stop(thread, User("fake", "acme", "U2"))
        assert not await elsewhere.stop("q9", ASKER)
        assert await elsewhere.stop(thread, ASKER)
        async with asyncio.timeout(2):
            assert await running.ended() == "stopped"
        assert await elsewhere.stop("q2", ASKER)
        await running.done(entry(running, "stopped"))
        waiting = await soon(claims)
        assert waiting.turn.id == "q2"
        assert await waiting.ended() == "stopped"
        await waiting.done(entry(waiting, "stopped"))
        assert not await elsewhere.stop(thread, ASKER)
    assert await clients.worker.hlen("{findata:chat}:stops") == 0


async def test_a_stored_turn_that_cannot_be_read_is_put_aside_and_the_next_one_runs(clients: Clients) -> None:
    """A payload of another version stops neither its thread nor the replica."""
    turns = RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    await turns.put(turn("q2"), TO)
    inbox = "{findata:chat}:inbox:" + turn("q1").conversation.key
    await clients.worker.lset(inbox, 0, b"q1\nfake\n{}")
    async with claiming(turns) as claims:
        assert (await soon(claims)).turn.id == "q2"
    assert await clients.worker.xlen("{findata:chat}:dead") == 1


async def test_the_audit_trail_is_filed_with_the_end_of_the_turn_and_read_back_by_time(clients: Clients) -> None:
    """Each line once, oldest first, from a point in time on."""
    turns = RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    async with claiming(turns) as claims:
        claim = await soon(claims)
        await claim.done(entry(claim, "réponse"))
    lines = [line async for line in RedisAudit(clients.worker).since(datetime.now(UTC) - timedelta(minutes=1))]
    assert [(line["turn"], line["outcome"]) for line in lines] == [("q1", "réponse")]
    assert [line async for line in RedisAudit(clients.worker).since(datetime.now(UTC) + timedelta(minutes=1))] == []
    assert json.dumps(lines)


async def test_three_replicas_share_many_conversations_without_mixing_them(clients: Clients) -> None:
    """Every turn is run once, each thread in order."""
    ran: dict[str, list[str]] = {}
    replicas = [RedisTurns(clients, bounds=Bounds(per_minute=0), concurrency=8) for _ in range(3)]

    async def work(turns: RedisTurns) -> None:
        async for claim in turns.claims():
            ran.setdefault(claim.turn.conversation.thread, []).append(claim.turn.id)
            await claim.done(entry(claim))

    workers = [asyncio.create_task(work(one)) for one in replicas]
    for number in range(5):
        for thread in range(20):
            where = Conversation("fake", "acme", "C", f"t{thread}")
            await replicas[0].put(Turn(f"{thread}-{number}", where, ASKER, Ask("?"), datetime.now(UTC)), TO)
    await until(lambda: sum(len(turns) for turns in ran.values()) == 100)
    await cancel(*workers, every=0.2)
    for one in replicas:
        await one.close()
    assert all(turns == [f"{thread[1:]}-{n}" for n in range(5)] for thread, turns in ran.items())
