"""Scripts that are ready together go out together, and none of them pays for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import ResponseError

from adapters.redis.gathering import MOST, GatheringRedis
from tests.redis_peer import until, valkey

__all__ = ["valkey"]  # a fixture

ECHO = "return ARGV[1]"
PICKY = "if ARGV[1] == '3' then return redis.error_reply('not this one') end return ARGV[1]"


class Watched(GatheringRedis):
    """Writes down how many scripts went out together; the first lot may never arrive."""

    stuck = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lots: list[int] = []

    async def _sent(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        self.lots.append(len(calls))
        if self.stuck and len(self.lots) == 1:
            await asyncio.sleep(60)
        return await super()._sent(calls)


@pytest.fixture
async def client(valkey: str) -> AsyncIterator[Watched]:
    """A client of an empty database that knows no script."""
    pool = BlockingConnectionPool.from_url(valkey, max_connections=4, timeout=2)
    made = Watched.from_pool(pool)
    assert isinstance(made, Watched)
    await made.flushdb()
    await made.script_flush()
    yield made
    for task in made._sending:
        task.cancel()
    await made.aclose()


async def echoes(client: Watched, many: int, text: str = ECHO) -> list[Any]:
    """What the script says to so many who call it at once."""
    script = client.register_script(text)
    return await asyncio.gather(*(script(args=[number]) for number in range(many)), return_exceptions=True)


async def test_what_is_ready_at_once_goes_out_at_once_and_everyone_hears_the_own_answer(client: Watched) -> None:
    """A server that does not know the script yet is told it."""
    assert await echoes(client, 20) == [b"%d" % number for number in range(20)]
    assert client.lots[0] == 20
    assert await echoes(client, MOST + 1) == [b"%d" % number for number in range(MOST + 1)]
    assert client.lots[-2:] == [MOST, 1]


async def test_what_comes_while_an_answer_is_awaited_is_gathered(client: Watched) -> None:
    """One lot under way, all that came meanwhile in the next one."""
    script = client.register_script(ECHO)
    await script(args=["loaded"])
    client.lots.clear()
    first = asyncio.create_task(script(args=["a"]))
    await until(lambda: client.lots == [1])
    others = [asyncio.create_task(script(args=[f"{number}"])) for number in range(5)]
    assert await asyncio.gather(first, *others) == [b"a", b"0", b"1", b"2", b"3", b"4"]
    assert client.lots == [1, 5]


async def test_a_script_that_fails_fails_for_its_caller_alone(client: Watched) -> None:
    """The others of the same lot hear their answers."""
    answers = await echoes(client, 5, PICKY)
    assert isinstance(answers.pop(3), ResponseError)
    assert answers == [b"0", b"1", b"2", b"4"]


async def test_who_stops_waiting_takes_nothing_away_from_the_others(client: Watched) -> None:
    """Its call may have been carried out; theirs are answered."""
    script = client.register_script(ECHO)
    await script(args=["loaded"])
    calls = [asyncio.create_task(script(args=[number])) for number in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    assert await asyncio.gather(calls[0], calls[2]) == [b"0", b"2"]
    assert calls[1].cancelled()
    assert client.lots[-1] == 3


async def test_a_line_that_is_stuck_stops_nobody_else(client: Watched) -> None:
    """Whoever comes later waits a moment for it and goes out down another line."""
    script = client.register_script(ECHO)
    client.stuck = True
    never = asyncio.create_task(script(args=["a"]))
    await until(lambda: client.lots == [1])
    async with asyncio.timeout(2):
        assert await script(args=["b"]) == b"b"
    assert not never.done()
    never.cancel()


async def test_when_the_server_is_gone_everyone_hears_it_and_the_next_ones_are_served(client: Watched) -> None:
    """No call is left without an answer."""
    script = client.register_script(ECHO)
    await script(args=["loaded"])
    path, options = client.connection_pool.connection_kwargs["path"], client.connection_pool.connection_kwargs
    await client.connection_pool.disconnect()
    options["path"] = "/nowhere"
    client.connection_pool.reset()
    answers = await echoes(client, 3)
    assert [isinstance(answer, Gone) for answer in answers] == [True] * 3
    options["path"] = path
    client.connection_pool.reset()
    assert await echoes(client, 3) == [b"0", b"1", b"2"]
