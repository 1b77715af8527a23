"""What the queue refuses, when it says that it cannot, and how turns stand in line for a worker."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from adapters.redis.client import Clients, connect
from adapters.redis.keys import Bounds
from adapters.redis.turns import RedisTurns
from agents.domain import Ask, User
from agents.errors import BadQuery, Unavailable
from bot.cancellation import cancel
from tests.faults.proxy import FaultProxy
from tests.redis_peer import ASKER, clients, turn, valkey
from tests.test_redis_turns import QUICK, TO, claiming, entry, soon

__all__ = ["clients", "valkey"]  # fixtures


async def test_a_full_queue_says_so_instead_of_growing(clients: Clients) -> None:
    """A thread has its bound, and so has the whole."""
    turns = RedisTurns(clients, bounds=Bounds(waiting=3, per_conversation=2, per_minute=0))
    outcomes = [await turns.put(turn(f"q{n}", thread), TO) for n, thread in enumerate("aaabb")]
    assert [one.outcome for one in outcomes] == ["accepted", "accepted", "busy", "accepted", "busy"]
    assert [one.place for one in outcomes] == [0, 1, 2, 0, 3]
    assert await turns.depth() == 3


async def test_who_asks_too_fast_hears_when_to_go_on_and_nobody_else_does(clients: Clients) -> None:
    """A burst passes, the next one waits; a refused turn may be sent again."""
    turns = RedisTurns(clients, bounds=Bounds(per_minute=60, burst=3))
    outcomes = [await turns.put(turn(f"q{n}", f"t{n}"), TO) for n in range(4)]
    assert [one.outcome for one in outcomes] == ["accepted"] * 3 + ["too_fast"]
    assert 0 < outcomes[3].wait <= 1
    other = User("fake", "acme", "U2")
    assert (await turns.put(turn("o1", "o", user=other), TO)).outcome == "accepted"
    await clients.worker.delete("{findata:chat}:rate:" + ASKER.key)
    assert (await turns.put(turn("q3", "t3"), TO)).outcome == "accepted"


async def test_an_emptied_database_and_a_silent_server_are_outlived(valkey: str, clients: Clients) -> None:
    """Claiming goes on once the server is itself again."""
    proxy = FaultProxy(valkey.removeprefix("unix://"))
    unsure = connect(f"redis://127.0.0.1:{await proxy.start()}")
    turns = RedisTurns(unsure, bounds=QUICK)
    async with claiming(turns) as claims:
        await turns.put(turn("q1"), TO)
        claim = await soon(claims)
        await claim.done(entry(claim))
        await clients.worker.flushdb()
        proxy.set(refuse=True)
        proxy.reset()
        with pytest.raises(Unavailable):
            await turns.put(turn("q2"), TO)
        proxy.heal()
        await turns.put(turn("q2"), TO)
        assert (await soon(claims)).turn.id == "q2"
    await proxy.stop()
    await unsure.aclose()


async def test_a_server_that_says_nothing_is_given_up_before_the_platform_does(valkey: str, clients: Clients) -> None:
    """Unavailable within one and a half seconds, so that the platform delivers again."""
    proxy = FaultProxy(valkey.removeprefix("unix://"))
    unsure = connect(f"redis://127.0.0.1:{await proxy.start()}")
    turns = RedisTurns(unsure, bounds=QUICK)
    await turns.put(turn("q1"), TO)
    proxy.set(blackhole=True)
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await turns.put(turn("q2"), TO)
    assert asyncio.get_running_loop().time() - began < 1.5
    await proxy.stop()
    await unsure.aclose()


async def test_a_turn_that_is_too_large_is_refused(clients: Clients) -> None:
    """The store is not a place for files."""
    with pytest.raises(BadQuery):
        await RedisTurns(clients).put(turn("q1", action=Ask("x" * 300_000)), TO)


async def test_only_enough_replicas_make_a_turn_stored(clients: Clients) -> None:
    """Without a replica the platform hears "again", and the turn that is there already is no obstacle later."""
    turns = RedisTurns(clients, bounds=Bounds(replicas=1, per_minute=0))
    with pytest.raises(Unavailable):
        await turns.put(turn("q1"), TO)
    unhurried = RedisTurns(clients, bounds=QUICK)
    assert (await unhurried.put(turn("q1"), TO)).outcome == "duplicate"
    async with claiming(unhurried) as claims:
        assert (await soon(claims)).turn.id == "q1"


async def test_a_turn_that_too_few_replicas_know_of_is_not_begun(clients: Clients) -> None:
    """Nothing is shown of it before; once the replicas are back it runs, and nothing counts as a crash."""
    unhurried = RedisTurns(clients, bounds=QUICK)
    await unhurried.put(turn("q1"), TO)
    async with claiming(RedisTurns(clients, bounds=Bounds(lease=0.6, replicas=1, per_minute=0))) as claims:
        with pytest.raises(TimeoutError):
            await soon(claims, 1.5)
    async with claiming(unhurried) as claims:
        claim = await soon(claims)
        assert (claim.turn.id, claim.crashes) == ("q1", 0)


async def test_who_finds_no_free_worker_waits_in_line_and_dies_there_without_blame(clients: Clients) -> None:
    """Claimed, so that something can be shown; let in one by one; a crash in the line is none of the turn's own."""
    turns = RedisTurns(clients, bounds=QUICK, concurrency=1)
    turns.look = 0.05
    for name in ("first", "second", "third"):
        await turns.put(turn(name, name), TO)
    async with claiming(turns) as claims:
        line = [await soon(claims) for _ in range(3)]
        assert [(claim.turn.id, claim.place) for claim in line] == [("first", 0), ("second", 1), ("third", 2)]
        beginning = [asyncio.create_task(claim.begin()) for claim in line]
        assert await beginning[0]
        assert not beginning[1].done()
        await line[0].done(entry(line[0]))
        assert await beginning[1]
        assert not beginning[2].done()
        await cancel(beginning[2])
    async with claiming(RedisTurns(clients, bounds=QUICK)) as claims:
        after = {claim.turn.id: claim for claim in [await soon(claims), await soon(claims)]}
        assert {name: (claim.attempt, claim.crashes) for name, claim in after.items()} == {
            "second": (2, 1),
            "third": (2, 0),
        }
        assert not await line[2].keep_placeholder("late")


async def test_who_died_twice_is_begun_when_the_other_one_has_ended(clients: Clients) -> None:
    """By the same replica, at once."""
    turns = RedisTurns(clients, bounds=QUICK)
    for _ in range(2):
        dying = RedisTurns(clients, bounds=QUICK)
        for name in ("a", "b"):
            await dying.put(turn(name, thread=name), TO)
        async with claiming(dying) as claims:
            assert {(await soon(claims)).turn.id, (await soon(claims)).turn.id} == {"a", "b"}
    async with claiming(turns) as claims:
        first, second = sorted([await soon(claims), await soon(claims)], key=lambda claim: claim.place)
        beginning = asyncio.create_task(second.begin())
        assert await first.done(entry(first))
        assert await beginning


async def test_what_is_ready_is_begun_together_however_far_the_server(clients: Clients) -> None:
    """One round trip for all that one look found, in its order, and a place for as many as can run."""
    turns = RedisTurns(clients, bounds=QUICK, concurrency=4)
    for number in range(7):
        await turns.put(turn(f"q{number}", thread=f"t{number}"), TO)
    begin, all_asked, asked = turns._begin, asyncio.Event(), 0

    async def far(*words: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 4:
            all_asked.set()
        await all_asked.wait()
        return await begin(*words)

    turns._begin, turns.look = cast("Any", far), 0.05
    async with claiming(turns) as claims:
        line = [await soon(claims) for _ in range(7)]
    assert [(claim.turn.id, claim.place) for claim in line] == [(f"q{n}", max(0, n - 3)) for n in range(7)]


async def test_one_that_cannot_be_begun_keeps_none_of_the_others(clients: Clients) -> None:
    """What was begun beside it runs, and it is begun when its lease has run out."""
    turns = RedisTurns(clients, bounds=QUICK)
    for number in range(3):
        await turns.put(turn(f"q{number}", thread=f"t{number}"), TO)
    begin, lost = turns._begin, [turn("q1", thread="t1").conversation.key]

    async def unsure(keys: Any, words: Any) -> Any:
        if words[3] in lost:
            lost.remove(words[3])
            raise Unavailable("the line was cut")
        return await begin(keys, words)

    turns._begin = cast("Any", unsure)
    async with claiming(turns) as claims:
        assert [(await soon(claims)).turn.id for _ in range(3)] == ["q0", "q2", "q1"]
