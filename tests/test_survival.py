"""What a replica, a platform or a turn may do wrong without costing the asker the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.redis.client import Clients
from adapters.redis.memory import RedisMemory
from adapters.redis.turns import RedisTurns
from agents.domain import Answer, Apology, Forget, Turn
from agents.errors import Overtaken, Unavailable
from agents.state import State
from bot.conversations import Conversations
from tests.redis_peer import ASKER, FakePlatform, clients, turn, until, valkey
from tests.test_conversations import HERE, QUICK, count, said, talking

__all__ = ["clients", "valkey"]  # fixtures


async def test_a_platform_that_is_down_gets_the_reply_when_it_is_up_again(clients: Clients) -> None:
    """Neither a missing placeholder nor a refused reply costs the answer, and nothing is shown twice."""
    async with talking(clients, platform=FakePlatform(down=4)) as (replica, platform):
        reply = await replica.answer(turn("q1"), platform)
        assert platform.reply("q1") == reply
        assert len(platform.shown) == 1


async def test_a_placeholder_whose_id_was_lost_is_found_again(clients: Clients) -> None:
    """It was posted, the platform's answer was not heard: no second message appears."""
    async with talking(clients, platform=FakePlatform(lose_next=True)) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        assert list(platform.shown.values()) == ["q1"]
        assert platform.reply("q1")


async def test_a_reply_that_cannot_be_shown_is_replaced_by_an_apology(clients: Clients) -> None:
    """A renderer that breaks on an answer does not leave the asker waiting."""

    class Clumsy(FakePlatform):
        async def finish(self, *place: Any) -> None:
            if isinstance(place[2], Answer):
                raise KeyError("no such glyph")
            await super().finish(*place)

    async with talking(clients, platform=Clumsy()) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        shown = platform.reply("q1")
        assert isinstance(shown, Apology)
        assert shown.reason == "failed"


async def test_a_replica_that_freezes_shows_nothing_over_its_heirs_reply(clients: Clients) -> None:
    """The lease runs out while the first replica sleeps; it wakes after the other's reply and sends nothing."""
    platform, asleep = FakePlatform(), asyncio.Event()

    async def sleepy(state: State, asked: Turn) -> str:
        if not asleep.is_set():
            asleep.set()
            await until(lambda: platform.reply("q1"))
            return "late"
        return "heir"

    async with talking(clients, sleepy, platform) as (frozen, _):
        await frozen.accept(turn("q1"), HERE)
        await asleep.wait()
        await frozen._turns._leases.stop()  # its heart stands still, its graph does not
        frozen._claiming.cancel()
        async with talking(clients, sleepy, platform):
            await until(lambda: platform.reply("q1"))
            await until(lambda: not frozen._running)
            assert said(platform.reply("q1")) == "heir"
            assert [len(replies) for replies in platform.finals.values()] == [1]


async def test_a_turn_that_kills_its_replica_each_time_is_given_up_and_said_to_be(clients: Clients) -> None:
    """After three crashes the asker hears it, the operator finds it, and the neighbours were answered."""
    platform = FakePlatform()

    turns = RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("poison"), HERE)
    async for claim in turns.claims():
        if claim.crashes == 3:
            await claim.give_back()
            break
        claim.let_go()
    await turns.close()
    async with talking(clients, platform=platform) as (replica, _):
        assert said(await replica.answer(turn("good", "other"), platform)) == "1 remembered"
        await until(lambda: platform.reply("poison"))
    shown = platform.reply("poison")
    assert isinstance(shown, Apology)
    assert shown.reason == "too_many_attempts"
    assert await clients.worker.xlen("{findata:chat}:dead") == 1


async def test_a_shutdown_hands_over_what_does_not_end_in_time(clients: Clients) -> None:
    """Another replica begins the turn at once, from the memory before it, in the same placeholder."""
    platform, begun = FakePlatform(), asyncio.Event()

    async def slow_once(state: State, asked: Turn) -> str:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(60)
        return await count(state, asked)

    async with talking(clients, slow_once, platform) as (leaving, _):
        await leaving.accept(turn("q1"), HERE)
        await begun.wait()
    async with talking(clients, slow_once, platform) as (other, _):
        await until(lambda: platform.reply("q1"))
        assert said(platform.reply("q1")) == "1 remembered"
        assert list(platform.shown.values()) == ["q1"]
        assert other.metrics.again.labels("handed over")._value.get() == 1


async def test_a_checkpoint_that_arrives_after_its_turn_was_given_up_is_not_remembered(clients: Clients) -> None:
    """Redis was silent while the turn ended: the asker heard of the deadline, and the next turn knows no more."""
    kept: list[Any] = []

    class Slow(RedisMemory):
        async def aput(self, *put: Any) -> Any:
            if not kept:
                kept.append(put)
                await asyncio.sleep(60)
            return await super().aput(*put)

    memory = Slow(clients.worker)
    async with talking(clients, memory=memory, seconds=0.3) as (replica, platform):
        shown = await replica.answer(turn("q1"), platform)
        assert isinstance(shown, Apology)
        assert shown.reason == "deadline"
        with pytest.raises(Overtaken):
            await memory.aput(*kept[0])
        assert said(await replica.answer(turn("q2"), platform)) == "1 remembered"


async def test_a_reply_that_may_be_out_is_said_again_whatever_it_is(clients: Clients) -> None:
    """A failure was shown and its replica died: the next attempt says the same, though it could give an answer now."""
    platform = FakePlatform()

    class Dying(FakePlatform):
        async def finish(self, *place: Any) -> None:
            await platform.finish(*place)
            await asyncio.sleep(60)  # as far as this replica gets

    async def fails(state: State, asked: Turn) -> str:
        raise Unavailable("down", reason="unavailable")

    dying = Dying(shown=platform.shown, told=platform.told)
    async with talking(clients, fails, dying) as (first, _):
        await first.accept(turn("q1"), HERE)
        await first.accept(turn("f", "other", Forget()), HERE)
        await until(lambda: sorted(platform.order) == ["f", "q1"])
    told = len(platform.told)
    async with talking(clients, platform=platform) as (second, _):
        await until(lambda: sorted(platform.order) == ["f", "f", "q1", "q1"])
        assert said(await second.answer(turn("q2"), platform)) == "1 remembered"
    assert len(platform.told) == told + 1
    assert all(first == second for first, second in [replies for replies in platform.finals.values() if replies[1:]])
    assert isinstance(platform.reply("q1"), Apology)


async def test_no_progress_is_shown_over_a_reply_that_may_be_out(clients: Clients) -> None:
    """The first replica died behind its reply: the second says the same again, in the same place, and nothing else."""
    platform = FakePlatform()

    class Dying(FakePlatform):
        async def finish(self, *place: Any) -> None:
            await platform.finish(*place)
            await asyncio.sleep(60)  # as far as this replica gets

    dying = Dying(shown=platform.shown, told=platform.told)
    async with talking(clients, platform=dying) as (first, _):
        await first.accept(turn("q1"), HERE)
        await until(lambda: platform.order == ["q1"])
    told = len(platform.told)
    async with talking(clients, platform=platform):
        await until(lambda: platform.order == ["q1", "q1"])
    assert len(platform.told) == told == 1
    assert said(platform.reply("q1")) == "1 remembered"


@asynccontextmanager
async def busy(clients: Clients, platform: FakePlatform) -> AsyncIterator[tuple[Conversations, asyncio.Event]]:
    """A replica with one worker that thinks about q1 until it is told to go on, while q2 waits in line."""
    free, thinking = asyncio.Event(), asyncio.Event()

    async def slow(state: State, asked: Turn) -> str:
        thinking.set()
        await free.wait()
        return asked.id

    async with talking(clients, slow, platform, workers=1) as (replica, _):
        await replica.accept(turn("q1", "one"), HERE)
        await thinking.wait()
        await replica.accept(turn("q2", "two"), HERE)
        await until(lambda: ("queued", "1") in [(told.step, told.detail) for told in platform.told])
        yield replica, free


async def test_who_waits_for_a_free_worker_is_shown_that_and_answered_in_that_place(clients: Clients) -> None:
    """A sign does not need a worker; the reply needs no second message."""
    platform = FakePlatform()
    async with busy(clients, platform) as (_, free):
        assert not platform.finals
        free.set()
        await until(lambda: platform.reply("q2"))
    assert sorted(platform.shown.values()) == ["q1", "q2"]
    assert said(platform.reply("q2")) == "q2"


async def test_stop_reaches_who_waits_for_a_free_worker(clients: Clients) -> None:
    """It ends without ever having run."""
    platform = FakePlatform()
    async with busy(clients, platform) as (replica, _):
        assert await replica.stop("q2", ASKER)
        await until(lambda: platform.reply("q2"))
        shown = platform.reply("q2")
    assert isinstance(shown, Apology)
    assert shown.reason == "stopped"


async def test_a_shutdown_hands_over_at_once_what_waits_for_a_free_worker(clients: Clients) -> None:
    """Only what runs may use the grace period."""
    platform = FakePlatform()
    async with busy(clients, platform) as (leaving, free), talking(clients, platform=platform):
        closing = asyncio.create_task(leaving.close(grace=30.0))
        await until(lambda: platform.reply("q2"))
        assert not platform.reply("q1")
        free.set()
        await closing
    assert sorted(platform.shown.values()) == ["q1", "q2"]


async def test_who_begins_again_after_a_crash_says_so_before_anything_can_go_wrong(clients: Clients) -> None:
    """Else nothing moves in a thread whose question ends each replica at once."""
    platform, turns = FakePlatform(), RedisTurns(clients, bounds=QUICK)
    await turns.put(turn("q1"), HERE)
    async for claim in turns.claims():
        claim.let_go()
        break
    await turns.close()
    seen: list[list[str]] = []

    async def look(state: State, asked: Turn) -> str:
        seen.append([told.step for told in platform.told])
        return "done"

    async with talking(clients, look, platform):
        await until(lambda: platform.reply("q1"))
    assert seen == [["again"]]
